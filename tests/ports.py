"""A port of this machine that nobody else takes meanwhile."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """A port where nobody listens but a server of the test's own, whenever that begins or ends.

    Bound without listening, it is given to no other program; servers that reuse addresses, as all
    of ours do, may listen there all the same.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
