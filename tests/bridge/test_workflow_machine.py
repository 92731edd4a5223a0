"""Any people, doing anything in any order: 2,000 steps, and after each the house is in order.

People of every role, one of another unit and one who has left do whatever there is to do to a few
announcements, allowed or not; workers hear and publish, fail, and are lost. What is refused leaves
no trace. What is done was theirs to do, and leads where `EXPECTED` says. Nothing goes out that two
people did not agree on, word for word, and the log's chain holds to the end.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, func, select

from bridge.accounts import create_unit, create_user, grant_role
from bridge.audit import find_break
from bridge.db import Database, new_id, utc_now
from bridge.editing import save_segment_text
from bridge.errors import BridgeError
from bridge.flags import cover_segment, hide_segment, show_segment
from bridge.inspection import inspect_work
from bridge.intake import cancel_transcription, retry_announcement, set_priority
from bridge.media import MediaStore
from bridge.models import (
    Announcement,
    Approval,
    AuditEntry,
    Publication,
    Segment,
    Task,
)
from bridge.people import set_roles
from bridge.publish_later import publish_now, unschedule_publishing
from bridge.publishing import prepare_publication, record_publication, record_unpublication
from bridge.returns import resubmit_announcement, return_announcement
from bridge.review import (
    approve_announcement,
    content_digest,
    current_segments,
    reopen_announcement,
    withdraw_announcement,
)
from bridge.tasks import TaskRun, claim_task, end_attempt, return_expired
from bridge.transcription import (
    fail_transcription,
    finish_piece,
    finish_transcription,
    save_segments,
)
from tests.bridge.lifecycle import AUDIO, FIRST, MODEL_A, SECOND, Life, new_life, nothing_to_check
from tests.bridge.test_workflow import EXPECTED
from tests.conftest import DATABASES, Templates

STEPS_OF_EACH = 50
STEPS = {"sqlite": 2_000, "postgresql": 100}
EXAMPLES = {"sqlite": 45, "postgresql": 3}
SENDERS = frozenset({"operator", "editor", "admin"})
EDITORS = frozenset({"editor", "approver", "admin"})
APPROVERS = frozenset({"approver", "admin"})
STAFF = frozenset({"operator", "editor", "approver", "admin"})
PEOPLE = (*sorted(STAFF), "supervisor", "everything elsewhere", "left", "editor and approver")
DONE = {
    *("edit", "approve", "return", "resubmit", "withdraw", "reopen", "publish_now", "unschedule"),
    *("retry", "cancel", "hurry", "publish"),
}
TEXTS = ("Bảy giờ họp thôn.", "Bảy giờ ba mươi họp thôn.", "Mời bà con đi tiêm.")


class Workflow(RuleBasedStateMachine):
    """One house for each run of it."""

    make_life: ClassVar[Callable[[], Life]]
    steps: ClassVar[int] = 0
    done: ClassVar[Counter[str]] = Counter()

    announcements = Bundle("announcements")
    people = st.sampled_from(PEOPLE)

    def __init__(self) -> None:
        super().__init__()
        self.life = type(self).make_life()
        self.db = self.life.db
        self.ids = {role: self.life.person(*self._roles(role)) for role in PEOPLE}
        with self.db.writing() as session:
            other = create_unit(session, slug=f"xa-{new_id()}", name="Xã Khác")
            stranger = create_user(
                session, email=f"{new_id()}@localhost", name="Người lạ", password_hash="x"
            )
            for role in STAFF:
                grant_role(session, user_id=stranger.id, unit_id=other.id, role=role)
            self.ids["everything elsewhere"] = stranger.id
            set_roles(session, unit_id=self.life.unit.id, user_id=self.ids["left"], roles=[])
        self.received = 0
        # What was looked at since something was last written need not be looked at again.
        self.known: dict[str, Any] = {}
        event.listen(self.db.write_engine, "commit", self._note_commit)

    def _note_commit(self, _connection: object) -> None:
        self.known.clear()

    def teardown(self) -> None:
        with self.db.reading() as session:
            assert find_break(session) is None
        self.db.dispose()

    # What people do

    @rule(target=announcements, who=people)
    def receive(self, who: str) -> Any:
        self.received += 1
        made: list[str] = []

        def act() -> None:
            content = f"sound {self.received}".encode()
            receipt = self.life.receive(content, actor_id=self.ids[who], title="Tin")
            made.append(receipt.announcement_id)

        self._by(who, SENDERS, act)
        return made[0] if made else multiple()

    @rule(one=announcements, who=people, text=st.sampled_from(TEXTS), place=st.integers(0, 1))
    def edit(self, one: str, who: str, text: str, place: int) -> None:
        segment = self._segment(one, place)
        if segment is None or segment.text == text:
            return  # to save what stands is nothing that anybody may not do
        self._about(
            one,
            "edit",
            who,
            EDITORS,
            lambda session: save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=text,
                actor_id=self.ids[who],
            ),
        )

    @rule(
        one=announcements,
        who=people,
        what=st.sampled_from(["hide", "cut", "beep", "show"]),
        place=st.integers(0, 1),
    )
    def decide(self, one: str, who: str, what: str, place: int) -> None:
        segment = self._segment(one, place)
        wanted = {"hide": (True, None), "show": (False, None)}.get(what, (True, what))
        if segment is None or (segment.hidden, segment.cover) == wanted:
            return
        who_id = self.ids[who]

        def act(session: Any) -> None:
            if what == "hide":
                hide_segment(session, segment_id=segment.id, actor_id=who_id)
            elif what == "show":
                show_segment(session, segment_id=segment.id, actor_id=who_id)
            else:
                cover_segment(session, segment_id=segment.id, cover=what, actor_id=who_id)

        self._about(one, "edit", who, EDITORS, act)

    @rule(one=announcements, who=people, later=st.booleans(), is_stale=st.booleans())
    def approve(self, one: str, who: str, later: bool, is_stale: bool) -> None:
        with self.db.reading() as session:
            row = session.get_one(Announcement, one)
            digest = content_digest(row, current_segments(session, one))
            last = row.last_editor_id
        was = self._traces()
        done = self._about(
            one,
            "approve",
            who,
            APPROVERS,
            lambda session: approve_announcement(
                session,
                announcement_id=one,
                digest="0" * 64 if is_stale else digest,
                actor_id=self.ids[who],
                must_check=nothing_to_check,
                publish_at=utc_now() + timedelta(hours=1) if later else None,
                spelling_only=True,
                resolve_returns=True,
            ),
        )
        if done:
            assert not is_stale
            assert last != self.ids[who]
        else:
            assert self._traces() == was

    @rule(one=announcements, who=people)
    def send_back(self, one: str, who: str) -> None:
        self._about(
            one,
            "return",
            who,
            APPROVERS,
            lambda session: return_announcement(
                session, announcement_id=one, comment="Sai giờ.", actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, who=people)
    def resubmit(self, one: str, who: str) -> None:
        self._about(
            one,
            "resubmit",
            who,
            EDITORS,
            lambda session: resubmit_announcement(
                session, announcement_id=one, actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, who=people)
    def withdraw(self, one: str, who: str) -> None:
        self._about(
            one,
            "withdraw",
            who,
            APPROVERS,
            lambda session: withdraw_announcement(
                session, announcement_id=one, reason="Ghi nhầm.", actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, who=people)
    def reopen(self, one: str, who: str) -> None:
        self._about(
            one,
            "reopen",
            who,
            EDITORS,
            lambda session: reopen_announcement(
                session, announcement_id=one, actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, who=people, what=st.sampled_from(["now", "not"]))
    def plan(self, one: str, who: str, what: str) -> None:
        act = publish_now if what == "now" else unschedule_publishing
        self._about(
            one,
            "publish_now" if what == "now" else "unschedule",
            who,
            APPROVERS,
            lambda session: act(session, announcement_id=one, actor_id=self.ids[who]),
        )

    @rule(one=announcements, who=people)
    def retry(self, one: str, who: str) -> None:
        self._about(
            one,
            "retry",
            who,
            STAFF,
            lambda session: retry_announcement(
                session, announcement_id=one, actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, who=people)
    def cancel(self, one: str, who: str) -> None:
        self._about(
            one,
            "cancel",
            who,
            STAFF,
            lambda session: cancel_transcription(
                session, announcement_id=one, actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, who=people, how=st.sampled_from(["normal", "priority", "urgent"]))
    def hurry(self, one: str, who: str, how: str) -> None:
        self._about(
            one,
            "hurry",
            who,
            STAFF,
            lambda session: set_priority(
                session, announcement_id=one, priority=how, actor_id=self.ids[who]
            ),
        )

    @rule(one=announcements, steps=st.integers(1, 4), later=st.booleans())
    def go_on(self, one: str, steps: int, later: bool) -> None:
        """The next steps towards the portal, by who may do them: chance alone seldom gets there."""
        for _ in range(steps):
            state = self.life.state(one)
            if state in ("received", "queued", "transcribing"):
                self.hear(one, "whole")
            elif state == "failed":
                self.retry(one, "operator")
            elif state == "in_review":
                with self.db.reading() as session:
                    last = session.get_one(Announcement, one).last_editor_id
                who = "admin" if last == self.ids["approver"] else "approver"
                self.approve(one, who, later, False)
            elif state == "approved":
                if later:
                    self.plan(one, "approver", "now")
                self.publish(one, "whole")
            elif state == "withdrawn":
                self.reopen(one, "editor")

    @rule(one=announcements, where=st.integers(0, 10))
    def go_around(self, one: str, where: int) -> None:
        """Everything there is once, from anywhere on: in any run each happens, in any order."""
        acts: list[tuple[Callable[..., object], tuple[Any, ...]]] = [
            (self.withdraw, ("approver",)),
            (self.reopen, ("editor",)),
            (self.retry, ("operator",)),
            (self.cancel, ("operator",)),
            (self.hurry, ("operator", "urgent")),
            (self.hurry, ("admin", "normal")),
            (self.send_back, ("approver",)),
            (self.resubmit, ("editor",)),
            (self.go_on, (1, True)),
            (self.plan, ("approver", "not")),
            (self.go_on, (4, True)),
        ]
        for act, how in acts[where:] + acts[:where]:
            act(one, *how)
            self.nothing_contradicts()
            self.what_residents_read_was_approved_by_another()

    # What workers do

    @rule(one=announcements, how=st.sampled_from(["whole", "whole", "fail", "lost"]))
    def hear(self, one: str, how: str) -> None:
        run = self._run(one, "transcribe")
        if run is None:
            return
        if how == "lost":
            self._lose(run)
        elif how == "fail":
            with self.db.writing() as session:
                if end_attempt(session, run, code="unexpected", detail="", final=True):
                    fail_transcription(session, one, "unexpected")
        else:
            self._hear_whole(run)

    @rule(one=announcements, how=st.sampled_from(["whole", "whole", "lost"]))
    def publish(self, one: str, how: str) -> None:
        run = self._run(one, "publish")
        if run is None:
            return
        if how == "lost":
            self._lose(run)
            return
        with self.db.writing() as session:
            draft = prepare_publication(session, run)
        with self.db.writing() as session:
            record_publication(session, run, draft, AUDIO)
        type(self).done["publish"] += 1

    @rule(one=announcements, how=st.sampled_from(["whole", "lost"]))
    def take_down(self, one: str, how: str) -> None:
        run = self._run(one, "unpublish")
        if run is None:
            return
        if how == "lost":
            self._lose(run)
            return
        with self.db.writing() as session:
            record_unpublication(session, run)

    # What must always be so

    @invariant()
    def another_step(self) -> None:
        type(self).steps += 1

    @invariant()
    def nothing_contradicts(self) -> None:
        if "contradicts" in self.known:
            return
        with self.db.reading() as session:
            found = list(inspect_work(session, utc_now(), deep=True))
            assert [one for one in found if one.serious] == []
        self.known["contradicts"] = False

    @invariant()
    def what_residents_read_was_approved_by_another(self) -> None:
        if "approved" in self.known:
            return
        with self.db.reading() as session:
            rows = session.execute(
                select(Publication, Approval, Announcement)
                .join(Approval, Publication.approval_id == Approval.id)
                .join(Announcement, Publication.announcement_id == Announcement.id)
                .where(Publication.is_current, Publication.withdrawn_at.is_(None))
            )
            approvers = {self.ids[who] for who in ("approver", "admin", "editor and approver")}
            for publication, approval, announcement in rows:
                assert publication.digest == approval.digest
                assert approval.user_id in approvers
                if announcement.state == "published":
                    segments = current_segments(session, announcement.id)
                    assert content_digest(announcement, segments) == publication.digest
                    assert announcement.last_editor_id != approval.user_id
        self.known["approved"] = True

    # How it is done

    @staticmethod
    def _roles(who: str) -> tuple[str, ...]:
        return {"left": ("editor",), "everything elsewhere": ()}.get(who, tuple(who.split(" and ")))

    def _by(self, who: str, roles: frozenset[str], act: Callable[[], object]) -> bool:
        """Let somebody act; whether it was done. What is refused leaves no trace."""
        was = self._traces()
        may = who not in ("left", "everything elsewhere") and bool({*self._roles(who)} & roles)
        refusal: BridgeError | None = None
        try:
            act()
        except BridgeError as error:
            refusal = error
        if refusal is None:
            assert may, "somebody did what was not theirs to do"
            return True
        assert refusal.code != "role_missing" or not may
        assert self._traces() == was, refusal
        return False

    def _about(
        self,
        announcement_id: str,
        action: str,
        who: str,
        roles: frozenset[str],
        act: Callable[[Any], object],
    ) -> bool:
        """The same about an announcement: done, it leads where it should."""
        before = self.life.state(announcement_id)
        was = self._traces()

        def in_transaction() -> None:
            with self.db.writing() as session:
                act(session)

        done = self._by(who, roles, in_transaction)
        if done and self._traces() != was:
            type(self).done[action] += 1
            leads = EXPECTED[before]
            wanted = leads.get(action) or leads.get(f"{action}_unheard")
            after = self.life.state(announcement_id)
            assert after in {wanted, leads.get(f"{action}_unheard")}, (before, action, after)
        return done

    def _segment(self, announcement_id: str, place: int) -> Segment | None:
        with self.db.reading() as session:
            segments = current_segments(session, announcement_id)
            return segments[place] if place < len(segments) else None

    def _run(self, announcement_id: str, kind: str) -> TaskRun | None:
        """Begin a run of the announcement's task of this kind, if one waits and is due."""
        with self.db.reading() as session:
            task_id = session.scalar(
                select(Task.id).where(
                    Task.announcement_id == announcement_id,
                    Task.kind == kind,
                    Task.state == "queued",
                )
            )
        if task_id is None:
            return None
        return claim_task(self.db, task_id, worker="localhost:up:1:1", lease_s=60)

    def _lose(self, run: TaskRun) -> None:
        """The worker dies; its lease runs out, and what gave up for good is settled."""
        with self.db.writing() as session:
            for task in return_expired(session, utc_now() + timedelta(minutes=5)):
                if task.kind == "transcribe" and task.announcement_id is not None:
                    fail_transcription(session, task.announcement_id, "worker_lost")

    def _hear_whole(self, run: TaskRun) -> None:
        _assignment, engine_run_id = self.life.begin(run, MODEL_A)
        with self.db.writing() as session:
            save_segments(session, run, engine_run_id, (FIRST, SECOND))
            finish_piece(session, run, engine_run_id, 6_000, 1.0)
        with self.db.writing() as session:
            finish_transcription(session, run, engine_run_id)

    def _traces(self) -> tuple[Any, ...]:
        """What any step that does something changes: the log, a state, a version, a task."""
        if "traces" in self.known:
            return self.known["traces"]  # type: ignore[no-any-return]
        with self.db.reading() as session:
            self.known["traces"] = (
                session.scalar(select(func.count(AuditEntry.sequence))),
                session.scalar(select(func.count(Segment.id))),
                session.execute(
                    select(
                        Announcement.id,
                        Announcement.state,
                        Announcement.version,
                        Announcement.priority,
                        Announcement.updated_at,
                    ).order_by(Announcement.id)
                ).all(),
                session.execute(select(Task.id, Task.state, Task.attempt).order_by(Task.id)).all(),
                session.execute(
                    select(Approval.id, Approval.voided_at).order_by(Approval.id)
                ).all(),
            )
        return self.known["traces"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", DATABASES)
def test_whatever_people_and_workers_do(kind: str, templates: Templates, tmp_path: Path) -> None:
    made: list[str] = []

    def make_life() -> Life:
        folder = tmp_path / str(len(made))
        made.append(templates.new_url(kind, folder))
        return new_life(Database(made[-1]), MediaStore(folder / "media"))

    class OfKind(Workflow):
        done: ClassVar[Counter[str]] = Counter()

    OfKind.make_life = staticmethod(make_life)  # type: ignore[assignment]
    run_state_machine_as_test(
        OfKind,
        settings=settings(
            max_examples=EXAMPLES[kind],
            stateful_step_count=STEPS_OF_EACH,
            deadline=None,
            database=None,
            derandomize=True,  # another seed is a line here
            suppress_health_check=list(HealthCheck),
        ),
    )
    for url in made:
        templates.drop(url)
    assert OfKind.steps >= STEPS[kind]
    if kind == "sqlite":  # and it was not all refused
        assert {name for name, count in OfKind.done.items() if count > 2} == DONE
