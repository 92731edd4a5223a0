"""Settings: where values come from, which are refused, and the secret key."""

import dataclasses
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.errors import BridgeError, SettingsError
from bridge.secret_keys import (
    SECOND_FACTOR_KEY,
    SECRET_KEY,
    read_second_factor_keys,
    read_secret_key,
)
from bridge.settings import (
    MIB,
    Settings,
    deciding_place,
    load_settings,
    settings_file,
    write_running_url,
    write_setting,
)
from tests.bridge.conftest import Together


def write_toml(folder: Path, text: str) -> dict[str, str]:
    (folder / "loa.toml").write_text(text, encoding="utf-8")
    return {"LOA_DATA": str(folder)}


def test_nothing_given_means_one_machine_and_no_servers(tmp_path: Path) -> None:
    settings = load_settings({"LOA_DATA": str(tmp_path)})
    assert settings == Settings(data_dir=tmp_path, cache_dir=settings.cache_dir)
    assert settings.cache_dir == Path("~/.cache/loa").expanduser()
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/loa.db"
    assert settings.effective_redis_url == f"unix://{tmp_path}/run/valkey.sock"
    assert settings.effective_public_url == "http://127.0.0.1:8000"
    folders = (settings.media_dir, settings.site_dir, settings.models_dir, settings.run_dir)
    assert [path.name for path in folders] == ["media", "site", "models", "run"]
    assert {path.parent for path in folders} == {tmp_path}


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings({}, data_dir=tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def test_the_default_data_folder_is_absolute_and_below_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).data_dir == tmp_path / "loa-data"
    assert load_settings({"LOA_DATA": "here"}).data_dir == tmp_path / "here"


def test_the_environment_is_read_when_none_is_handed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_DATA", str(tmp_path))
    monkeypatch.setenv("LOA_PORT", "8123")
    settings = load_settings()
    assert (settings.data_dir, settings.port) == (tmp_path, 8123)


def test_every_kind_of_value_is_read_from_the_file(tmp_path: Path) -> None:
    environ = write_toml(
        tmp_path,
        """
        port = 9000
        lease_s = 12
        secure_cookies = true
        model = "large-v3-turbo"
        cache_dir = "~/kho"
        """,
    )
    settings = load_settings(environ)
    assert settings.port == 9000
    assert settings.lease_s == 12.0
    assert isinstance(settings.lease_s, float)
    assert settings.secure_cookies is True
    assert settings.model == "large-v3-turbo"
    assert settings.cache_dir == Path.home() / "kho"


def test_the_file_may_lie_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text("port = 9001", encoding="utf-8")
    settings = load_settings({"LOA_DATA": str(tmp_path / "data"), "LOA_CONFIG": str(path)})
    assert settings.port == 9001


def test_a_variable_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    environ = write_toml(tmp_path, "port = 1\nworkers = 1\nweb_threads = 1")
    environ |= {"LOA_PORT": "2", "LOA_WORKERS": "2"}
    settings = load_settings(environ, port=3)
    assert (settings.port, settings.workers, settings.web_threads) == (3, 2, 1)


def test_the_command_line_chooses_the_data_folder_and_its_file(tmp_path: Path) -> None:
    write_toml(tmp_path, "port = 7")
    settings = load_settings({"LOA_DATA": "/nowhere"}, data_dir=tmp_path)
    assert (settings.data_dir, settings.port) == (tmp_path, 7)


def test_an_option_that_was_not_given_does_not_count(tmp_path: Path) -> None:
    environ = {"LOA_DATA": str(tmp_path), "LOA_PORT": "2"}
    assert load_settings(environ, port=None, data_dir=None).port == 2


def test_variables_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    settings = load_settings({"PORT": "1", "LOADED": "x", "LOA_SOMETHING": "y"}, data_dir=tmp_path)
    assert settings.port == 8000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("1", "TRUE", "on", "yes")),
        *((text, False) for text in ("0", "false", "Off", "no", "")),
    ],
)
def test_words_for_yes_and_no_are_understood(tmp_path: Path, text: str, value: bool) -> None:
    settings = load_settings({"LOA_SECURE_COOKIES": text}, data_dir=tmp_path)
    assert settings.secure_cookies is value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "eight"),
        ("port", "80.5"),
        ("port", ""),
        ("max_upload_bytes", "1 GiB"),
        ("lease_s", "a minute"),
        ("secure_cookies", "maybe"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"LOA_{name.upper()}": value}, data_dir=tmp_path)
    assert caught.value.code == "bad_setting"
    assert caught.value.data == {"name": name, "value": value}


@pytest.mark.parametrize("text", ["port = true", "port = 1.5", "secure_cookies = 2", "port = []"])
def test_a_value_of_the_wrong_kind_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write_toml(tmp_path, text))
    assert caught.value.data["name"] == text.partition(" ")[0]


