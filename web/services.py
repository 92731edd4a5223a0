"""What a door needs to reach the rest of the house, opened once and passed down.

Without Flask: the command line and the workers begin sooner.
"""

from dataclasses import dataclass

from bridge.db import Database
from bridge.media import MediaStore
from bridge.queueing import TaskQueue
from bridge.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """The open parts of one installation. Safe to share between threads."""

    settings: Settings
    db: Database
    media: MediaStore
    queue: TaskQueue


def open_services(settings: Settings) -> Services:
    """Open the parts that `settings` name. Nothing is connected or created on disk beyond the
    data folder itself; the database must have been migrated before it is used.
    """
    return Services(
        settings=settings,
        db=Database(settings.effective_database_url),
        media=MediaStore(settings.media_dir),
        queue=TaskQueue(settings.effective_redis_url),
    )
