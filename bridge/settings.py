"""Settings: one frozen object, built once at the door and passed down.

This is the only module that reads the environment and writes the settings file. Values come,
later over earlier, from the defaults below, the TOML file (`loa.toml` in the data folder, or the
path in LOA_CONFIG), the LOA_* variables, and the command line.
"""

import dataclasses
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.errors import SettingsError

MIB = 1024 * 1024
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("line", "json")
SMTP_SECURITIES = ("starttls", "tls", "none")
SECOND_FACTORS = ("approvers", "everybody", "nobody")

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


# Under which host this machine reaches a server that listens on every address.
_OWN_HOSTS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nosec B104


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ from one installation to another."""

    data_dir: Path
    database_url: str = ""  # empty: SQLite in the data folder
    # The folder of pg_dump and pg_restore, for backups of PostgreSQL; empty: found on PATH.
    postgresql_programs: str = ""
    redis_url: str = ""  # empty: the Valkey that `loa up` starts, on a Unix socket
    public_url: str = ""  # where residents reach the portal; empty: where it last ran
    # The WebSub hub that is told when a feed has changed; empty: none.
    websub_hub: str = ""
    running_url: str = ""  # where `loa up` or `loa web` last ran; they write it down themselves
    host: str = "127.0.0.1"
    port: int = 8000
    web_threads: int = 8
    workers: int = 1
    # Downloads that may be thrown away.
    cache_dir: Path = field(default_factory=lambda: Path("~/.cache/loa").expanduser())
    model: str = "bundled"  # "bundled", a folder, or a hub name such as "large-v3-turbo"
    device: str = "auto"  # auto, cpu, cuda
    compute_type: str = "auto"  # auto: int8 on the CPU, float16 on a GPU
    # A unit's names as hotwords: only with a model for which `loa evaluate` shows a gain.
    hotwords: bool = False
    max_upload_bytes: int = 1024 * MIB
    max_duration_ms: int = 3 * 60 * 60 * 1000
    min_duration_ms: int = 500
    min_free_bytes: int = 512 * MIB
    lease_s: float = 60.0
    renew_s: float = 15.0
    reap_s: float = 15.0
    # How often each worker applies the units' retention rules and `capture_keep_days`.
    housekeeping_s: float = 6 * 3600.0
    # Seconds of silence from the engine after which it counts as hung. Loading a large model on a
    # slow disk and decoding one 30 s window are its two longest quiet times.
    engine_silence_s: float = 300.0
    # Seconds without a write by a task after which its worker ends itself. The longest quiet time
    # is measuring the loudness of three hours of sound before they are published.
    task_silence_s: float = 1800.0
    # A recording from which nothing came for so long is finished from what is there.
    capture_silence_s: float = 600.0
    # Days after which an upload that nobody went on with may be swept away.
    capture_keep_days: int = 7
    max_open_captures: int = 50  # of one person
    # Folders from which `loa up` takes finished files, each as "slug=folder". In the file a list of
    # these, or a table [watch] of slug = "folder"; in LOA_WATCH one a line.
    watch: tuple[str, ...] = ()
    watch_quiet_s: float = 10.0  # a file that has not changed for so long is finished
    # Whether webhooks may lead to this machine itself, over plain HTTP too; never into its network.
    webhooks_to_this_machine: bool = False
    # Cookies for HTTPS alone, also where nobody tells that it is HTTPS.
    secure_cookies: bool = False
    # Names by which this installation is reached, besides that of `public_url`. With a
    # `public_url` staff pages answer to no other, so that no foreign page can pass for them.
    hosts: tuple[str, ...] = ()
    # Whom to tell of a weakness: "mailto:…" or an address; empty: no /.well-known/security.txt.
    security_contact: str = ""
    # Whether staff may sign in from other machines without HTTPS: everybody on the way can read it.
    plain_http: bool = False
    # Who must sign in with a second factor: "approvers" (and admins), "everybody", "nobody".
    second_factor: str = "approvers"
    # The server that takes the letters to staff; empty: no letters, admins hand links over.
    smtp_host: str = ""
    smtp_port: int = 0  # 0: 587, 465 or 25, as `smtp_security` says
    smtp_security: str = "starttls"  # "starttls", "tls" from the first byte, "none"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""  # the address that letters come from
    log_level: str = "INFO"
    log_format: str = "line"  # "line" for people, "json" for a log collector
    # What `/metrics` wants as a bearer token; empty: only this machine itself may ask.
    metrics_token: str = field(default="", repr=False)

    @property
    def sqlite_path(self) -> Path:
        return self.data_dir / "loa.db"

    @property
    def effective_database_url(self) -> str:
        """The URL to connect to, with the driver written out (SQLAlchemy 2.1 wants it)."""
        url = self.database_url or f"sqlite:///{self.sqlite_path}"
        for short in ("postgresql://", "postgres://"):
            if url.startswith(short):
                return "postgresql+psycopg://" + url.removeprefix(short)
        return url

    @property
    def valkey_socket(self) -> Path:
        return self.data_dir / "run" / "valkey.sock"

    @property
    def effective_redis_url(self) -> str:
        return self.redis_url or f"unix://{self.valkey_socket}"

    @property
    def effective_public_url(self) -> str:
        """The portal's address without a slash at its end."""
        found = self.public_url or self.running_url or self.own_url
        return found.rstrip("/")

    @property
    def own_url(self) -> str:
        """Where a browser on this machine finds the pages; listening everywhere is no address."""
        host = _OWN_HOSTS.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def sends_letters(self) -> bool:
        """Whether there is a mail server to give letters to."""
        return bool(self.smtp_host)

    @property
    def effective_smtp_port(self) -> int:
        return self.smtp_port or {"starttls": 587, "tls": 465, "none": 25}[self.smtp_security]

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def site_dir(self) -> Path:
        return self.data_dir / "site"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object | None) -> Settings:
    """Build the settings. `overrides` are command-line values; None means "not given".

    Raises SettingsError for an unknown name in the file or a value of the wrong kind.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in overrides.items() if value is not None}
    data_dir = Path(str(given.get("data_dir") or environ.get("LOA_DATA") or "loa-data"))
    data_dir = data_dir.expanduser().absolute()
    values: dict[str, Any] = {}
    config_path = settings_file(data_dir, environ)
    if config_path.is_file():
        values.update(_read_toml(config_path))
    fields = {item.name: item for item in dataclasses.fields(Settings)}
    values.update(_read_running_url(data_dir))
    for name in fields:
        if (text := environ.get(f"LOA_{name.upper()}")) is not None:
            values[name] = text
    values.update(given)
    values["data_dir"] = data_dir
    for name in values:
        if name not in fields:
            raise SettingsError("unknown_setting", name=name)
    converted: dict[str, Any] = {
        name: _convert(name, fields[name].type, value) for name, value in values.items()
    }
    settings = Settings(**converted)
    _require_sense(settings)
    return settings


def load_settings_from(config_path: Path, data_dir: Path) -> Settings:
    """The settings of a data folder whose own TOML file still lies elsewhere, in a backup.

    LOA_CONFIG and the other variables win over it, as ever. Raises SettingsError.
    """
    return load_settings({"LOA_CONFIG": str(config_path), **os.environ}, data_dir=data_dir)


def settings_file(data_dir: Path, environ: Mapping[str, str] | None = None) -> Path:
    """The TOML file that is read: `loa.toml` in the data folder, or the path in LOA_CONFIG."""
    environ = os.environ if environ is None else environ
    return Path(environ.get("LOA_CONFIG") or data_dir / "loa.toml")


def deciding_place(
    data_dir: Path, name: str, environ: Mapping[str, str] | None = None
) -> str | Path | None:
    """Where a setting gets its value: the variable's name, the file's path, None for the default.

    Raises SettingsError `bad_settings_file`.
    """
    variable = f"LOA_{name.upper()}"
    if variable in (os.environ if environ is None else environ):
        return variable
    path = settings_file(data_dir, environ)
    return path if path.is_file() and name in _read_toml(path) else None


def write_setting(path: Path, name: str, value: str) -> bool:
    """Set one text setting in a TOML file and leave every other line as it is; False if it was so.

    The file is replaced as a whole, with the owner and permissions it had, or made. Raises
    SettingsError `bad_settings_file` for a file that is no TOML and `setting_not_writable` (`path`,
    `line`) where one line cannot be changed with certainty; OSError.
    """
    path = path.resolve()  # a link stays a link
    before = _read_toml(path) if path.is_file() else {}
    if before.get(name) == value:
        return False
    text = path.read_bytes().decode("utf-8") if path.is_file() else ""
    # A JSON string is a TOML string, but for U+007F, which the comparison below finds.
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    for candidate in _texts_with(text, name, line):
        try:
            if tomllib.loads(candidate) == before | {name: value}:
                _replace_file(path, candidate.encode("utf-8"))
                return True
        except (tomllib.TOMLDecodeError, UnicodeEncodeError):
            continue
    raise SettingsError("setting_not_writable", path=str(path), line=line)


def write_running_url(settings: Settings) -> Settings:
    """Remember where the pages run, so that other commands print and publish the same address.

    Returns the settings with that address.
    """
    running = dataclasses.replace(settings, running_url=settings.own_url)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    _running_url_path(settings.data_dir).write_text(running.running_url, encoding="utf-8")
    return running


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("bad_settings_file", path=str(path), detail=str(error)) from error


# A simple value and what follows it on its line: `"a" # why`. Longer forms are left to people.
_SIMPLE_VALUE = (
    r"""(?:"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'|[^\s"'#\[{]+)(?P<rest>[ \t]*(?:\#[^\r\n]*)?)"""
)


