import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bridge.accounts import create_unit
from bridge.db import new_id, utc_now
from bridge.editing import save_segment_text
from bridge.errors import BridgeError, Conflict, Forbidden, InvalidInput, NotFound
from bridge.glossary import (
    MOST_TERMS,
    add_term,
    add_terms,
    change_term,
    corrections_of_unit,
    count_acceptance,
    find_term,
    list_terms,
    refuse_candidate,
    refused_keys,
    term_key,
    term_of_unit,
)
from bridge.glossary_removal import find_removed, remove_term, restore_term
from bridge.models import AuditEntry, Edit, GlossaryTerm
from tests.bridge.lifecycle import Life


def texts(session: Session, unit_id: str) -> list[str]:
    return [term.text for term in list_terms(session, unit_id)]


def audited(session: Session, unit_id: str) -> list[tuple[str, str]]:
    """What was done to the names of a unit, in order."""
    rows = session.execute(
        select(AuditEntry.action, AuditEntry.data)
        .where(AuditEntry.unit_id == unit_id, AuditEntry.action != "create_unit")
        .order_by(AuditEntry.sequence)
    )
    return [(action, data["text"]) for action, data in rows if "text" in data]


@pytest.fixture
def unit_id(uncommitted: Session) -> str:
    """A commune without names."""
    return create_unit(uncommitted, slug=f"xa-{new_id()}", name="Xã Mẫu").id


def edit(life: Life, announcement: str, place: int, text: str) -> None:
    segment = life.view(announcement).segments[place]
    with life.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=segment.version,
            text=text,
            actor_id=life.person("editor"),
        )


@pytest.mark.parametrize(
    ("first", "same"),
    [
        ("Hòa Bình", "Hoà Bình"),
        ("Đông Mẫu", "ĐÔNG  mẫu."),
        ("Nguye\u0302\u0303n Thị Lan", "Nguyễn Thị Lan"),
        ("Xuân Lãng", "“Xuân Lãng”,"),
    ],
)
def test_a_name_is_not_entered_twice_however_it_is_typed(
    uncommitted: Session, unit_id: str, first: str, same: str
) -> None:
    add_term(uncommitted, unit_id=unit_id, text=first)
    with pytest.raises(Conflict) as refused:
        add_term(uncommitted, unit_id=unit_id, text=same)
    assert refused.value.code == "term_exists"
    assert len(list_terms(uncommitted, unit_id)) == 1
    assert find_term(uncommitted, unit_id, same).key == term_key(first)


