"""Sound to Vietnamese text."""
