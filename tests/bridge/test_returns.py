"""Sending back with a comment, and what becomes of it."""

import pytest
from sqlalchemy import select

from bridge.errors import Conflict, Forbidden, IllegalTransition, InvalidInput
from bridge.models import Announcement
from bridge.returns import (
    COMMENT_LENGTH,
    ReturnView,
    is_returned,
    open_returns,
    resubmit_announcement,
    return_announcement,
    returns_of,
)
from tests.bridge.lifecycle import Life

COMMENT = "Nghe lại giờ tiêm.\nTên thôn viết hoa."


def send_back(life: Life, announcement_id: str, comment: str = COMMENT, by: str = "") -> str:
    actor_id = by or life.person("approver")
    with life.db.writing() as session:
        return return_announcement(
            session, announcement_id=announcement_id, comment=comment, actor_id=actor_id
        )


def resubmit(life: Life, announcement_id: str, reply: str = "", by: str = "") -> int:
    actor_id = by or life.person("editor")
    with life.db.writing() as session:
        return resubmit_announcement(
            session, announcement_id=announcement_id, actor_id=actor_id, reply=reply
        )


def told(life: Life, announcement_id: str) -> list[ReturnView]:
    with life.db.reading() as session:
        return returns_of(session, announcement_id)


def is_waiting(life: Life, announcement_id: str) -> bool:
    """Whether a list would show it as sent back, by both of its queries."""
    with life.db.reading() as session:
        ids = session.scalars(select(Announcement.id).where(is_returned())).all()
        by_line = open_returns(session, [announcement_id, "khong-co"])
    assert (announcement_id in ids) == (announcement_id in by_line)
    return announcement_id in by_line


def test_a_comment_is_kept_with_who_and_when_and_its_lines(life: Life) -> None:
    announcement_id = life.reviewable()
    send_back(life, announcement_id, "  Nghe lại  giờ tiêm.\n\n Tên thôn viết hoa. \0")
    (one,) = told(life, announcement_id)
    assert (one.comment, one.by, one.outcome) == (COMMENT, "Người approver", None)
    entry = life.view(announcement_id).history[-1]
    assert (entry.action, entry.data, entry.at >= one.at) == ("return", {"comment": COMMENT}, True)
    assert life.state(announcement_id) == "in_review"
    assert is_waiting(life, announcement_id)


def test_an_answer_closes_all_that_is_open_and_keeps_it(life: Life) -> None:
    announcement_id = life.reviewable()
    send_back(life, announcement_id, "Một.")
    send_back(life, announcement_id, "Hai.")
    assert resubmit(life, announcement_id, "Đã nghe lại.") == 2
    assert not is_waiting(life, announcement_id)
    assert [(one.comment, one.outcome, one.reply) for one in told(life, announcement_id)] == [
        ("Một.", "resubmitted", "Đã nghe lại."),
        ("Hai.", "resubmitted", "Đã nghe lại."),
    ]
    entry = life.view(announcement_id).history[-1]
    assert (entry.action, entry.data) == ("resubmit", {"count": 2, "reply": "Đã nghe lại."})
    before = len(life.view(announcement_id).history)
    assert resubmit(life, announcement_id) == 0  # pressed twice
    assert len(life.view(announcement_id).history) == before
    send_back(life, announcement_id, "Ba.")
    assert [one.outcome for one in told(life, announcement_id)] == ["resubmitted"] * 2 + [None]


def test_the_same_comment_sent_twice_is_told_once(life: Life) -> None:
    announcement_id, approver = life.reviewable(), life.person("approver")
    first = send_back(life, announcement_id, by=approver)
    assert send_back(life, announcement_id, by=approver) == first
    assert send_back(life, announcement_id) != first  # another person wants the same
    resubmit(life, announcement_id)
    assert send_back(life, announcement_id, by=approver) != first  # and still not right


def test_approving_says_that_it_resolves_what_is_open(life: Life) -> None:
    announcement_id, approver = life.reviewable(), life.person("approver")
    send_back(life, announcement_id)
    with pytest.raises(Conflict) as caught:
        life.approve(announcement_id, approver)
    assert (caught.value.code, caught.value.data) == ("returns_open", {"count": 1})
    assert (life.state(announcement_id), is_waiting(life, announcement_id)) == ("in_review", True)
    life.approve(announcement_id, approver, resolve_returns=True)
    (one,) = told(life, announcement_id)
    assert (one.outcome, one.closed_by) == ("approved", "Người approver")
    assert life.view(announcement_id).history[-1].data["resolved"] == 1


def test_a_comment_is_needed_and_bounded(life: Life) -> None:
    announcement_id = life.reviewable()
    with pytest.raises(InvalidInput, match="comment_missing"):
        send_back(life, announcement_id, " \n ")
    with pytest.raises(InvalidInput, match="comment_too_long") as caught:
        send_back(life, announcement_id, "a" * (COMMENT_LENGTH + 1))
    assert caught.value.data == {"limit": COMMENT_LENGTH}
    send_back(life, announcement_id, "a" * COMMENT_LENGTH)
    with pytest.raises(InvalidInput, match="comment_too_long"):
        resubmit(life, announcement_id, "a" * (COMMENT_LENGTH + 1))
    assert is_waiting(life, announcement_id)


@pytest.mark.parametrize("roles", [(), ("operator",), ("editor",)])
def test_only_an_approver_sends_back(life: Life, roles: tuple[str, ...]) -> None:
    announcement_id = life.reviewable()
    with pytest.raises(Forbidden):
        send_back(life, announcement_id, by=life.person(*roles))
    assert told(life, announcement_id) == []


def test_an_operator_does_not_answer(life: Life) -> None:
    announcement_id = life.reviewable()
    send_back(life, announcement_id)
    with pytest.raises(Forbidden):
        resubmit(life, announcement_id, by=life.person("operator"))
    assert is_waiting(life, announcement_id)


def test_only_what_is_in_review_is_sent_back_and_answered(life: Life) -> None:
    approver = life.person("approver")
    approved = life.reviewable(b"approved")
    life.approve(approved, approver)
    for announcement_id in (life.receive().announcement_id, approved):
        with pytest.raises(IllegalTransition):
            send_back(life, announcement_id, by=approver)
        with pytest.raises(IllegalTransition):
            resubmit(life, announcement_id)
        assert told(life, announcement_id) == []
