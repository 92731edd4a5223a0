"""Which edition of Loa wrote the portal's pages: another one has them written again.

Pages are made of the publications and of Loa's own templates, scripts and words. After an update,
or at another public address, what stands would differ from what would be written; residents would
see old pages for years, and a look for changed files could not tell an update from a forgery.
"""

import hashlib
import logging
from pathlib import Path

from sqlalchemy import exists, select

import bridge
import publish
from bridge.db import Database
from bridge.models import Publication, Unit
from bridge.settings import Settings
from bridge.tasks import add_task
from bridge.unit_settings import REWRITE
from publish.files import write_whole

logger = logging.getLogger(__name__)

_NOTE = "portal-edition"
# What a page may be made of; migrations never are.
_KINDS = (".py", ".html", ".css", ".js", ".svg", ".png", ".po", ".toml", ".json")


def edition(settings: Settings) -> str:
    """SHA-256 of all that pages are made of besides the database: code, templates, addresses."""
    found = hashlib.sha256()
    for said in (settings.effective_public_url, settings.websub_hub):
        found.update(said.encode() + b"\0")
    for package in (publish, bridge):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*")):
            if path.suffix in _KINDS and "migrations" not in path.parts:
                found.update(path.relative_to(folder).as_posix().encode() + b"\0")
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def plan_new_edition(settings: Settings, db: Database) -> int:
    """Have every portal written again that another edition wrote; how many that are.

    Done twice, or killed in between: the same tasks once. Raises OSError.
    """
    note, now = settings.data_dir / _NOTE, edition(settings)
    try:
        before = note.read_text("ascii")
    except FileNotFoundError:
        before = ""
    if before == now:
        return 0
    with db.writing() as session:
        published = exists().where(Publication.unit_id == Unit.id)
        units = session.scalars(select(Unit.id).where(published)).all()
        for unit_id in units:
            add_task(session, kind=REWRITE, unit_id=unit_id)
    write_whole(note, now.encode())  # only now: whoever is killed before begins again
    if units:
        logger.info("another edition wrote the portals: %d will be written again", len(units))
    return len(units)
