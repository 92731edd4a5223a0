"""Particulars of an announcement: as they are stored, approved and published."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError

from bridge.details import (
    NAME_LENGTH,
    SUMMARY_LENGTH,
    Particulars,
    checked_particulars,
    normalise_areas,
    split_areas,
)
from bridge.editing import save_details
from bridge.errors import InvalidInput
from bridge.languages import languages
from bridge.models import Announcement, Task
from bridge.publications import published_item
from tests.bridge.lifecycle import BROADCAST_AT, Life

HANOI = timezone(timedelta(hours=7))
FULL = Particulars(
    summary="Trẻ dưới 5 tuổi đến trạm y tế.",
    source="Đài truyền thanh xã Mẫu",
    speaker="Phát thanh viên xã Mẫu",
    author="Trạm y tế xã Mẫu",
    language="km",
    valid_from=BROADCAST_AT,
    valid_until=BROADCAST_AT + timedelta(days=3),
)


def save(
    life: Life,
    announcement_id: str,
    particulars: Particulars | None,
    *,
    area: str = "",
    title: str = "Tiêm phòng",
    priority: str = "normal",
) -> None:
    version, editor_id = life.view(announcement_id).version, life.person("editor")
    with life.db.writing() as session:
        save_details(
            session,
            announcement_id=announcement_id,
            expected_version=version,
            actor_id=editor_id,
            title=title,
            category="",
            area=area,
            priority=priority,
            broadcast_at=BROADCAST_AT,
            particulars=particulars,
        )


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("", ()),
        (" ; , ", ()),
        ("toàn xã", ("toàn xã",)),
        (" Thôn Đông;Thôn  Tây,\nThôn Nam. ", ("Thôn Đông", "Thôn Tây", "Thôn Nam")),
        ("Thôn Hòa, thôn Hoà", ("Thôn Hòa",)),
        (unicodedata.normalize("NFD", "xóm Ấp, Xóm ấp"), ("xóm Ấp",)),
        ("tổ 1, 2; khu 1, 2", ("tổ 1", "2", "khu 1", "2")),
        ("TP. Mẫu, P. 5", ("TP. Mẫu", "P. 5")),
    ],
)
def test_areas_are_parted_trimmed_and_named_once(text: str, areas: tuple[str, ...]) -> None:
    assert split_areas(text) == areas
    assert normalise_areas(text) == ", ".join(areas)
    assert normalise_areas(normalise_areas(text)) == normalise_areas(text)


def test_what_nobody_said_is_not_written() -> None:
    assert Particulars().written() == {}
    assert Particulars.of_content({"title": "Tiêm phòng"}) == Particulars()


def test_what_was_said_comes_back_as_it_was() -> None:
    local = replace(FULL, valid_from=BROADCAST_AT.astimezone(HANOI))
    assert local.written() == FULL.written()
    assert local.written()["valid_from"] == "2026-11-21T10:30:00.000000+00:00"
    assert Particulars.of_content({"title": "x", **FULL.written()}) == FULL
    assert Particulars.of_content({"summary": "Một câu."}) == Particulars(summary="Một câu.")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"summary": "t" * (SUMMARY_LENGTH + 1)}, "summary_too_long"),
        ({"source": "t" * (NAME_LENGTH + 1)}, "source_too_long"),
        ({"speaker": "t" * (NAME_LENGTH + 1)}, "speaker_too_long"),
        ({"author": "t" * (NAME_LENGTH + 1)}, "author_too_long"),
        ({"language": "tiếng Khmer"}, "language_unknown"),
        ({"valid_until": BROADCAST_AT}, "validity_reversed"),
        (
            {
                "valid_from": BROADCAST_AT + timedelta(days=2),
                "valid_until": BROADCAST_AT + timedelta(days=1),
            },
            "validity_reversed",
        ),
    ],
)
def test_particulars_that_cannot_stand_are_refused(wrong: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_particulars(replace(Particulars(), **wrong), BROADCAST_AT)
    assert caught.value.code == code


def test_vietnamese_comes_first_and_languages_are_codes_of_bcp_47() -> None:
    codes = list(languages())
    assert codes[0] == "vi"
    assert {"tyz", "mtq", "km", "hmn", "rad", "jra", "bdq"} <= set(codes)
    assert all(code.isascii() and code.islower() and len(code) in (2, 3) for code in codes)
    assert len(set(languages().values())) == len(codes)


def test_particulars_are_saved_counted_and_written_down(life: Life) -> None:
    announcement_id = life.reviewable()
    save(life, announcement_id, replace(FULL, summary=f" {FULL.summary}\n"), area="a;b, A")
    view = life.view(announcement_id)
    assert (view.particulars, view.area, view.version) == (FULL, "a, b", 2)
    said = {"title": "Tiêm phòng", "priority": "normal", **FULL.written()}
    assert (view.history[-1].action, view.history[-1].data) == ("edit_details", said)


def test_who_says_nothing_of_particulars_leaves_them(life: Life) -> None:
    announcement_id = life.reviewable()
    save(life, announcement_id, FULL)
    save(life, announcement_id, None)
    assert life.view(announcement_id).particulars == FULL
    save(life, announcement_id, Particulars())
    assert life.view(announcement_id).particulars == Particulars()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"area": "thôn Một, " * 30 + "thôn " + "x" * 200}, "areas_too_long"),
        ({"title": "Cắt điện ngày ___"}, "title_unfinished"),
    ],
)
def test_details_that_are_too_long_or_unfinished_change_nothing(
    life: Life, changed: dict[str, str], code: str
) -> None:
    announcement_id = life.reviewable(title="Cũ")
    with pytest.raises(InvalidInput) as caught:
        save(life, announcement_id, FULL, **changed)  # type: ignore[arg-type]
    assert caught.value.code == code
    view = life.view(announcement_id)
    assert (view.work.title, view.particulars, view.version) == ("Cũ", Particulars(), 1)


@pytest.mark.parametrize("name", [name for name in FULL.written()])  # noqa: C416
def test_each_particular_is_part_of_what_is_approved(life: Life, name: str) -> None:
    announcement_id = life.reviewable()
    save(life, announcement_id, None)
    before = life.view(announcement_id).digest
    task_id = life.approve(announcement_id, life.person("approver"))
    save(life, announcement_id, replace(Particulars(), **{name: getattr(FULL, name)}))
    view = life.view(announcement_id)
    assert view.digest != before
    assert (view.work.state, life.task(task_id).state) == ("in_review", "cancelled")
    save(life, announcement_id, Particulars())
    assert life.view(announcement_id).digest == before


def test_the_publication_carries_what_was_approved(life: Life) -> None:
    announcement_id = life.reviewable()
    save(life, announcement_id, FULL, area="thôn Một; thôn Hai")
    draft = life.publish(life.approve(announcement_id, life.person("approver")))
    assert draft.content.items() >= FULL.written().items()
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert (item.particulars, item.area) == (FULL, "thôn Một, thôn Hai")


def test_the_publication_of_one_without_particulars_names_none(life: Life) -> None:
    announcement_id = life.published(life.person("approver"), title="Tiêm phòng")
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
    assert item is not None
    assert item.particulars == Particulars()


def refreshes(life: Life, announcement_id: str) -> list[Task]:
    with life.db.reading() as session:
        return [
            task
            for task in session.query(Task).order_by(Task.created_at)
            if (task.kind, task.announcement_id) == ("refresh_home", announcement_id)
        ]


def test_the_head_of_the_home_page_is_left_when_the_newest_revision_says_so(life: Life) -> None:
    announcement_id = life.reviewable()
    for days in (300, 200, 400):
        until = datetime.now(UTC) + timedelta(days=days)
        said = replace(Particulars(), valid_until=until)
        save(life, announcement_id, said, priority="urgent")
        life.publish(life.approve(announcement_id, life.person("approver")))
        (task,) = refreshes(life, announcement_id)
        assert (task.state, task.not_before) == ("queued", until)


@pytest.mark.parametrize(
    ("priority", "days"), [("normal", 300), ("urgent", None)], ids=["ordinary", "without_end"]
)
def test_nothing_is_planned_for_what_does_not_head_the_page_until_a_moment(
    life: Life, priority: str, days: int | None
) -> None:
    announcement_id = life.reviewable()
    until = datetime.now(UTC) + timedelta(days=days) if days else None
    save(life, announcement_id, Particulars(valid_until=until), priority=priority)
    life.publish(life.approve(announcement_id, life.person("approver")))
    assert refreshes(life, announcement_id) == []


def test_the_database_refuses_an_end_before_the_beginning(life: Life) -> None:
    receipt = life.receive()
    with life.db.writing() as session:
        row = session.get_one(Announcement, receipt.announcement_id)
        row.valid_from, row.valid_until = BROADCAST_AT, BROADCAST_AT
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
