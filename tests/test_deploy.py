"""The files of docs/deploy: what systemd and web servers are told fits what Loa does."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import click
import pytest

from bridge import supervisor
from bridge.db import Database
from bridge.schema import upgrade_database
from bridge.settings import load_settings
from publish.files import write_whole
from tests import caddy, nginx
from tests.functional.running import free_port, wait_for
from tests.machine import needed_program
from transcribe import decoder_client
from web.app import UPLOAD_OVERHEAD_BYTES, create_app
from web.cli import cli, speak_vietnamese
from web.operator import WHOLE_FILE_BYTES
from web.portal_files import EMBED_POLICY, PORTAL_POLICY, TYPES

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "docs" / "deploy"
PROGRAM = "/opt/loa/.venv/bin/loa"
UNITS = sorted(DEPLOY.glob("loa-*.*"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
LASTING = [path for path in SERVICES if path.stem != "loa-backup"]
MIB = 1024 * 1024

# What each service gives up, and why nothing of Loa misses it: it needs no privilege, writes into
# its own folder, and its children only read pipes.
GIVEN_UP = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallFilter": "@system-service",
}

Options = dict[str, list[str]]


def options_of(path: Path) -> Options:
    """Every option of a unit file with its values, in their order."""
    options: Options = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, equals, value = line.partition("=")
            assert equals, f"{path.name}: {line}"
            options.setdefault(name, []).append(value)
    return options


def require_command(arguments: list[str]) -> None:
    """Fail unless `loa ARGUMENTS` is a command with these options. Nothing is run."""
    command: click.Command = cli
    # As the program itself begins: a command keeps the words of its first `--help` for ever.
    speak_vietnamese()
    context = click.Context(cli, info_name="loa", **cli.context_settings)
    while isinstance(command, click.Group) and arguments[:1] != ["--help"]:
        found = command.get_command(context, arguments[0]) if arguments else None
        assert found is not None, f"no such command: {arguments}"
        command, arguments = found, arguments[1:]
    with contextlib.suppress(click.exceptions.Exit), contextlib.redirect_stdout(io.StringIO()):
        command.make_context(command.name, [*arguments], parent=context)


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", SERVICES, ids=ids)
def test_a_service_runs_an_existing_command_as_the_account_of_loa(path: Path) -> None:
    options = options_of(path)
    for line in options["ExecStart"] + options.get("ExecStartPre", []):
        program, *arguments = line.split()
        assert program == PROGRAM
        require_command(arguments)
    assert options["User"] == options["Group"] == options["StateDirectory"] == ["loa"]
    assert "LOA_DATA=/var/lib/loa" in options["Environment"][0].split()


@pytest.mark.parametrize("path", SERVICES, ids=ids)
def test_a_service_gives_up_what_it_does_not_need(path: Path) -> None:
    options = options_of(path)
    assert {name: options[name][-1] for name in GIVEN_UP} == GIVEN_UP
    # CTranslate2 then says "could not create a primitive" at the first word.
    assert "MemoryDenyWriteExecute" not in options


@pytest.mark.parametrize("path", LASTING, ids=ids)
def test_a_lasting_service_comes_back_and_outlives_a_part_that_memory_ended(path: Path) -> None:
    options = options_of(path)
    assert options["KillMode"] == ["mixed"]
    assert options["Restart"] == ["always"]
    assert options["StartLimitIntervalSec"] == ["0"]
    assert options["OOMPolicy"] == ["continue"]
    # nginx passes through to site/ and reads it; what is private has a mode of its own.
    assert (options["StateDirectoryMode"], options["UMask"]) == (["0711"], ["0022"])


def test_systemd_waits_until_the_supervisor_has_stopped_its_parts() -> None:
    longest = supervisor._WARM_STOP_SECONDS + 3 * supervisor._STOP_SECONDS
    assert int(options_of(DEPLOY / "loa-up.service")["TimeoutStopSec"][0]) > longest


def test_the_backup_has_a_timer() -> None:
    options = options_of(DEPLOY / "loa-backup.timer")
    assert options["Persistent"] == ["true"]
    assert (DEPLOY / "loa-backup.service").is_file()


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = needed_program("systemd-analyze", "systemd")
    here = Path(sys.executable).parent / "loa"
    copies = []
    for path in UNITS:
        copy = tmp_path / path.name
        # The program has to exist where the unit says: this one does.
        copy.write_text(path.read_text(encoding="utf-8").replace(PROGRAM, str(here)))
        copies.append(str(copy))
    done = subprocess.run(
        [program, "verify", "--man=no", *copies],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "loa-" in line]
    assert (done.returncode, ours) == (0, [])


def nginx_text() -> str:
    """Both nginx files without their comments."""
    text = "".join((DEPLOY / f"nginx-loa{part}.conf").read_text() for part in ("", "-proxy"))
    return re.sub(r"(?m)^\s*#.*\n", "", text)


def test_nginx_lets_through_what_loa_itself_refuses_in_words() -> None:
    largest = int(re.findall(r"client_max_body_size (\d+)m;", nginx_text())[0]) * MIB
    assert largest > WHOLE_FILE_BYTES + 2 * UPLOAD_OVERHEAD_BYTES


def test_nginx_waits_longer_than_the_longest_sound_takes_to_be_decoded(tmp_path: Path) -> None:
    settings = load_settings({}, data_dir=tmp_path)
    longest_s = (
        decoder_client._WALL_BASE_S + settings.max_duration_ms / 1000 * decoder_client._WALL_SHARE
    )
    assert int(re.findall(r"proxy_read_timeout (\d+)s;", nginx_text())[0]) > longest_s


def test_nginx_passes_on_every_address_that_is_no_file_of_the_portal(tmp_path: Path) -> None:
    include = r"\s+\{\s+include /etc/nginx/loa-proxy.conf;"
    passed = re.findall(rf"location (/\S+){include}", nginx_text())
    patterns = re.findall(rf"location ~ (\S+){include}", nginx_text())
    looked_for = re.compile("|".join(patterns).replace("?<", "?P<"))
    rules = create_app(load_settings({}, data_dir=tmp_path)).url_map.iter_rules()
    dynamic = {str(rule) for rule in rules if not rule.endpoint.startswith("public.")}
    lost = {
        rule
        for rule in dynamic
        if not rule.startswith(tuple(passed)) and not looked_for.match(rule)
    }
    assert lost == {"/metrics"}  # closed, on purpose


def test_nginx_knows_the_portals_types_and_policy() -> None:
    text = nginx_text()
    block = re.findall(r"types \{(.*?)\}", text, re.DOTALL)[0]
    types = {f".{name}": kind for kind, name in re.findall(r"(\S+) +(\S+);", block)}
    assert types == {name: kind.partition(";")[0] for name, kind in TYPES.items()}
    assert f'"{PORTAL_POLICY}"' in text
    assert f'"{EMBED_POLICY}"' in text


def test_caddy_knows_the_portals_types_and_policy() -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    told = re.findall(r'import loa_type (\S+) "?([^"\n]+)"?\n', text)
    assert {f".{name}": kind for name, kind in told}.items() <= TYPES.items()
    assert len(told) >= 9
    assert f'"{PORTAL_POLICY}"' in text
    assert f'"{EMBED_POLICY}"' in text


HASH = "0123456789"
PORTAL = {
    "index.html": "các trang",
    "404.html": "không có trang này",
    f"assets/loa-{HASH}.css": "body {}",
    f"assets/player-{HASH}.js": "play()",
    f"assets/emblem-{HASH}.svg": "<svg/>",
    "xa-mau/index.html": "Xã Mẫu",
    "robots.txt": "User-agent: *",
    "xa-mau/feed.xml": "<rss/>",
    "xa-mau/feed-2026-11-1.xml": "<rss/>",
    "xa-mau/feed.atom": "<feed/>",
    "xa-mau/feed.json": "{}",
    "xa-mau/sitemap.xml": "<urlset/>",
    "xa-mau/alerts/dang.cap": "<alert/>",
    "app.webmanifest": "{}",
    "xa-mau/lich-su/index.html": "trang dài " * 100,
    "xa-mau/da-go/index.html": "đã gỡ, trang dài " * 100,
    "xa-mau/da-go/gone": "",
    f"assets/cover-{HASH}.png": "hình",
    "xa-mau/dang/index.html": "lời bản tin",
    f"xa-mau/dang/audio-{HASH}.mp3": "tiếng",
    "xa-mau/dang/nhung.html": "trong khung",
    f"xa-mau/dang/captions-{HASH}.vtt": "WEBVTT",
    f"xa-mau/dang/text-{HASH}.txt": "lời",
    "xa-mau/dang/.index.html.ab12.tmp": "viết dở",
    "xa-mau/go/index.html": "đã gỡ",
    "xa-mau/go/gone": "",
    "xa-khac/index.html": "Xã Khác",
}
ADDRESSES = [
    *(f"/{name}" for name in PORTAL),
    *("/xa-mau/", "/xa-mau/dang/", "/xa-mau/go/", "/khong-co", "/xa-mau/dang/khong-co/"),
    *("/xa-mau/lich-su/", "/xa-mau/lich-su/index.html.gz", "/xa-mau/da-go/"),
    *("/", "/assets/", "/health/live", "/lam-viec/dang-nhap"),
]
COMPARED = (
    "Content-Type",
    "Content-Encoding",
    "Vary",
    "Cache-Control",
    "Content-Security-Policy",
    "Access-Control-Allow-Origin",
    "X-Content-Type-Options",
    "Referrer-Policy",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """`loa web` on a portal with a withdrawn announcement: its data folder and port."""
    data = tmp_path_factory.mktemp("served")
    data.chmod(0o711)
    for name, content in PORTAL.items():
        path = data / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.encode())
    settings = load_settings({}, data_dir=data)
    db = Database(settings.effective_database_url)
    upgrade_database(db)
    db.dispose()
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    with subprocess.Popen(
        [sys.executable, "-m", "web.cli", "web", "--port", str(port)],
        env={**clean, "LOA_DATA": str(data)},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(lambda: status_of(port, "/health/live") == 200, 120, "the pages of loa web")
            yield data, port
        finally:
            process.terminate()


def ask(port: int, address: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", address, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def status_of(port: int, address: str, headers: dict[str, str] | None = None) -> int | None:
    try:
        return ask(port, address, **(headers or {}))[0].status
    except OSError:
        return None


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_the_metrics_are_closed_to_who_comes_by_way_of_a_proxy(
    served: tuple[Path, int], header: str
) -> None:
    _data, port = served
    assert status_of(port, "/metrics") == 200
    assert status_of(port, "/metrics", {header: "203.0.113.9"}) == 403


# A web server by its program: Debian's package of it, and what sets it up.
SERVERS = {
    "nginx": ("nginx-light", nginx.write_configuration),
    "caddy": ("caddy", caddy.write_configuration),
}


@pytest.fixture(scope="module", params=list(SERVERS))
def proxied(
    served: tuple[Path, int],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[int, int]]:
    """The ports of a web server, set up as the example says without encryption, and of Loa."""
    package, write_configuration = SERVERS[request.param]
    program = needed_program(request.param, package)
    data, port = served
    folder, front = tmp_path_factory.mktemp(request.param), free_port()
    arguments = write_configuration(folder, front, port, data / "site")
    with subprocess.Popen(
        [program, *arguments],
        env={**os.environ, "HOME": str(folder)},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(lambda: status_of(front, "/health/live") == 200, 60, request.param)
            yield front, port
        finally:
            process.terminate()


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_web_server_answers_as_loa_does(
    proxied: tuple[int, int], address: str, coding: str
) -> None:
    front, port = proxied
    accepted = {"Accept-Encoding": coding}
    (in_front, seen), (by_loa, wanted) = (
        ask(front, address, **accepted),
        ask(port, address, **accepted),
    )
    assert in_front.status == by_loa.status
    if "dang-nhap" not in address:  # that page carries a token of its own
        assert seen == wanted
    for name in COMPARED:
        assert (in_front.headers[name], name) == (by_loa.headers[name], name)


def test_a_web_server_closes_the_metrics_and_what_lies_beside_the_portal(
    proxied: tuple[int, int],
) -> None:
    front, _port = proxied
    assert status_of(front, "/metrics") == 403
    assert status_of(front, "/../secret_key") in (400, 404)


def test_a_web_server_writes_down_no_address_that_opens_an_account(
    served: tuple[Path, int], tmp_path: Path
) -> None:
    """nginx alone writes down what is asked for, and what failed where Loa does not answer."""
    program = needed_program("nginx", "nginx-light")
    data, port = served
    silent = free_port()
    for behind, status in ((port, 200), (silent, 502)):
        folder = tmp_path / str(behind)
        folder.mkdir()
        front = free_port()
        arguments = nginx.write_configuration(folder, front, behind, data / "site")
        with subprocess.Popen([program, *arguments], stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(lambda front=front: status_of(front, "/404.html") == 200, 60, "nginx")
                link = "/lam-viec/tai-khoan/lien-ket?ma=khong-ai-doc"
                assert status_of(front, link) in (status, 404 if status == 200 else status)
                assert status_of(front, "/404.html?q=tim-gi-do") == 200
            finally:
                process.terminate()
        kept = (folder / "access.log").read_text()
        assert '"GET /lam-viec/tai-khoan/lien-ket"' in kept
        assert '"GET /404.html"' in kept
        written = kept + (folder / "error.log").read_text()
        assert "khong-ai-doc" not in written
        assert "tim-gi-do" not in written


def test_a_web_server_sends_parts_of_a_sound(proxied: tuple[int, int]) -> None:
    front, _port = proxied
    part, content = ask(front, f"/xa-mau/dang/audio-{HASH}.mp3", Range="bytes=0-1")
    assert (part.status, content) == (206, b"ti")


NAMES = ("operating", "backup", "watched-folder", "lines", "housekeeping")
GUIDES = [ROOT / "docs" / f"{name}.md" for name in NAMES]


def fenced_blocks(path: Path) -> Iterator[tuple[str, str]]:
    """The language, or nothing, and the text of each fenced block of a guide."""
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"(?ms)^( *)```(\w*)\n(.*?)^\1```$", text):
        yield found[2], found[3]


def commands_of(path: Path) -> Iterator[str]:
    """What a guide tells to run after `loa`, in its blocks and in its sentences."""
    blocks = "".join(text for language, text in fenced_blocks(path) if not language)
    yield from re.findall(r"(?m)^\s*(?:sudo )?loa (.+)$", blocks)
    sentences = re.sub(r"(?ms)^( *)```.*?^\1```$", "", path.read_text(encoding="utf-8"))
    yield from re.findall(r"`(?:sudo )?loa ([^`…]+)`", sentences)


@pytest.mark.parametrize("path", GUIDES, ids=ids)
def test_the_commands_of_a_guide_exist(path: Path) -> None:
    found = list(commands_of(path))
    assert found
    for line in found:
        words = shlex.split(line, comments=True)
        # A command that is only named, as in "`loa record` can …", has no arguments to check.
        require_command(words if len(words) > 1 else [*words, "--help"])


def test_the_settings_of_the_guide_are_understood(tmp_path: Path) -> None:
    examples = [text for language, text in fenced_blocks(GUIDES[0]) if language == "toml"]
    assert examples
    for text in examples:
        (tmp_path / "loa.toml").write_text(text, encoding="utf-8")
        settings = load_settings({}, data_dir=tmp_path)
        assert settings.watch == ("xa-mau=/srv/loa-ip",)


def test_the_command_of_the_guide_runs_the_program_of_the_units() -> None:
    text = (DEPLOY / "loa").read_text(encoding="utf-8")
    assert f'runuser -u loa -- env LOA_DATA=/var/lib/loa {PROGRAM} "$@"' in text
