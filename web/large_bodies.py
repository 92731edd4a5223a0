"""What the web server does with a request body that is too large: it hears it out, keeps nothing,
and lets the application refuse it in its own words.

waitress by itself answers at once in English and closes; a browser that is still sending then
shows a broken connection and no answer at all.
"""

from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

# More than any page would send by mistake; who announces more is cut off.
_MOST_HEARD_BYTES = 8 * 1024**3


class PatientParser(HTTPRequestParser):  # type: ignore[misc]
    """Takes a body over the limit as an empty one; its length in the header still says the size."""

    error: Any
    expect_continue: bool
    _left = 0  # bytes of the body still to come and to be thrown away

    def received(self, data: bytes) -> int:
        if self._left:
            taken = min(len(data), self._left)
            self._left -= taken
            self.completed = not self._left
            return taken
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge) and self._is_announced():
            self.error = None
            if self.expect_continue:  # it has not begun to send, and need not
                self.expect_continue, self.connection_close = False, True
            else:
                self._left, self.completed = self.content_length, False
        return consumed

    def _is_announced(self) -> bool:
        return not self.body_bytes_received and 0 < self.content_length <= _MOST_HEARD_BYTES


class PatientChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read by PatientParser."""

    parser_class = PatientParser


def hear_large_bodies(server: Any) -> None:
    """Make a server of `waitress.create_server` patient; it may listen on several addresses."""
    for part in (server, *getattr(server, "map", {}).values()):
        if hasattr(part, "channel_class"):
            part.channel_class = PatientChannel
