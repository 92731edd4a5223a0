"""The installation in Prometheus' terms. Only what is measured: what is not known is left out.

Read from the database at each scrape, so that every web process says the same; what belongs to one
web process alone (requests, memory) is counted by `web.request_record`.
"""

from collections.abc import Iterable, Iterator
from importlib.metadata import version

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bridge.db import utc_now
from bridge.models.captures import CAPTURE_KINDS
from bridge.models.work import TASK_STATES
from bridge.status import SCHEDULED, UNSETTLED, LastBackup, WorkStatus, disk_status, last_backup
from bridge.worker import TASK_FUNCTIONS
from bridge.workflow import State
from web.services import Services
from web.status.facts import Facts, Totals, read_facts, read_totals


class FactsCollector(Collector):
    """Looks at the installation when it is asked."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Every family. While the database is away only that, the disk and the backup."""
        settings = self._services.settings
        info = GaugeMetricFamily("loa_info", "The version that runs.", labels=("version",))
        info.add_metric((version("loa"),), 1)
        yield info
        try:
            facts, totals = read_facts(self._services), read_totals(self._services)
        except SQLAlchemyError:
            yield GaugeMetricFamily("loa_database_up", _DATABASE_UP, value=0)
        else:
            yield GaugeMetricFamily("loa_database_up", _DATABASE_UP, value=1)
            yield from _work(facts)
            yield from _totals(totals)
        disk = disk_status(settings)
        yield GaugeMetricFamily(
            "loa_disk_free_bytes", "Free on the disk of the data folder.", value=disk.free_bytes
        )
        yield GaugeMetricFamily(
            "loa_disk_total_bytes", "Size of the disk of the data folder.", value=disk.total_bytes
        )
        yield GaugeMetricFamily(
            "loa_disk_min_free_bytes",
            "With less than this free no file is accepted.",
            value=disk.min_free_bytes,
        )
        if (backup := last_backup(settings)) is not None:
            yield from _backup(backup)


_DATABASE_UP = "1 when the database answered this scrape."


def _work(facts: Facts) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "loa_queue_up", "1 when Redis or Valkey answered.", value=int(facts.queue_answers)
    )
    yield GaugeMetricFamily(
        "loa_workers", "Workers that gave a sign of life lately.", value=len(facts.workers)
    )
    yield _counted(
        "loa_tasks",
        "Rows of the task table; 'scheduled' are queued ones whose time has not come.",
        ("kind", "state"),
        [
            ((kind, state), facts.work.counts.get((kind, state), 0))
            for kind in sorted({*TASK_FUNCTIONS, *(kind for kind, _state in facts.work.counts)})
            for state in (*TASK_STATES, SCHEDULED)
        ],
    )
    yield GaugeMetricFamily(
        "loa_oldest_waiting_task_age_seconds",
        "Age of the oldest task that waits for a worker; 0 when none waits.",
        value=_oldest_age_s(facts.work),
    )
    done = GaugeMetricFamily(
        "loa_task_last_done_timestamp_seconds",
        "When a task of this kind last succeeded; left out until one has.",
        labels=("kind",),
    )
    for kind, moment in sorted(facts.work.last_done_at.items()):
        done.add_metric((kind,), moment.timestamp())
    yield done


def _totals(totals: Totals) -> Iterator[Metric]:
    yield _counted(
        "loa_announcements",
        "Announcements by state.",
        ("state",),
        [((state.value,), totals.announcements.get(state, 0)) for state in State],
    )
    yield _counted(
        "loa_captures",
        "Recordings and files on their way in, and those that could not be read.",
        ("kind", "state"),
        [
            ((kind, state), totals.captures.get((kind, state), 0))
            for kind in CAPTURE_KINDS
            for state in UNSETTLED
        ],
    )
    yield CounterMetricFamily(
        "loa_engine_sound_seconds", "Sound heard.", value=totals.engine.sound_ms / 1000
    )
    yield CounterMetricFamily(
        "loa_engine_work_seconds", "Time the engines worked on it.", value=totals.engine.work_s
    )


def _backup(backup: LastBackup) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "loa_backup_last_timestamp_seconds",
        "When the last backup came to its end; left out until one has.",
        value=backup.finished_at.timestamp(),
    )
    yield GaugeMetricFamily(
        "loa_backup_last_size_bytes", "Size of the last backup.", value=backup.size_bytes
    )
    yield GaugeMetricFamily(
        "loa_backup_last_files", "Files in the last backup.", value=backup.files
    )
    yield GaugeMetricFamily(
        "loa_backup_last_problems",
        "Files that the database names and that the last backup found lost, changed or unreadable.",
        value=backup.problems,
    )


def _counted(
    name: str, text: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, count in sorted(counts):
        family.add_metric(key, count)
    return family


def _oldest_age_s(work: WorkStatus) -> float:
    if work.oldest_waiting_at is None:
        return 0.0
    # A clock that was set back must not make the age negative.
    return max(0.0, (utc_now() - work.oldest_waiting_at).total_seconds())
