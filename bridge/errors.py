"""What can go wrong, as data.

Every error carries a stable `code` and named values. `web.labels` turns a code into a Vietnamese
sentence, `web.errors` into an HTTP answer, `web.cli` into a line and an exit status; nothing in
this package knows about any of the three.
"""

from typing import Any, ClassVar


class BridgeError(Exception):
    """Base of every error that Loa raises on purpose."""

    default_code: ClassVar[str] = "error"

    def __init__(self, code: str | None = None, **data: Any) -> None:
        self.code = code or self.default_code
        self.data = data
        details = ", ".join(f"{name}={value!r}" for name, value in data.items())
        super().__init__(f"{self.code}({details})" if details else self.code)


class NotFound(BridgeError):
    """The thing named does not exist, or the actor may not know that it does."""

    default_code = "not_found"


class Gone(NotFound):
    """The thing was there for all to see and was taken away."""

    default_code = "gone"


class InvalidInput(BridgeError):
    """A value that a person gave cannot be used."""

    default_code = "invalid_input"


class MediaRejected(InvalidInput):
    """A file cannot become a recording. Codes begin with `media_`."""

    default_code = "media_unreadable"
    for_good: ClassVar[bool] = True  # trying again changes nothing


class DecoderFailed(MediaRejected):
    """The decoder ended without saying why: the file has killed it, or the machine. Try again."""

    default_code = "media_interrupted"
    for_good = False


class ContentDiffers(InvalidInput):
    """Bytes that came are not the bytes that were announced. Data: `number` of the chunk."""

    default_code = "chunk_corrupt"


class TooLarge(MediaRejected):
    """A file or its sound is over a limit."""

    default_code = "media_too_large"


class NoSpace(BridgeError):
    """The disk that holds the data folder is too full to accept more."""

    default_code = "no_space"


class Unauthenticated(BridgeError):
    """Nobody knows who asks: no token, or none that holds."""

    default_code = "token_missing"


class Forbidden(BridgeError):
    """The actor is known and may not do this."""

    default_code = "forbidden"


class Conflict(BridgeError):
    """The thing changed since the actor last saw it."""

    default_code = "conflict"


class VersionConflict(Conflict):
    """An edit was made against an older version.

    Data: `current_version`, `current_text`, so that both texts can be shown.
    """

    default_code = "version_conflict"


class IllegalTransition(Conflict):
    """The workflow does not allow this action in this state. Data: `state`, `action`."""

    default_code = "illegal_transition"


class TooMany(BridgeError):
    """More at once than is allowed; later it will go. Data: `retry_after_s`."""

    default_code = "too_many_requests"


class LeaseLost(BridgeError):
    """A run's token is no longer the task's: another run has it, or it has ended."""

    default_code = "lease_lost"


class TaskFailed(BridgeError):
    """A task cannot succeed by being tried again as it is. The code says why."""

    default_code = "task_failed"


class ModelUnavailable(TaskFailed):
    """No usable speech model. Codes: `model_missing`, `model_damaged`, `model_incomplete`."""

    default_code = "model_missing"


class EngineFailed(BridgeError):
    """The engine process died, hung or answered nonsense. One attempt is lost; try again."""

    default_code = "engine_failed"


class LineLost(BridgeError):
    """A line or stream gives no sound now. Codes begin with `line_`; most pass by themselves."""

    default_code = "line_ended"


class SettingsError(BridgeError):
    """A setting is missing or wrong. Data: `name`, `value`."""

    default_code = "bad_setting"
