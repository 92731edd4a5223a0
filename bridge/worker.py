"""The worker: a thin RQ SimpleWorker that runs tasks by their kind, and the reaper beside it.

The speech model never lives here, so nothing forks after it ran. A second thread renews the lease
of the run in progress and says that the worker lives, and nothing else: it must never be late. A
third takes back what other workers lost, a fourth keeps house; both may take their time.
"""

import contextlib
import importlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, cast

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from bridge.capture_care import finish_silent
from bridge.db import Database, is_disk_full
from bridge.errors import BridgeError, LeaseLost, TaskFailed
from bridge.failpoints import reach
from bridge.housekeeping import do_routine
from bridge.logs import log_ids
from bridge.media import MediaStore
from bridge.queueing import RUN_TASK, TaskQueue, open_queue
from bridge.recovery import reap, settle_failed
from bridge.settings import Settings
from bridge.tasks import (
    TaskContext,
    TaskRun,
    beat,
    claim_next,
    end_attempt,
    give_back,
    idle_seconds,
    queued_ids,
    renew_lease,
)

logger = logging.getLogger(__name__)

_FIRST_ROUTINE_S = 600.0
# How long the end of a worker waits for what its threads are at; both may be cut off anywhere.
_LAST_ROUND_S = 10.0

TaskFunction = Callable[[TaskContext, TaskRun], None]

# The only functions that a task may name.
TASK_FUNCTIONS = {
    "transcribe": "transcribe.jobs.transcribe_announcement",
    "finish_capture": "transcribe.capture_finish.finish_silent_capture",
    "publish": "publish.jobs.publish_announcement",
    "unpublish": "publish.jobs.unpublish_announcement",
    "refresh_item": "publish.jobs.refresh_item",
    "refresh_home": "publish.jobs.refresh_home",
    "refresh_unit": "publish.unit_pages.refresh_unit",
    "refresh_search": "publish.unit_pages.refresh_search",
    "preview": "publish.previews.make_preview",
    "prepare": "publish.previews.make_preview",
    "ping_hub": "publish.websub.ping_hub",
    "webhook": "publish.webhooks.deliver_webhook",
    "letter": "publish.letters.send_letter",
}


def worker_name(number: int = 0, pid: int | None = None) -> str:
    """A name that says where a worker runs: `host:up:NUMBER:PID`, or `host:alone:0:PID`.

    `number` counts the workers of one supervisor from 1; 0 is a worker started by itself.
    """
    return f"{worker_group(number)}{number}:{pid or os.getpid()}"


def worker_group(number: int = 1) -> str:
    """The prefix that names of this machine's supervised workers share (0: of the others)."""
    return f"{socket.gethostname()}:{'up' if number else 'alone'}:"


def run_worker(settings: Settings, name: str, *, burst: bool = False) -> None:
    """Work until told to stop: SIGTERM ends after the task at hand, a second one at once.

    `burst` ends when nothing waits any more whose time has come.
    """
    db = Database(settings.effective_database_url)
    context = TaskContext(settings, db, MediaStore(settings.media_dir))
    attendant = Attendant(context, name)
    queue = open_queue(settings.effective_redis_url)
    worker = TaskWorker(
        [queue],
        name=name.replace(":", "-"),
        connection=queue.connection,
        serializer=JSONSerializer,
    )
    worker.attend(context, attendant)
    with log_ids(worker=name), attendant:
        worker.work(burst=burst, logging_level="WARNING")
        # The queue may be empty and the table not: an id was lost, and nobody else gives it again.
        while burst and not worker.is_told_to_stop and attendant.hands_over_what_waits():
            worker.work(burst=True, logging_level="WARNING")
    db.dispose()


class TaskWorker(SimpleWorker):
    """An RQ worker that takes nothing but task ids from the queue.

    Any id says that there is work; which task is begun, the task table decides.
    """

    def attend(self, context: TaskContext, attendant: "Attendant") -> None:
        self._context = context
        self._attendant = attendant

    @property
    def is_told_to_stop(self) -> bool:
        """Whether a signal has asked for the end."""
        return bool(self._stop_requested)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the task whose turn it is; RQ's own results and registries stay unused."""
        # RQ waits for the work at hand only where it is told of it: idle, the first SIGTERM would
        # be raised as an exception in the middle of the task.
        self.set_state(WorkerStatus.BUSY)
        queue.intermediate_queue.remove(job.id)
        # Before the work: while another task runs, the reaper may give this one's id again.
        self.connection.delete(job.key)
        try:
            task_id = _task_id(job)
            reach("worker.dequeued")
            if task_id is not None:
                run_next(self._context, self._attendant, task_id)
        finally:
            # Redis may have been emptied or gone meanwhile: nothing in it matters.
            with contextlib.suppress(RedisError):
                self.set_state(WorkerStatus.IDLE)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Tell Redis that the worker lives. The table `worker_beat` is what counts."""
        with contextlib.suppress(RedisError):
            super().heartbeat(timeout, pipeline)

    def subscribe(self) -> None:
        """No remote commands: stopping and killing is the supervisor's business alone."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""


