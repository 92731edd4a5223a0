"""What several processes do at once in tests. Run as a script: `crowd.py JOB ARGUMENT…`.

A process says "ready" when all is imported and connected, waits for a line, then works; what its
job returns is printed as JSON.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, update

from bridge.audit import write_entry
from bridge.db import Database
from bridge.errors import BridgeError
from bridge.models import WorkerBeat
from bridge.review import approve_announcement
from bridge.schema import upgrade_database
from bridge.secret_keys import read_secret_key
from bridge.settings import load_settings

Job = Callable[[], object]


def count_up(url: str, times: str) -> Job:
    """Read a number, add one, write it back, in one transaction; `times` times."""
    db = Database(url)

    def job() -> None:
        for _ in range(int(times)):
            with db.writing() as session:
                query = select(WorkerBeat.name).with_for_update()
                number = int(session.scalars(query).one())
                session.execute(update(WorkerBeat).values(name=str(number + 1)))

    return job


def write_entries(url: str, times: str) -> Job:
    """Add `times` rows to the audit chain, each in its own transaction."""
    db = Database(url)

    def job() -> None:
        for number in range(int(times)):
            with db.writing() as session:
                write_entry(
                    session, actor_id=None, action="t", subject_type="t", subject_id=str(number)
                )

    return job


def upgrade(url: str) -> Job:
    """Bring the database to the newest schema."""
    db = Database(url)
    return lambda: upgrade_database(db)


def secret_key(data_dir: str) -> Job:
    """Read the secret key, which makes it when there is none."""
    settings = load_settings({}, data_dir=Path(data_dir))
    return lambda: read_secret_key(settings)


def approve(url: str, announcement_id: str, digest: str, actor_id: str) -> Job:
    """Approve an announcement; "" or why not."""
    db = Database(url)

    def job() -> str:
        try:
            with db.writing() as session:
                approve_announcement(
                    session,
                    announcement_id=announcement_id,
                    digest=digest,
                    actor_id=actor_id,
                    must_check=lambda _segments: (),
                )
        except BridgeError as error:
            return error.code
        return ""

    return job


JOBS: dict[str, Callable[..., Job]] = {
    job.__name__: job for job in (count_up, write_entries, upgrade, secret_key, approve)
}


def main(name: str, *arguments: str) -> None:
    job = JOBS[name](*arguments)
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(job()))


if __name__ == "__main__":
    main(*sys.argv[1:])
