"""The commands of `loa`, one module for each subject."""
