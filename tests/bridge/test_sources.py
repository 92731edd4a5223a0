"""What may be recorded by itself: who may say so, and which addresses are understood."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from bridge.audit import find_break
from bridge.db import Database, utc_now
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound
from bridge.models import AuditEntry, Schedule, Source, Unit, User
from bridge.schedules import parse_weekly
from bridge.sources import (
    Address,
    LineProblem,
    add_schedule,
    add_source,
    find_source,
    is_private,
    list_schedules,
    list_sources,
    note_line,
    parse_address,
    remove_schedule,
    remove_source,
)

STREAM = "https://luong.example:8443/xa-mau.mp3?a=1"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("alsa:plughw:CARD=Device,DEV=0", Address("alsa", "plughw:CARD=Device,DEV=0")),
        ("alsa:", Address("alsa", "default")),
        ("pulse:", Address("pulse", "@DEFAULT_SOURCE@")),
        ("pulse:alsa_input.usb-C-Media.mono", Address("pulse", "alsa_input.usb-C-Media.mono")),
        (f"  {STREAM} ", Address("stream", STREAM)),
        ("http://192.168.1.20:8000/live", Address("stream", "http://192.168.1.20:8000/live")),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "source_address"),
        ("Đài xã", "source_address"),
        ("alsa:-D evil", "source_address"),
        ("alsa:--help", "source_address"),
        ("pulse:a b", "source_address"),
        ("file:///etc/passwd", "source_address"),
        ("ftp://luong.example/a.mp3", "source_address"),
        ("concat:a|b", "source_address"),
        ("http:///a", "source_address"),
        ("http://luong.example:99999/", "source_address"),
        ("http://[::1/", "source_address"),
        ("http://luong.example/a b", "source_address"),
        ("http://luong.example/a\r\nX: y", "source_address"),
        ("http://lường.example/", "source_address"),
        (f"http://luong.example/{'a' * 1000}", "source_address"),
        ("http://ten:mat-khau@luong.example/", "source_password"),
        ("https://luong.example/live.m3u8", "source_playlist"),
        ("https://luong.example/live.MPD?x=1", "source_playlist"),
        ("https://luong.example/live.pls", "source_playlist"),
    ],
)
def test_other_addresses_are_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_address(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.1.2.3"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1"),
        *("::ffff:127.0.0.1", "ff02::1"),
    ],
)
def test_private_addresses_are_known(address: str) -> None:
    assert is_private(address)


def test_public_addresses_are_not_private() -> None:
    assert not is_private("1.1.1.1")
    assert not is_private("2606:4700:4700::1111")
    assert not is_private("::ffff:1.1.1.1")


def test_an_admin_adds_lists_and_removes_sources(
    database: Database, unit: Unit, person: Callable[..., User]
) -> None:
    admin = person("admin").id
    with database.writing() as session:
        add_source(
            session,
            unit_id=unit.id,
            name="  Đài   xã ",
            address=STREAM,
            redirect_hosts=["CDN.example"],
            actor_id=admin,
        )
        add_source(session, unit_id=unit.id, name="Bàn trộn", address="alsa:plughw:1")
    with database.reading() as session:
        mixer, station = list_sources(session, unit.id)
        assert (mixer.name, station.name) == ("Bàn trộn", "Đài xã")
        assert station.redirect_hosts == ("cdn.example",)
        assert not station.private_network
        assert find_source(session, unit.id, "Đài xã") == station
        assert find_source(session, unit.id, STREAM) == station
        assert find_source(session, unit.id, "alsa:plughw:1") == mixer
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
        assert actions[-2:] == ["add_source", "add_source"]
    with database.writing() as session:
        remove_source(session, unit_id=unit.id, named="Đài xã", actor_id=admin)
    with database.reading() as session:
        assert list_sources(session, unit.id) == (mixer,)
        assert find_break(session) is None
        with pytest.raises(NotFound):
            find_source(session, unit.id, "Đài xã")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "source_name_missing"),
        ({"name": "Đài xã"}, "source_exists"),
        ({"address": "file:///etc/passwd"}, "source_address"),
        ({"redirect_hosts": ["http://x/"]}, "source_host"),
        ({"redirect_hosts": ["x.example"] * 11}, "source_host"),
        ({"split_silence_s": 1}, "source_seconds"),
        ({"pre_roll_s": 61}, "source_seconds"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(
    database: Database, unit: Unit, changes: dict[str, object], code: str
) -> None:
    given = {"unit_id": unit.id, "name": "Đài khác", "address": STREAM, **changes}
    with database.writing() as session:
        add_source(session, unit_id=unit.id, name="Đài xã", address=STREAM)
    with pytest.raises((InvalidInput, Conflict)) as refused, database.writing() as session:
        add_source(session, **given)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_only_an_admin_of_the_unit_says_what_is_recorded(
    database: Database, unit: Unit, person: Callable[..., User]
) -> None:
    with database.writing() as session:
        add_source(session, unit_id=unit.id, name="Đài xã", address=STREAM)
        schedule = add_schedule(
            session, unit_id=unit.id, named="Đài xã", weekly=parse_weekly("CN 5:00-6:00")
        )
    actor = person("operator", "editor", "approver").id
    refused: list[Callable[..., object]] = [
        lambda session: add_source(
            session, unit_id=unit.id, name="b", address=STREAM, actor_id=actor
        ),
        lambda session: remove_source(session, unit_id=unit.id, named="Đài xã", actor_id=actor),
        lambda session: add_schedule(
            session,
            unit_id=unit.id,
            named="Đài xã",
            weekly=parse_weekly("T7 5:00-6:00"),
            actor_id=actor,
        ),
        lambda session: remove_schedule(session, schedule_id=schedule.id, actor_id=actor),
    ]
    for attempt in refused:
        with pytest.raises(Forbidden), database.writing() as session:
            attempt(session)


def test_schedules_come_and_go_with_their_source(database: Database, unit: Unit) -> None:
    weekly = parse_weekly("T2-T6 05:00-05:30")
    with database.writing() as session:
        add_source(session, unit_id=unit.id, name="Đài xã", address=STREAM)
        added = add_schedule(
            session, unit_id=unit.id, named="Đài xã", weekly=weekly, title="Bản tin sáng"
        )
        night = parse_weekly("23:30-00:30 hằng ngày")
        add_schedule(session, unit_id=unit.id, named="Đài xã", weekly=night)
    with pytest.raises(Conflict), database.writing() as session:
        add_schedule(session, unit_id=unit.id, named="Đài xã", weekly=weekly)
    with database.reading() as session:
        morning, evening = list_schedules(session)
        assert (morning.id, morning.weekly, morning.title) == (added.id, weekly, "Bản tin sáng")
        assert evening.weekly == night
        assert morning.zone.key == "Asia/Ho_Chi_Minh"
        assert list_schedules(session, "other") == ()
    with database.writing() as session:
        remove_schedule(session, schedule_id=morning.id)
        with pytest.raises(NotFound):
            remove_schedule(session, schedule_id=morning.id)
    with database.writing() as session:
        remove_source(session, unit_id=unit.id, named="Đài xã")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Schedule)) == 0


def test_what_the_recorder_sees_is_written_down(database: Database, unit: Unit) -> None:
    with database.writing() as session:
        source = add_source(session, unit_id=unit.id, name="Đài xã", address=STREAM)
    heard = utc_now()
    with database.writing() as session:
        note_line(session, source.id, "listening", heard_at=heard)
        told = LineProblem("line_redirect", {"host": "khac.example"})
        note_line(session, source.id, "lost", problem=told)
        note_line(session, "nothing here", "idle")
    with database.reading() as session:
        row = session.get_one(Source, source.id)
        assert (row.line_state, row.problem, row.heard_at) == ("lost", told.code, heard)
        assert find_source(session, unit.id, row.name).problem == told
    with database.writing() as session:
        note_line(session, source.id, "listening")
    with database.reading() as session:
        assert find_source(session, unit.id, "Đài xã").problem is None
        assert session.get_one(Source, source.id).problem_data == {}
