"""Checked text and sound to the static portal."""
