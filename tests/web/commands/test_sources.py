"""`loa source`, `loa schedule` and `loa record` as they are typed."""

import json
import re
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from bridge.db import utc_now
from bridge.models import Announcement, Source
from bridge.schedules import parse_weekly
from bridge.sources import LineProblem, note_line
from tests.transcribe.line_servers import encoded, holds, noise, sends, serving, silence
from tests.web.commands.conftest import Loa
from tests.web.conftest import Office
from web.commands.sources import weekly_text


def test_sources_are_added_listed_and_removed(office: Office, loa: Loa) -> None:
    assert loa("source", "list")[::2] == (
        0,
        "Chưa có nguồn tiếng nào. Thêm bằng 'loa source add'.\n",
    )
    admin = office.person("admin").email
    added = loa("source", "add", "Đài xã", "http://10.0.0.7:8000/live", "--by", admin)
    assert added[:2] == (0, "Đã thêm Đài xã. Thử thu: loa record 'Đài xã' --minutes 1\n")
    assert loa("source", "add", "Bàn trộn", "alsa:plughw:1", "--unit", "xa-mau")[0] == 0
    assert loa("source", "list")[1].splitlines() == [
        "Bàn trộn\talsa:plughw:1\tkhông thu",
        "Đài xã\thttp://10.0.0.7:8000/live\tkhông thu",
    ]
    first = json.loads(loa("source", "list", "--json")[1].splitlines()[0])
    assert (first["name"], first["problem"], first["heard_at"]) == ("Bàn trộn", None, None)
    status, _, err = loa("source", "add", "Khác", "http://x.example/live.m3u8")
    assert status == 1
    assert "danh sách phát (như HLS)" in err
    editor = office.person("editor").email
    assert loa("source", "remove", "Đài xã", "--by", editor)[0] == 1
    assert loa("source", "remove", "Đài xã")[:2] == (0, "Đã bỏ Đài xã.\n")


def test_schedules_are_added_listed_and_removed(loa: Loa) -> None:
    loa("source", "add", "Đài xã", "alsa:plughw:1")
    status, out, err = loa("schedule", "add", "Đài xã", "05:00–05:30 hằng ngày")
    assert status == 0
    number, name, when = out.strip().split("\t")
    assert (name, when) == ("Đài xã", "05:00–05:30 hằng ngày")
    assert re.fullmatch(r"Lần tới: \d\d/\d\d/\d{4} 05:00\.\n", err)
    status, _, err = loa("schedule", "add", "Đài xã", "lúc nào rảnh")
    assert status == 1
    assert "Chưa hiểu lịch “lúc nào rảnh”" in err
    listed = json.loads(loa("schedule", "list", "--json")[1])
    assert (listed["id"], listed["source"]) == (number, "Đài xã")
    assert loa("schedule", "list")[1].startswith(f"{number}\tĐài xã\t05:00–05:30 hằng ngày\t")
    assert loa("schedule", "remove", number)[1] == "Đã bỏ lịch 05:00–05:30 hằng ngày của Đài xã.\n"
    assert loa("schedule", "list")[::2] == (
        0,
        "Chưa có lịch nào. Thêm bằng 'loa schedule add'.\n",
    )


def test_the_list_says_what_the_recorder_sees_while_it_lives(office: Office, loa: Loa) -> None:
    loa("source", "add", "Đài xã", "alsa:plughw:1")
    with office.services.db.writing() as session:
        (row,) = session.scalars(select(Source))
        note_line(session, row.id, "lost", problem=LineProblem("line_refused", {"status": 503}))
    said = loa("source", "list")[1].splitlines()
    assert said[0].endswith("\tmất tiếng")
    assert said[1].startswith("  Máy phát luồng từ chối, mã 503. ")
    told = json.loads(loa("source", "list", "--json")[1])
    assert (told["problem"], told["problem_data"]) == ("line_refused", {"status": 503})
    with office.services.db.writing() as session:
        (row,) = session.scalars(select(Source))
        row.seen_at = utc_now() - timedelta(minutes=3)
    assert loa("source", "list")[1].splitlines()[0].endswith("\tkhông thu")


@pytest.mark.parametrize(
    "text", ["05:00–05:30 hằng ngày", "T2, T4, CN 17:00–18:15", "T7 23:30–00:10", "T3 22:00–24:00"]
)
def test_a_schedule_is_shown_as_it_can_be_typed_again(text: str) -> None:
    assert weekly_text(parse_weekly(text)) == text


def pass_when_recorded(office: Office, clock: time_machine.Traveller, minutes: int) -> None:
    """Let so many minutes pass as soon as there is an announcement, however slow the machine."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with office.services.db.reading() as session:
            if session.scalar(select(Announcement.id)):
                break
        time.sleep(0.05)
    clock.shift(minutes * 60)


def test_recording_a_listed_stream_prints_its_announcements(office: Office, loa: Loa) -> None:
    with (
        serving(holds(encoded(noise(3) + silence(3)))) as server,
        time_machine.travel(utc_now()) as clock,
    ):
        loa("source", "add", "Đài xã", server.url, "--split-silence", "2", "--pre-roll", "0")
        minutes = threading.Thread(target=pass_when_recorded, args=(office, clock, 5))
        minutes.start()
        status, out, err = loa("record", "Đài xã", "--minutes", "5", "--title", "Bản tin sáng")
        minutes.join()
    assert status == 0
    found = re.fullmatch(r"Bản tin ([0-9a-z]{12})\n", out)
    assert found, (out, err)
    view = office.view(found[1])
    assert (view.work.title, view.work.state) == ("Bản tin sáng", "queued")
    assert "Đang nghe.\nCó tiếng, bắt đầu một bản tin.\n" in err
    assert err.endswith("Đã dừng.\n")


def test_a_stream_that_no_admin_listed_is_never_fetched(loa: Loa) -> None:
    with serving(sends(b"x")) as server:
        status, _, err = loa("record", server.url)
        assert status == 1
        assert f"loa source add TÊN {server.url}" in err
        assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Không có",), "Không có nguồn tiếng “Không có”"),
        (("gopher:x",), "Không hiểu nguồn tiếng “gopher:x”"),
        (("alsa:plughw:1", "--until", "25 giờ"), "Giờ dừng viết như 17:30"),
        (("pulse:",), "Thiếu chương trình parec"),
    ],
)
def test_what_cannot_be_recorded_is_one_clear_line(
    loa: Loa, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    status, out, err = loa("record", *arguments)
    assert (status, out) == (1, "")
    assert said in err.splitlines()[-1]