@pytest.mark.parametrize("text", ["prot = 80", "[web]\nport = 80"])
def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write_toml(tmp_path, text))
    assert caught.value.code == "unknown_setting"
    assert caught.value.data["name"] in {"prot", "web"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "0"),
        ("port", "99999"),
        ("workers", "0"),
        ("web_threads", "0"),
        ("log_level", "LOUD"),
        ("log_format", "xml"),
        ("watch_quiet_s", "-1.0"),
        ("data", "/dev/null"),
    ],
)
def test_values_that_could_only_fail_later_are_refused_at_once(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"LOA_{name.upper()}": value})
    assert caught.value.code == "bad_setting"
    assert caught.value.data["value"] == value


def test_where_the_pages_last_ran_is_remembered(tmp_path: Path) -> None:
    first = load_settings({}, data_dir=tmp_path, port=8123)
    assert write_running_url(first).effective_public_url == "http://127.0.0.1:8123"
    later = load_settings({}, data_dir=tmp_path)
    assert later.effective_public_url == "http://127.0.0.1:8123"
    moved = write_running_url(load_settings({}, data_dir=tmp_path, port=8200))
    assert moved.effective_public_url == "http://127.0.0.1:8200"


def test_a_given_public_address_beats_where_the_pages_ran(tmp_path: Path) -> None:
    write_running_url(load_settings({}, data_dir=tmp_path))
    settings = load_settings({"LOA_PUBLIC_URL": "https://loa.example/"}, data_dir=tmp_path)
    assert settings.effective_public_url == "https://loa.example"


@pytest.mark.parametrize("content", [b"port = ", b"model = '\xff'"])
def test_a_file_that_is_no_toml_is_refused_by_its_path(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "loa.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings({}, data_dir=tmp_path)
    assert caught.value.code == "bad_settings_file"
    assert caught.value.data["path"] == str(tmp_path / "loa.toml")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_address_gets_the_driver(
    tmp_path: Path, scheme: str
) -> None:
    settings = load_settings(
        {}, data_dir=tmp_path, database_url=f"{scheme}://loa:pw@db/loa?sslmode=require"
    )
    assert settings.effective_database_url == ("postgresql+psycopg://loa:pw@db/loa?sslmode=require")


def test_addresses_that_were_given_are_used(tmp_path: Path) -> None:
    settings = load_settings(
        {},
        data_dir=tmp_path,
        redis_url="redis://cache:6379/1",
        public_url="https://xa-mau.example/",
        max_upload_bytes=5 * MIB,
    )
    assert settings.effective_redis_url == "redis://cache:6379/1"
    assert settings.effective_public_url == "https://xa-mau.example"
    assert settings.max_upload_bytes == 5_242_880


def test_the_secret_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    settings = load_settings({}, data_dir=tmp_path / "new" / "data")
    key = read_secret_key(settings)
    assert len(key) >= 43  # 256 bits in base 64
    assert read_secret_key(settings) == key
    assert stat.S_IMODE((settings.data_dir / "secret_key").stat().st_mode) == 0o600


def test_a_key_is_on_the_disk_before_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings({}, data_dir=tmp_path)
    flushed: list[tuple[bool, bool, int]] = []

    def note(descriptor: int) -> None:
        facts = os.fstat(descriptor)
        is_named = (tmp_path / "secret_key").exists()
        flushed.append((stat.S_ISDIR(facts.st_mode), is_named, facts.st_size))

    monkeypatch.setattr(os, "fsync", note)
    key = read_secret_key(settings)
    assert flushed[0] == (False, False, len(key))
    assert flushed[1][:2] == (True, True)


@pytest.mark.parametrize("read", [read_secret_key, read_second_factor_keys])
def test_an_empty_key_is_told_and_not_replaced(
    tmp_path: Path, read: Callable[[Settings], object]
) -> None:
    settings = load_settings({}, data_dir=tmp_path)
    for name in (SECRET_KEY, SECOND_FACTOR_KEY):
        (tmp_path / name).touch()
    with pytest.raises(BridgeError, match="key_empty"):
        read(settings)
    assert (tmp_path / SECRET_KEY).read_text() == (tmp_path / SECOND_FACTOR_KEY).read_text() == ""


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    folders = (tmp_path / "one", tmp_path / "two")
    keys = {read_secret_key(load_settings({}, data_dir=folder)) for folder in folders}
    assert len(keys) == 2


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path, together: Together) -> None:
    keys = together("secret_key", tmp_path / "data", processes=3)
    assert len(set(keys)) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'model = "/m"\n'),
        ("port = 9000\n", 'port = 9000\nmodel = "/m"\n'),
        ("port = 9000", 'port = 9000\nmodel = "/m"\n'),
        ('# mine\nmodel = "old"\nport = 9000\n', '# mine\nmodel = "/m"\nport = 9000\n'),
        ("model='old'  # why\n", 'model = "/m"  # why\n'),
        ('  "model"\t=  "a # b"# why\n', 'model = "/m"# why\n'),
        ("port = 1\r\nmodel = 'old'\r\n", 'port = 1\r\nmodel = "/m"\r\n'),
        ("port = 1\r\n", 'port = 1\r\nmodel = "/m"\r\n'),
        ('#model = "x"\n', '#model = "x"\nmodel = "/m"\n'),
        ('a = """\nmodel = "x"\n"""\n', 'a = """\nmodel = "x"\n"""\nmodel = "/m"\n'),
        (
            'a = """\nmodel = "x"\n"""\nmodel = "y"\n',
            'a = """\nmodel = "x"\n"""\nmodel = "/m"\n',
        ),
        ("[t]\nmodel = 'x'\n", "model = \"/m\"\n[t]\nmodel = 'x'\n"),
        ("# đầu\n\n[t]\nx = 1\n", '# đầu\n\nmodel = "/m"\n[t]\nx = 1\n'),
        ("model_x = 1\n", 'model_x = 1\nmodel = "/m"\n'),
    ],
)
def test_writing_a_setting_leaves_every_other_line_as_it_was(
    before: str, after: str, tmp_path: Path
) -> None:
    path = tmp_path / "loa.toml"
    path.write_bytes(before.encode())
    assert write_setting(path, "model", "/m")
    assert path.read_bytes().decode() == after
    assert not write_setting(path, "model", "/m")
    assert path.read_bytes().decode() == after
    assert [item.name for item in tmp_path.iterdir()] == ["loa.toml"]


