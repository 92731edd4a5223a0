"""A broadcast that goes on in another recording."""

from typing import Any

import pytest

from bridge.continuing import set_continuation
from bridge.errors import Conflict, Forbidden, InvalidInput, NotFound, VersionConflict
from bridge.joining import join_announcements
from bridge.publications import PublishedItem, published_item, published_items
from bridge.review import withdraw_announcement
from bridge.series import NO_LINKS, continued_by, find_neighbour, may_continue, pages_that_name
from tests.bridge.lifecycle import Life, new_life
from tests.bridge.test_parting import in_review, part


def link(life: Life, later: str, earlier: str | None, **more: Any) -> int:
    options = {
        "announcement_id": later,
        "expected_version": life.view(later).version,
        "continues_id": earlier,
        "actor_id": life.person("editor"),
        **more,
    }
    with life.db.writing() as session:
        return set_continuation(session, **options)


def out(life: Life, announcement_id: str) -> None:
    life.publish(life.approve(announcement_id, life.person("approver")))


def shown(life: Life, announcement_id: str) -> PublishedItem:
    with life.db.reading() as session:
        item = published_item(session, announcement_id)
        assert item is not None
        listed = {one.id: one for one in published_items(session, life.unit.id, withdrawn=True)}
        assert listed[announcement_id] == item  # one page, whoever asks for it
        return item


def test_both_pages_name_each_other_as_soon_as_both_stand(life: Life) -> None:
    first, second = in_review(life, title="Phần một"), in_review(life, title="Phần hai")
    link(life, second, first)
    out(life, second)
    assert shown(life, second).links == NO_LINKS
    out(life, first)
    before, after = shown(life, first).links.following, shown(life, second).links.previous
    assert before is not None
    assert after is not None
    assert (before.id, before.title) == (second, "Phần hai")
    assert (after.id, after.title) == (first, "Phần một")
    with life.db.reading() as session:
        assert pages_that_name(session, life.unit.id, first) == {second}
        assert pages_that_name(session, life.unit.id, second) == {first}
        following = continued_by(session, first)
        assert following is not None
        assert following.id == second
    with life.db.writing() as session:
        withdraw_announcement(
            session, announcement_id=second, reason="Nhầm", actor_id=life.person("approver")
        )
    assert shown(life, first).links.following is None


def test_a_link_is_approved_like_everything_that_residents_read(life: Life) -> None:
    first, second = in_review(life, title="Phần một"), in_review(life, title="Phần hai")
    digest = life.view(second).digest
    task_id = life.approve(second, life.person("approver"))
    link(life, second, first)
    assert life.state(second) == "in_review"
    assert life.task(task_id).state == "cancelled"
    assert life.view(second).digest != digest
    link(life, second, None)
    assert life.view(second).digest == digest
    actions = [entry.action for entry in life.view(second).history]
    assert actions[-2:] == ["continue", "continue_nothing"]


def test_a_page_keeps_the_link_that_was_approved_until_the_next_approval(life: Life) -> None:
    first, second = in_review(life, title="Phần một"), in_review(life, title="Phần hai")
    link(life, second, first)
    out(life, first)
    out(life, second)
    link(life, second, None)
    assert shown(life, second).links.previous is not None


def test_saying_the_same_again_changes_nothing(life: Life) -> None:
    first, second = in_review(life, title="Phần một"), in_review(life, title="Phần hai")
    version = life.view(second).version
    told = link(life, second, first)
    assert link(life, second, first, expected_version=version) == told
    with pytest.raises(VersionConflict):
        link(life, second, None, expected_version=version)


def test_nothing_goes_on_in_two_places_nor_before_itself(life: Life) -> None:
    one, two, three = (in_review(life, title=f"Phần {number}") for number in range(3))
    link(life, two, one)
    with pytest.raises(Conflict, match="continuation_taken"):
        link(life, three, one)
    link(life, three, two)
    for earlier in (two, three, one):
        with pytest.raises((Conflict, InvalidInput)):
            link(life, one, earlier)
    with life.db.reading() as session:
        assert two not in {item.id for item in may_continue(session, one)}
        assert {item.id for item in may_continue(session, three)} == {two}


def test_a_broadcast_of_another_unit_does_not_exist(life: Life) -> None:
    foreign = in_review(new_life(life.db, life.media))
    with pytest.raises(NotFound, match="announcement_unknown"):
        link(life, in_review(life), foreign)
    first, second = in_review(life, title="Trước"), in_review(life, title="Sau")
    with pytest.raises(Forbidden):
        link(life, second, first, actor_id=life.person("operator"))


def test_what_goes_on_with_a_part_goes_on_with_the_whole_it_was_joined_to(life: Life) -> None:
    following = in_review(life, title="Tiếp")
    first, second = part(life, in_review(life), 2)
    link(life, following, second)
    with life.db.writing() as session:
        join_announcements(
            session,
            announcement_id=second,
            expected_version=life.view(second).version,
            into_id=first,
            into_version=life.view(first).version,
            actor_id=life.person("editor"),
        )
    out(life, first)
    out(life, following)
    previous = shown(life, following).links.previous
    assert previous is not None
    assert previous.id == first
    with life.db.reading() as session:
        found = find_neighbour(session, second)
        assert found is not None
        assert found.id == first
    with pytest.raises(Conflict, match="continuation_joined"):
        link(life, in_review(life, title="Khác"), second)
