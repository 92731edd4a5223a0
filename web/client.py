"""Where a request comes from, for counting alone: never kept, never believed to be a person."""

from flask import request

_HERE = frozenset({"127.0.0.1", "::1"})


def client_address() -> str:
    """The address of whoever asks.

    Behind a proxy of this machine it is what that proxy added last; nobody else reaches the
    loopback address, so nobody else's header is believed.
    """
    direct = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if direct in _HERE and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return direct