def test_another_tone_is_another_name_and_units_know_nothing_of_each_other(
    uncommitted: Session, unit_id: str
) -> None:
    other = create_unit(uncommitted, slug=f"xa-{new_id()}", name="Xã Khác").id
    add_term(uncommitted, unit_id=unit_id, text="Xuân Lãng", kind="place")
    add_term(uncommitted, unit_id=unit_id, text="Xuân Lảng", kind="place")
    term = add_term(uncommitted, unit_id=other, text="Xuân Lãng")
    assert texts(uncommitted, other) == ["Xuân Lãng"]
    assert len(texts(uncommitted, unit_id)) == 2
    with pytest.raises(NotFound):
        term_of_unit(uncommitted, term.id, unit_id)


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("", "place", "term_empty"),
        (" ,.; ", "place", "term_empty"),
        ("x" * 201, "place", "term_too_long"),
        ("Đông Mẫu", "river", "term_kind_unknown"),
    ],
)
def test_what_cannot_be_a_name_is_refused(
    uncommitted: Session, unit_id: str, text: str, kind: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_term(uncommitted, unit_id=unit_id, text=text, kind=kind)
    assert refused.value.code == code


def test_the_longest_name_fits_its_columns_with_every_tone(
    uncommitted: Session, unit_id: str
) -> None:
    longest = "ặ " * 99 + "ặặ"
    assert len(longest) == 200
    term = add_term(uncommitted, unit_id=unit_id, text=longest)
    refuse_candidate(uncommitted, unit_id=unit_id, text=longest)
    uncommitted.flush()
    assert term.text == longest


def test_a_glossary_has_an_end(uncommitted: Session, unit_id: str) -> None:
    uncommitted.add_all(
        GlossaryTerm(unit_id=unit_id, text=f"Tên {number}", key=f"tên {number}")
        for number in range(MOST_TERMS)
    )
    with pytest.raises(Conflict) as refused:
        add_term(uncommitted, unit_id=unit_id, text="Một Tên Nữa")
    assert (refused.value.code, refused.value.data["limit"]) == ("too_many_terms", MOST_TERMS)
    outcomes = add_terms(uncommitted, unit_id=unit_id, lines=["Tên 7", "Mới", "Mới Nữa"])
    # Nothing more can be added, so the rest is not tried.
    assert [one.problem.code if one.problem else "" for one in outcomes] == [
        "term_exists",
        "too_many_terms",
    ]


def test_a_list_is_added_line_by_line_and_each_line_is_accounted_for(
    uncommitted: Session, unit_id: str
) -> None:
    lines = ["Đông Mẫu,", "", "  ", "đông mẫu", "x" * 300, "Thôn Hạ; "]
    outcomes = add_terms(uncommitted, unit_id=unit_id, lines=lines, kind="place")
    assert [(one.text[:9], one.problem.code if one.problem else "") for one in outcomes] == [
        ("Đông Mẫu", ""),
        ("đông mẫu", "term_exists"),
        ("x" * 9, "term_too_long"),
        ("Thôn Hạ", ""),
    ]
    assert texts(uncommitted, unit_id) == ["Thôn Hạ", "Đông Mẫu"]


def test_a_changed_name_keeps_its_count_and_may_not_become_another(
    uncommitted: Session, unit_id: str
) -> None:
    term = add_term(uncommitted, unit_id=unit_id, text="Đông Mẩu", kind="other")
    add_term(uncommitted, unit_id=unit_id, text="Thôn Hạ")
    count_acceptance(uncommitted, term.id)
    changed = change_term(uncommitted, term_id=term.id, text="Đông Mẫu", kind="place")
    assert (changed.text, changed.kind, changed.accepted) == ("Đông Mẫu", "place", 1)
    # Its own spelling may be mended without being in its own way.
    assert change_term(uncommitted, term_id=term.id, text="ĐÔNG MẪU", kind="place").text
    with pytest.raises(Conflict) as refused:
        change_term(uncommitted, term_id=term.id, text="thôn hạ", kind="place")
    assert refused.value.code == "term_exists"
    with pytest.raises(NotFound) as unknown:
        change_term(uncommitted, term_id="no such id", text="A", kind="place")
    assert unknown.value.code == "term_unknown"


def test_a_removed_name_is_put_back_with_its_count(uncommitted: Session, unit_id: str) -> None:
    term = add_term(uncommitted, unit_id=unit_id, text="Đông Mẫu", kind="place")
    count_acceptance(uncommitted, term.id)
    count_acceptance(uncommitted, term.id)
    remove_term(uncommitted, term_id=term.id)
    assert texts(uncommitted, unit_id) == []
    removed = find_removed(uncommitted, unit_id, term.id)
    restored = restore_term(uncommitted, unit_id=unit_id, term_id=term.id)
    assert restored == removed
    assert (restored.id, restored.kind, restored.accepted) == (term.id, "place", 2)
    # It is there: nothing is left to put back, and who asks again gets it as it is now.
    change_term(uncommitted, term_id=term.id, text="Đông Mậu", kind="place")
    assert find_removed(uncommitted, unit_id, term.id) is None
    assert restore_term(uncommitted, unit_id=unit_id, term_id=term.id).text == "Đông Mậu"


def test_a_name_of_another_unit_is_not_put_back_here(uncommitted: Session, unit_id: str) -> None:
    other = create_unit(uncommitted, slug=f"xa-{new_id()}", name="Xã Khác").id
    term = add_term(uncommitted, unit_id=other, text="Đông Mẫu")
    remove_term(uncommitted, term_id=term.id)
    with pytest.raises(NotFound):
        restore_term(uncommitted, unit_id=unit_id, term_id=term.id)


def test_every_change_is_in_the_audit_log(uncommitted: Session, unit_id: str) -> None:
    term = add_term(uncommitted, unit_id=unit_id, text="Đông Mẩu")
    change_term(uncommitted, term_id=term.id, text="Đông Mẫu", kind="place")
    change_term(uncommitted, term_id=term.id, text="Đông Mẫu", kind="place")  # nothing changed
    remove_term(uncommitted, term_id=term.id)
    restore_term(uncommitted, unit_id=unit_id, term_id=term.id)
    refuse_candidate(uncommitted, unit_id=unit_id, text="Thôn Hạ")
    refuse_candidate(uncommitted, unit_id=unit_id, text="thôn hạ")  # refused already
    assert audited(uncommitted, unit_id) == [
        ("add_term", "Đông Mẩu"),
        ("change_term", "Đông Mẫu"),
        ("remove_term", "Đông Mẫu"),
        ("restore_term", "Đông Mẫu"),
        ("refuse_candidate", "Thôn Hạ"),
    ]


def test_a_refused_name_that_is_added_by_hand_is_no_longer_refused(
    uncommitted: Session, unit_id: str
) -> None:
    refuse_candidate(uncommitted, unit_id=unit_id, text="Thôn Hạ")
    assert refused_keys(uncommitted, unit_id) == {term_key("thôn hạ")}
    add_term(uncommitted, unit_id=unit_id, text="THÔN HẠ")
    assert refused_keys(uncommitted, unit_id) == frozenset()


def test_acceptances_are_counted_and_never_below_nothing(
    uncommitted: Session, unit_id: str
) -> None:
    rare = add_term(uncommitted, unit_id=unit_id, text="Ấp Hạ")
    often = add_term(uncommitted, unit_id=unit_id, text="Thôn Thượng")
    count_acceptance(uncommitted, often.id)
    count_acceptance(uncommitted, rare.id, by=-1)
    count_acceptance(uncommitted, "no such id")
    listed = [(term.text, term.accepted) for term in list_terms(uncommitted, unit_id)]
    assert listed == [("Thôn Thượng", 1), ("Ấp Hạ", 0)]


def test_editors_add_and_only_admins_change_remove_and_refuse(life: Life) -> None:
    editor, approver, operator = map(life.person, ("editor", "approver", "operator"))
    admin, unit_id = life.person("admin"), life.unit.id
    with life.db.writing() as session:
        term = add_term(session, unit_id=unit_id, text="Đông Mẫu", actor_id=editor)
        add_term(session, unit_id=unit_id, text="Thôn Hạ", actor_id=approver)
        with pytest.raises(Forbidden):
            add_term(session, unit_id=unit_id, text="Ấp Trung", actor_id=operator)
        for actor in (editor, approver, operator):
            for refused in (
                lambda actor=actor: change_term(
                    session, term_id=term.id, text="A", kind="place", actor_id=actor
                ),
                lambda actor=actor: remove_term(session, term_id=term.id, actor_id=actor),
                lambda actor=actor: restore_term(
                    session, unit_id=unit_id, term_id=term.id, actor_id=actor
                ),
                lambda actor=actor: refuse_candidate(
                    session, unit_id=unit_id, text="A", actor_id=actor
                ),
            ):
                with pytest.raises(Forbidden):
                    refused()
        remove_term(session, term_id=term.id, actor_id=admin)
        restore_term(session, unit_id=unit_id, term_id=term.id, actor_id=admin)
        assert len(list_terms(session, unit_id)) == 2


def test_corrections_are_what_became_of_a_segment_and_not_each_save_on_the_way(
    life: Life,
) -> None:
    announcement = life.reviewable()
    edit(life, announcement, 0, "Kính thưa bà con thôn Xuân L")
    edit(life, announcement, 0, "Kính thưa bà con thôn Xuân Lãng.")
    edit(life, announcement, 1, "Chữ khác hẳn.")
    edit(life, announcement, 1, "Bảy giờ sáng mai tiêm phòng.")  # as it was
    with life.db.writing() as session:
        other_unit = create_unit(session, slug=f"xa-{new_id()}", name="Xã Khác")
    other = Life(life.db, life.media, other_unit)
    edit(other, other.reviewable(), 0, "Của đơn vị khác.")
    with life.db.reading() as session:
        corrections = corrections_of_unit(session, life.unit.id)
        later = corrections_of_unit(session, life.unit.id, utc_now() + timedelta(days=1))
    assert [tuple(map(" ".join, one)) for one in corrections] == [
        ("Kính thưa bà con nhân dân.", "Kính thưa bà con thôn Xuân Lãng.")
    ]
    assert later == ()


def test_only_edits_of_the_time_asked_for_make_a_correction(life: Life) -> None:
    announcement = life.reviewable()
    edit(life, announcement, 0, "Lần một.")
    with life.db.reading() as session:
        newest = session.scalars(select(func.max(Edit.created_at))).one()
    edit(life, announcement, 0, "Lần hai.")
    with life.db.reading() as session:
        after = newest + timedelta(microseconds=1)
        corrections = corrections_of_unit(session, life.unit.id, after)
    assert corrections == ((("Lần", "một."), ("Lần", "hai.")),)


def test_two_people_who_add_one_name_at_once_get_one_name(life: Life) -> None:
    codes: list[str] = []
    together = threading.Barrier(2)

    def add() -> None:
        together.wait()
        try:
            with life.db.writing() as session:
                add_term(session, unit_id=life.unit.id, text="Đông Mẫu")
                codes.append("")
        except BridgeError as error:
            codes.append(error.code)

    people = [threading.Thread(target=add) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(codes) == ["", "term_exists"]
    with life.db.reading() as session:
        assert texts(session, life.unit.id) == ["Đông Mẫu"]