def _texts_with(text: str, name: str, line: str) -> Iterator[str]:
    """The file's text with `line` in place of the setting's own, else as its first line.

    What looks like the setting may stand inside something longer: the caller has to look.
    """
    key = rf"""^[ \t]*(?:{name}|"{name}"|'{name}')[ \t]*=[ \t]*"""
    for found in re.finditer(key + _SIMPLE_VALUE + r"(?=\r?$)", text, re.MULTILINE):
        yield text[: found.start()] + line + found["rest"] + text[found.end() :]
    ending = "\r\n" if "\r\n" in text else "\n"
    heading = re.search(r"(?:\A|(?<=\n))(?=[ \t]*\[)", text)  # settings stand before any table
    place = heading.start() if heading else len(text)
    gap = ending if text[:place] and not text[:place].endswith("\n") else ""
    yield text[:place] + gap + line + ending + text[place:]


def _replace_file(path: Path, content: bytes) -> None:
    """Write a file as a whole: a reader, or a crash, finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = path.stat() if path.exists() else None
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, 0o644 if known is None else known.st_mode & 0o777)
            if known is not None and known.st_uid != os.geteuid():  # root writes for a service
                os.fchown(descriptor, known.st_uid, known.st_gid)
            os.fsync(descriptor)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_running_url(data_dir: Path) -> dict[str, str]:
    try:
        return {"running_url": _running_url_path(data_dir).read_text(encoding="utf-8")}
    except (OSError, UnicodeDecodeError):
        return {}  # nothing ran here yet


def _running_url_path(data_dir: Path) -> Path:
    return data_dir / "run" / "address"


def _require_sense(settings: Settings) -> None:
    """Raise SettingsError for a value that would only show later, as a fault elsewhere."""
    wrong = {
        "port": not 1 <= settings.port <= 65_535,
        "workers": not 1 <= settings.workers <= 64,
        "web_threads": not 1 <= settings.web_threads <= 256,
        "log_level": settings.log_level not in LOG_LEVELS,
        "log_format": settings.log_format not in LOG_FORMATS,
        "second_factor": settings.second_factor not in SECOND_FACTORS,
        "smtp_port": not 0 <= settings.smtp_port <= 65_535,
        "smtp_security": settings.smtp_security not in SMTP_SECURITIES or _tells_password(settings),
        # A letter has to come from somewhere.
        "smtp_from": settings.sends_letters and not _ADDRESS.fullmatch(settings.smtp_from),
        "watch": not all(re.fullmatch("[^=]+=.+", text) for text in settings.watch),
        "websub_hub": not re.fullmatch("(https?://.+)?", settings.websub_hub),
        "watch_quiet_s": settings.watch_quiet_s < 0,
        "data_dir": settings.data_dir.exists() and not settings.data_dir.is_dir(),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise SettingsError(name=name, value=str(getattr(settings, name)))


def _tells_password(settings: Settings) -> bool:
    """Whether the mail server's password would go over a network as it is."""
    is_here = settings.smtp_host in ("localhost", "127.0.0.1", "::1")
    return settings.smtp_security == "none" and bool(settings.smtp_user) and not is_here


def _convert(name: str, kind: object, value: object) -> object:
    try:
        if kind == tuple[str, ...]:
            return _to_texts(value)
        if kind is Path:
            return Path(str(value)).expanduser()
        if kind is bool:
            return value if isinstance(value, bool) else _to_bool(str(value))
        if kind is int:
            return int(str(value))
        if kind is float:
            return float(str(value))
    except ValueError as error:
        raise SettingsError(name=name, value=value) from error
    return str(value)


def _to_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(f"{name}={text}" for name, text in value.items())
    if isinstance(value, list | tuple):
        return tuple(str(text) for text in value)
    return tuple(text for line in str(value).splitlines() if (text := line.strip()))


def _to_bool(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError(text)
