"""The admin's pages: people, units, settings. Until they come, `loa user` and `loa unit` serve."""
