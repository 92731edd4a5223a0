"""Making the copies of a recording again that were lost from the disk."""

from contextlib import closing

from bridge.errors import MediaRejected, TaskFailed
from bridge.media import LISTENING_COPY, WORKING_COPY, MediaStore
from bridge.settings import Settings
from transcribe.copies import GrowingCopy
from transcribe.decoder_client import start_decoding


def remake_copies(media: MediaStore, settings: Settings, sha256: str) -> None:
    """Decode an original again into its working and its listening copy.

    Both appear whole or not at all; made while they are there, they are replaced by the same
    sound. Raises TaskFailed `media_missing`, and the decoder's `media_` codes.
    """
    original = media.original(sha256)
    if not original.is_file():
        raise TaskFailed("media_missing", sha256=sha256)
    working, listening = (media.derived(sha256, name) for name in (WORKING_COPY, LISTENING_COPY))
    try:
        decoding = start_decoding(original, settings)
        with closing(GrowingCopy(decoding, working, listening)) as copy:
            copy.wait()
    except MediaRejected as error:
        if not error.for_good:
            raise  # one attempt is lost
        raise TaskFailed(error.code, **error.data) from error
