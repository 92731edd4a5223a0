"""Questions and answers as they stand on a page. Pure."""

from markupsafe import Markup, escape


def in_lines(text: str) -> Markup:
    """A text with its own line breaks, everything else in it being just letters."""
    return Markup("<br>").join(escape(line) for line in text.split("\n") if line)
