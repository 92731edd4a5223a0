"""Where a request comes from: to count, to slow down who guesses, to tell a person their logins."""

from flask import request

_HERE = frozenset({"127.0.0.1", "::1"})


def client_address() -> str:
    """The address of whoever asks.

    Behind a proxy of this machine it is what that proxy added last; nobody else reaches the
    loopback address, so nobody else's header is believed.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if comes_from_here() and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.remote_addr or ""


def comes_from_here() -> bool:
    """Whether this machine itself connected: a browser on it, or a proxy for somebody else."""
    return (request.remote_addr or "") in _HERE
