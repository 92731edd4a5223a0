"""The single way in for audio: the upload page, `loa ingest` and the demo all end here."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.intake import (
    Receipt,
    accept_recording,
    duplicate_receipt,
    find_duplicate,
    require_priority,
)
from bridge.media import Incoming
from bridge.models import PRIORITIES
from bridge.scripts import attach_script
from transcribe.decoder_client import probe_sound
from web.services import Services

FILE_NAME_LENGTH = 255
NAMELESS = "ban-ghi"


# What a caller adds to the transaction, told the receipt and the SHA-256 of the bytes that came.
Note = Callable[[Session, Receipt, str], None]


@dataclass(frozen=True, slots=True)
class GivenScript:
    """A script that came with a form or a command; `file_name` is empty for pasted text.

    `text` is as `transcribe.script_text` gives it.
    """

    text: str
    file_name: str


def receive_recording(
    services: Services,
    *,
    stream: BinaryIO,
    file_name: str,
    unit_id: str,
    actor_id: str | None,
    title: str = "",
    broadcast_at: datetime | None = None,
    priority: str = PRIORITIES[0],
    script: GivenScript | None = None,
    note: Note | None = None,
) -> Receipt:
    """Take a file in: to disk, once, checked by the decoder, then as an announcement that waits.

    The same bytes a second time change nothing and the receipt names the first announcement. On
    any refusal nothing stays behind. A `script` waits with the new announcement for its text; one
    that came with known bytes is left alone. `note` is called in the transaction that makes or
    finds the announcement, once more after a rollback. Raises InvalidInput `priority_unknown`,
    Forbidden, MediaRejected, TooLarge, NoSpace.
    With the queue away the receipt is as good: the reaper hands the task over later.
    """
    settings, db = services.settings, services.db
    with db.reading() as session:
        # Before the first byte is stored: accept_recording asks again in its own transaction.
        require_role(session, actor_id, unit_id, "operator", "editor")
    require_priority(priority)

    incoming = services.media.receive(
        stream, max_bytes=settings.max_upload_bytes, min_free_bytes=settings.min_free_bytes
    )
    try:
        receipt = _known(services, unit_id, incoming)
        if receipt is None:
            receipt = accept_recording(
                db,
                services.media,
                unit_id=unit_id,
                actor_id=actor_id,
                incoming=incoming,
                facts=probe_sound(incoming.path, settings),
                file_name=display_name(file_name),
                title=title,
                broadcast_at=broadcast_at,
                priority=priority,
                around=_with(script, actor_id, note, incoming.sha256),
            )
        elif note is not None:
            with db.writing() as session:
                note(session, receipt, incoming.sha256)
    finally:
        services.media.discard(incoming)
    if receipt.task_id is not None:
        services.queue.hand_over(db, receipt.task_id)
    return receipt


def _with(
    script: GivenScript | None, actor_id: str | None, note: Note | None, sha256: str
) -> Callable[[Session, Callable[[], Receipt]], Receipt]:
    """What else is written in the transaction that makes the announcement."""

    def around(session: Session, record: Callable[[], Receipt]) -> Receipt:
        receipt = record()
        if script is not None and receipt.duplicate_of is None:
            _attach(session, receipt, script, actor_id)
        if note is not None:
            note(session, receipt, sha256)
        return receipt

    return around


def _attach(session: Session, receipt: Receipt, script: GivenScript, actor_id: str | None) -> None:
    attach_script(
        session,
        announcement_id=receipt.announcement_id,
        text=script.text,
        file_name=script.file_name,
        actor_id=actor_id,
    )


def display_name(client_name: str) -> str:
    """A file name fit to be shown: no folders, no control characters, NFC, at most 255 letters.

    It is only ever shown; files on disk are named by their hash.
    """
    base = client_name.replace("\\", "/").rsplit("/", 1)[-1]
    base = unicodedata.normalize("NFC", base)
    # Cc: control characters. Cf: invisible ones, among them those that turn text around, with
    # which "exe.gpj" reads as "jpg.exe" backwards.
    base = "".join(letter for letter in base if unicodedata.category(letter) not in {"Cc", "Cf"})
    base = base.strip()
    if len(base) > FILE_NAME_LENGTH:
        stem, dot, ending = base.rpartition(".")
        keep_ending = dot and len(ending) <= 10
        tail = f".{ending}" if keep_ending else ""
        base = (stem if keep_ending else base)[: FILE_NAME_LENGTH - len(tail)] + tail
    return base or NAMELESS


def _known(services: Services, unit_id: str, incoming: Incoming) -> Receipt | None:
    with services.db.reading() as session:
        first = find_duplicate(session, unit_id, incoming.sha256)
        return duplicate_receipt(session, first) if first else None
