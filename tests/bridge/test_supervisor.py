"""The lock on the data folder and the bundled Valkey. `loa up` itself is in tests/functional."""

import dataclasses
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis

from bridge.errors import BridgeError, Conflict, SettingsError
from bridge.queueing import TaskQueue
from bridge.settings import Settings, load_settings
from bridge.supervisor import (
    Supervisor,
    lock_data_folder,
    require_free_port,
    valkey_binary,
    valkey_command,
)

# What `loa up` does first: take the folder, start Valkey as its child, live on.
PARENT = """
import os, sys
from bridge.settings import load_settings
from bridge.supervisor import Child, lock_data_folder, valkey_command
settings = load_settings({}, data_dir=sys.argv[1])
lock = lock_data_folder(settings)
child = Child("valkey", valkey_command(settings))
child.start(dict(os.environ))
print(child.pid, flush=True)
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # gone before, or while it was read
        return False
    return fields[0] != "Z"  # dead, and only waiting to be noticed


def wait_until_reachable(settings: Settings) -> None:
    queue = TaskQueue(settings.effective_redis_url)
    deadline = time.monotonic() + 60
    while not queue.is_reachable():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def own(short_folder: Path) -> Settings:
    return load_settings({}, data_dir=short_folder)


@pytest.fixture
def parent(own: Settings) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A stand-in for `loa up`, and the process id of its Valkey."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(own.data_dir)],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    wait_until_reachable(own)
    yield process, pid
    process.kill()
    process.communicate()


def test_a_data_folder_has_one_supervisor(own: Settings) -> None:
    first = lock_data_folder(own)
    with pytest.raises(Conflict) as caught:
        lock_data_folder(own)
    assert caught.value.code == "already_running"
    assert caught.value.data == {"path": str(own.data_dir)}
    os.close(first)
    os.close(lock_data_folder(own))


def test_only_the_owner_can_look_into_the_run_folder(own: Settings) -> None:
    own.run_dir.mkdir(mode=0o755)
    os.close(lock_data_folder(own))
    assert stat.S_IMODE(own.run_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((own.run_dir / "lock").stat().st_mode) == 0o600


def test_killing_the_parent_takes_valkey_with_it_and_frees_the_folder(
    own: Settings, parent: tuple[subprocess.Popen[str], int]
) -> None:
    process, pid = parent
    assert is_alive(pid)
    with pytest.raises(Conflict):
        lock_data_folder(own)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    deadline = time.monotonic() + 60
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.close(lock_data_folder(own))
    assert not TaskQueue(own.effective_redis_url).is_reachable()


def listening_inodes(pid: int) -> set[str]:
    """Sockets on which this process's network listens for TCP (state 0A), by inode."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {fields[9] for fields in lines if fields[3] == "0A"}


def open_files(pid: int) -> list[str]:
    """What it holds open; it runs on, and what it closes while we look is left out."""
    names = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            names.append(str(path.readlink()))
    return names


def test_valkey_has_a_private_socket_no_tcp_and_saves_nothing(
    own: Settings, parent: tuple[subprocess.Popen[str], int]
) -> None:
    _, pid = parent
    assert stat.S_IMODE(own.valkey_socket.stat().st_mode) == 0o700
    own_sockets = {name[8:-1] for name in open_files(pid) if name.startswith("socket:[")}
    assert own_sockets
    assert not own_sockets & listening_inodes(pid)
    with Redis.from_url(own.effective_redis_url) as connection:
        connection.set("key", "value")
        connection.shutdown()
    assert {path.name for path in own.run_dir.iterdir()} <= {"lock", "valkey.log"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken_is_said_before_anything_starts(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        # Bound so and not yet listening, it keeps others away from the port and leaves it free.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, 0))
        port = taken.getsockname()[1]
        require_free_port(host, port)
        taken.listen()
        with pytest.raises(Conflict) as caught:
            require_free_port(host, port)
        assert caught.value.code == "port_taken"
        assert caught.value.data == {"host": host, "port": port}


def test_the_binary_of_the_wheel_can_be_run() -> None:
    binary = valkey_binary()
    assert os.access(binary, os.X_OK)
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Valkey server")


@pytest.mark.parametrize(("length", "fits"), [(107, True), (108, False)])
def test_a_path_too_long_for_a_socket_is_refused_before_anything_starts(
    length: int, fits: bool
) -> None:
    name = "đ" * 10  # two bytes each: it is bytes that count
    rest = length - len(os.fsencode(f"/{name}//run/valkey.sock"))
    settings = load_settings({}, data_dir=f"/{name}/{'a' * rest}")
    assert len(os.fsencode(settings.valkey_socket)) == length
    if fits:
        assert str(settings.valkey_socket) in valkey_command(settings)
        return
    with pytest.raises(BridgeError) as caught:
        valkey_command(settings)
    assert caught.value.code == "path_too_long"
    assert caught.value.data["limit"] == 107


def test_a_taken_port_and_a_bad_host_are_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Conflict) as caught:
            require_free_port("127.0.0.1", taken.getsockname()[1])
        assert caught.value.code == "port_taken"
    with pytest.raises(SettingsError) as wrong:
        require_free_port("192.0.2.1", 8000)  # an address for documentation: never this machine's
    assert wrong.value.code == "address_unusable"


def test_each_watched_folder_has_a_child_of_its_own_and_all_get_the_same_settings(
    own: Settings,
) -> None:
    settings = dataclasses.replace(
        own,
        watch=("xa-mau=/srv/a b", "xa-hai=/srv/b=c;d"),
        log_format="json",
        secure_cookies=True,
    )
    supervisor = Supervisor(settings)
    commands = {child.name: list(child.command)[2:] for child in supervisor.children}
    supervisor.stop()
    assert commands["watch xa-mau"] == [
        *("web.cli", "watch", "/srv/a b"),
        *("--unit", "xa-mau", "--supervised"),
    ]
    assert commands["watch xa-hai"][2] == "/srv/b=c;d"
    # One with ";" in its name can only come from the file, so it must not be split on the way.
    assert load_settings(supervisor._environment) == settings
