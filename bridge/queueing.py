"""RQ, the sending side: a task's id goes into one queue. The task table stays the truth."""

import logging
from collections.abc import Collection, Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bridge.db import Database
from bridge.failpoints import reach
from bridge.tasks import early_ids, note_handover

logger = logging.getLogger(__name__)

QUEUE_NAME = "loa"
# The one function name that a worker accepts from the queue; it is a name and nothing to import.
RUN_TASK = "loa.run_task"


def open_queue(redis_url: str) -> Queue:
    """The RQ queue at this address (`redis://…` or `unix://…`); connects on first use."""
    # JSON instead of pickle: whoever can write to Redis must not be able to run code here.
    # An upload waits for the answer: a queue that hangs must not hold it up for long. A worker
    # waits longer for its next id, and RQ raises the limit for that.
    connection = Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=2)
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


class TaskQueue:
    """Hands task ids over for delivery. Losing one costs seconds: the reaper gives it again."""

    def __init__(self, redis_url: str) -> None:
        self._queue = open_queue(redis_url)

    @property
    def connection(self) -> Redis:
        """Redis, for what may be lost at any moment."""
        return self._queue.connection

    def hand_over(self, db: Database, task_id: str) -> bool:
        """Give a task's id to the workers. False, and a log line, when Redis is away.

        False too for a task whose time has not come: the reaper hands it over then.
        Handing an id over twice is harmless: only one run can claim the task. So whoever asks is
        never told of a failure here: what they sent is written down already.
        """
        return self.hand_over_all(db, [task_id]) == 1

    def hand_over_all(self, db: Database, task_ids: Sequence[str]) -> int:
        """The same for many, noted in one transaction. How many went in, from the
        first one on; those whose time has not come are left out.

        The order in which they go in says nothing: a worker that is told of any task begins the
        one whose turn it is (`bridge.tasks.claim_next`).

        One transaction each would compete with the work for SQLite's lock, once for each task of a
        queue that was emptied.
        """
        early = _early(db, task_ids)
        given = []
        for task_id in task_ids:
            if task_id in early:
                continue
            try:
                self._queue.enqueue_call(
                    RUN_TASK,
                    args=[task_id],
                    job_id=task_id,
                    timeout=-1,
                    result_ttl=0,
                    failure_ttl=0,
                )
            except (RedisError, OSError) as error:
                logger.warning("task %s waits for Redis to come back: %s", task_id, error)
                break
            reach("queue.given")
            given.append(task_id)
        if given:
            try:
                note_handover(db, given)
            except OperationalError as error:  # SQLite's lock is held, or the server restarts
                logger.warning("task %s is in the queue, not noted so: %s", given[0], error)
        return len(given)

    def missing(self, task_ids: Collection[str]) -> list[str] | None:
        """Which of these ids are not in the queue; None when Redis is away."""
        try:
            waiting = set(self._queue.get_job_ids())
        except (RedisError, OSError):
            return None
        return [task_id for task_id in task_ids if task_id not in waiting]

    def is_reachable(self) -> bool:
        """Whether Redis answers."""
        try:
            return self._queue.connection.ping()
        except (RedisError, OSError):
            return False


def _early(db: Database, task_ids: Sequence[str]) -> Collection[str]:
    try:
        with db.reading() as session:
            return early_ids(session, task_ids)
    except SQLAlchemyError:
        return ()  # a worker that is told too early does nothing