class Attendant:
    """The threads beside the work: one renews the lease and gives signs of life, one reaps, one
    keeps house."""

    def __init__(self, context: TaskContext, name: str) -> None:
        self.name = name
        self._context = context
        self._queue = TaskQueue(context.settings.effective_redis_url)
        self._run: TaskRun | None = None
        self._stop = threading.Event()
        settings = context.settings
        renewing = (self._hold_on, min(settings.renew_s, settings.reap_s))
        reaping = (self._reap, settings.reap_s)
        self._threads = [
            threading.Thread(target=self._repeat, args=renewing, name="attendant", daemon=True),
            threading.Thread(target=self._repeat, args=reaping, name="reaper", daemon=True),
            threading.Thread(target=self._keep_house, name="housekeeper", daemon=True),
        ]

    def __enter__(self) -> "Attendant":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        deadline = time.monotonic() + _LAST_ROUND_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    @contextmanager
    def minding(self, run: TaskRun) -> Any:
        """Renew this run's lease while the block runs."""
        self._run = run
        try:
            yield
        finally:
            self._run = None

    def _repeat(self, act: Callable[[], None], pause_s: float) -> None:
        while True:
            try:
                with log_ids(worker=self.name):  # a thread starts without its parent's ids
                    act()
            except Exception:
                # The database may be away for a while; the thread must outlive that.
                logger.exception("%s could not do its round", threading.current_thread().name)
            if self._stop.wait(pause_s):
                return

    def _keep_house(self) -> None:
        settings = self._context.settings
        # Not at once: a worker that is started again and again has other cares.
        pause = min(_FIRST_ROUTINE_S, settings.housekeeping_s)
        shortest = min(settings.renew_s, settings.reap_s)
        while not self._stop.wait(max(pause, shortest)):
            pause = settings.housekeeping_s
            try:
                with log_ids(worker=self.name):
                    do_routine(
                        self._context.db, self._context.media, settings, must_end=self._stop.is_set
                    )
            except Exception:
                logger.exception("the housekeeping of %s could not be done", self.name)

    def _hold_on(self) -> None:
        db = self._context.db
        run = self._run
        if run is not None:
            self._require_sign_of_life(run)
            try:
                renew_lease(db, run, self._context.settings.lease_s)
            except LeaseLost:
                # The work itself learns of it at its next write.
                logger.warning("the lease of task %s is gone", run.id)
        beat(db, self.name)

    def _reap(self) -> None:
        db = self._context.db
        self._context.media.sweep_incoming()
        finish_silent(db, self._context.settings)
        reap(db, self._queue, self._context.settings.lease_s)

    def hands_over_what_waits(self) -> bool:
        """Give the queue what waits in the table and is not in it; whether anything waits."""
        reap(self._context.db, self._queue)
        with self._context.db.reading() as session:
            return bool(queued_ids(session))

    def _require_sign_of_life(self, run: TaskRun) -> None:
        """End this process when its task has written nothing for too long.

        A call that hangs in native code cannot be ended otherwise, and would keep its lease for
        ever. Where nobody starts the worker again, others take the task.
        """
        seconds = idle_seconds(run)
        if seconds < self._context.settings.task_silence_s:
            return
        logger.error("%s has done nothing for %.0f s: the worker ends itself", run.kind, seconds)
        with contextlib.suppress(Exception):  # the attempt is also ended when the lease is over
            end_run(self._context.db, run, BridgeError("task_hung"))
        os.kill(os.getpid(), signal.SIGKILL)


def run_next(context: TaskContext, attendant: Attendant, told_id: str) -> None:
    """Run the task whose turn it is, if one waits, and write down how it ended."""
    settings, db = context.settings, context.db
    run = claim_next(db, told_id, worker=attendant.name, lease_s=settings.lease_s)
    if run is None:
        return
    with (
        log_ids(task=run.id, announcement=run.announcement_id, capture=run.capture_id),
        attendant.minding(run),
    ):
        logger.info("%s begins, attempt %d", run.kind, run.attempt)
        try:
            reach("worker.claimed")
            _function(run.kind)(context, run)
            logger.info("%s is done", run.kind)
        except LeaseLost:
            logger.warning("%s was taken over by another run", run.kind)
        except Exception as error:
            # The edge of the loop: whatever went wrong is one attempt, never the worker.
            logger.exception("%s failed", run.kind)
            end_run(db, run, error)
        except BaseException:
            logger.warning("%s is interrupted and goes back to the queue", run.kind)
            with db.writing() as session:
                give_back(session, run)
            raise


def end_run(db: Database, run: TaskRun, error: Exception) -> None:
    """Write down that a run has failed, and on its announcement when it was the last one."""
    code = error.code if isinstance(error, BridgeError) else "unexpected"
    if is_disk_full(error):
        code = "no_space"
    final = isinstance(error, TaskFailed)
    try:
        with db.writing() as session:
            if end_attempt(session, run, code=code, detail=str(error), final=final):
                settle_failed(session, run, code)
    except LeaseLost:
        logger.warning("%s had already been taken over", run.kind)


def _function(kind: str) -> TaskFunction:
    if kind not in TASK_FUNCTIONS:
        raise TaskFailed("task_unknown", kind=kind)
    module, _, name = TASK_FUNCTIONS[kind].rpartition(".")
    return cast(TaskFunction, getattr(importlib.import_module(module), name))


def _task_id(job: Job) -> str | None:
    try:
        if job.func_name == RUN_TASK and len(job.args) == 1 and isinstance(job.args[0], str):
            return job.args[0]
        logger.error("refused a job that is no task: %r", job.func_name)
    except Exception:
        # What lies in Redis may be anything; a job that cannot be read is dropped.
        logger.exception("refused an unreadable job")
    return None