@pytest.mark.parametrize("value", ["/nhà văn hóa/mô hình", 'a"b\\c', "C:\\new\ttab", "bundled"])
def test_a_written_setting_is_read_back(value: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "loa.toml"
    assert write_setting(path, "model", value)
    assert load_settings({}, data_dir=path.parent).model == value


@pytest.mark.parametrize("before", ['model = """\nold"""\n', "model = [\n'old']\n"])
@pytest.mark.parametrize("value", ["/m", "\x7f"])
def test_a_line_that_cannot_be_changed_with_certainty_is_left_to_a_person(
    before: str, value: str, tmp_path: Path
) -> None:
    path = tmp_path / "loa.toml"
    path.write_text(before)
    with pytest.raises(SettingsError) as caught:
        write_setting(path, "model", value)
    assert caught.value.code == "setting_not_writable"
    assert caught.value.data["path"] == str(path)
    assert path.read_text() == before


def test_a_file_that_is_no_toml_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "loa.toml"
    path.write_text("port =\n")
    with pytest.raises(SettingsError) as caught:
        write_setting(path, "model", "/m")
    assert (caught.value.code, path.read_text()) == ("bad_settings_file", "port =\n")


def test_a_written_file_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    real = tmp_path / "etc" / "real.toml"
    real.parent.mkdir()
    real.write_text("# secret\n")
    real.chmod(0o600)
    link = tmp_path / "loa.toml"
    link.symlink_to(real)
    assert write_setting(link, "model", "/m")
    assert link.is_symlink()
    assert real.read_text() == '# secret\nmodel = "/m"\n'
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_the_place_that_decides_is_the_variable_then_the_file(tmp_path: Path) -> None:
    path = settings_file(tmp_path, {})
    assert path == tmp_path / "loa.toml"
    assert settings_file(tmp_path, {"LOA_CONFIG": "/x.toml"}) == Path("/x.toml")
    assert deciding_place(tmp_path, "model", {}) is None
    write_setting(path, "port", "9000")
    assert deciding_place(tmp_path, "model", {}) is None
    write_setting(path, "model", "/m")
    assert deciding_place(tmp_path, "model", {}) == path
    assert deciding_place(tmp_path, "model", {"LOA_MODEL": ""}) == "LOA_MODEL"


@pytest.mark.parametrize(
    "text",
    [
        'watch = ["xa-mau=/srv/a", "xa-hai=/srv/b c"]',
        '[watch]\nxa-mau = "/srv/a"\nxa-hai = "/srv/b c"',
        'watch = """\nxa-mau=/srv/a\nxa-hai=/srv/b c\n"""',
    ],
)
def test_watched_folders_are_a_list_a_table_or_one_text(tmp_path: Path, text: str) -> None:
    settings = load_settings(write_toml(tmp_path, text))
    assert settings.watch == ("xa-mau=/srv/a", "xa-hai=/srv/b c")


def test_watched_folders_in_the_environment_stand_one_a_line(tmp_path: Path) -> None:
    settings = load_settings({"LOA_WATCH": "xa-mau=/srv/a\n\nxa-hai=/srv/b=c\n"}, data_dir=tmp_path)
    assert settings.watch == ("xa-mau=/srv/a", "xa-hai=/srv/b=c")
    assert load_settings({"LOA_WATCH": ""}, data_dir=tmp_path).watch == ()


@pytest.mark.parametrize("text", ["/srv/a", "=/srv/a", "xa-mau="])
def test_a_watched_folder_needs_its_unit(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"LOA_WATCH": text}, data_dir=tmp_path)
    assert caught.value.data["name"] == "watch"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "http://[::1]:8000"),
        ("2001:db8::7", "http://[2001:db8::7]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_that_is_printed_can_be_opened(tmp_path: Path, host: str, address: str) -> None:
    assert load_settings({}, data_dir=tmp_path, host=host).effective_public_url == address
