"""Errors carry a code and data."""

import pytest

from bridge import errors
from bridge.errors import BridgeError, Conflict, MediaRejected, TaskFailed, TooLarge

ALL = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BridgeError)
]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_has_a_code_of_its_own_and_takes_another(kind: type[BridgeError]) -> None:
    assert kind().code == kind.default_code
    assert kind("other", number=1).code == "other"
    assert kind("other", number=1).data == {"number": 1}


def test_no_two_errors_share_a_default_code() -> None:
    assert len({kind.default_code for kind in ALL}) == len(ALL)


def test_an_error_reads_as_its_code_and_data() -> None:
    assert str(TooLarge(limit_bytes=5)) == "media_too_large(limit_bytes=5)"
    assert str(BridgeError("start_failed")) == "start_failed"


def test_errors_can_be_caught_by_their_kind() -> None:
    assert issubclass(TooLarge, MediaRejected)
    assert issubclass(errors.VersionConflict, Conflict)
    assert issubclass(errors.ModelUnavailable, TaskFailed)
    assert not issubclass(errors.EngineFailed, TaskFailed)  # it is worth another attempt
