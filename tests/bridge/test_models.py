"""What the database itself refuses, whatever the code above it does."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Table, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from bridge.db import Base, utc_now
from bridge.models import (
    AccountLink,
    Announcement,
    ApiToken,
    Approval,
    AuditEntry,
    Capture,
    CaptureChunk,
    Confirmation,
    CountBatch,
    Edit,
    EngineRun,
    Feedback,
    Flag,
    GlossaryRefusal,
    GlossaryTerm,
    IntakeRequest,
    ItemCount,
    Letter,
    Listing,
    ListingShelf,
    Login,
    LoginAttempt,
    Membership,
    Passkey,
    PlaceName,
    Publication,
    Rearrangement,
    Recording,
    RetentionRule,
    ReviewReturn,
    Schedule,
    Script,
    SearchDocument,
    Segment,
    SenderDay,
    SenderMark,
    Shelf,
    Source,
    SpentChallenge,
    SuggestionRefusal,
    Task,
    Unit,
    UnitEmblem,
    User,
    Webhook,
    WebhookDelivery,
    WorkerBeat,
    WorkResult,
    WorkTime,
)

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = [{"text": "bà", "start_ms": 0, "end_ms": 500, "probability": 0.5}]


def full_chain() -> list[Base]:
    """One row of every table, each hanging on the ones before; their ids are their names."""
    now = utc_now()
    return [
        Unit(id="unit", slug="xa-mau", name="Xã Mẫu", authority="Ủy ban nhân dân xã Mẫu"),
        User(id="user", email="a@localhost", name="Người A", fs_uniquifier="f"),
        Membership(id="membership", user_id="user", unit_id="unit", role="editor"),
        Recording(
            id="recording",
            unit_id="unit",
            sha256="a" * 64,
            size_bytes=5_000_000_000,  # more than 32 bits hold
            file_name="bản tin.wav",
            container="wav",
            codec="pcm_s16le",
            sample_rate=16_000,
            channels=1,
            duration_ms=1_000,
            peaks=b"\x00\xff",
            created_by="user",
        ),
        Announcement(
            id="announcement",
            unit_id="unit",
            recording_id="recording",
            start_ms=0,
            end_ms=1_000,
            title="Thông báo",
            broadcast_at=now,
        ),
        EngineRun(
            id="engine_run",
            announcement_id="announcement",
            model_name="base",
            model_sha256="b" * 64,
            device="cpu",
            compute_type="int8",
            options={"beam_size": 5},
            engine_seconds=1.25,
        ),
        Segment(
            id="segment",
            announcement_id="announcement",
            engine_run_id="engine_run",
            position=1,
            start_ms=0,
            end_ms=1_000,
            engine_text="bà",
            engine_words=WORDS,
            text="bà",
            words=WORDS,
        ),
        Edit(
            id="edit",
            announcement_id="announcement",
            segment_id="segment",
            version=2,
            before="bà",
            after="bà con",
            user_id="user",
        ),
        Rearrangement(
            id="rearranged",
            announcement_id="announcement",
            kind="split",
            before=[{"id": "segment"}],
            after=[{"id": "segment"}, {"id": "another"}],
            user_id="user",
            undone_at=now,
        ),
        Confirmation(
            id="confirmation",
            announcement_id="announcement",
            segment_id="segment",
            version=1,
            user_id="user",
        ),
        WorkTime(
            segment_id="segment",
            announcement_id="announcement",
            active_ms=4_000,
            saved_version=2,
            counted_at=now,
        ),
        WorkResult(
            announcement_id="announcement",
            words=1,
            edits=1,
            doubts=2,
            doubts_wrong=1,
            checks=3,
            checks_right=3,
        ),
        SuggestionRefusal(
            id="refusal",
            announcement_id="announcement",
            segment_id="segment",
            kind="number",
            heard="bảy giờ",
            written="7 giờ",
            user_id="user",
        ),
        Flag(
            id="flag",
            announcement_id="announcement",
            segment_id="segment",
            kind="loop",
            first_word=0,
            end_word=1,
            reason={"text": "bà", "times": 4},
            decision="keep",
            decided_by="user",
            decided_at=now,
        ),
        Script(
            id="script",
            announcement_id="announcement",
            file_name="văn bản.docx",
            text="Kính thưa bà con.",
            created_by="user",
        ),
        GlossaryTerm(
            id="term",
            unit_id="unit",
            text="thôn Đông Mẫu",
            key="thôn đông mẫu",
            kind="place",
            created_by="user",
        ),
        RetentionRule(unit_id="unit", kind="withdrawn", days=90, set_by="user"),
        GlossaryRefusal(id="refusal", unit_id="unit", key="bà con", refused_by="user"),
        Approval(
            id="approval",
            announcement_id="announcement",
            user_id="user",
            digest="c" * 64,
            announcement_version=2,
        ),
        ReviewReturn(
            id="return",
            announcement_id="announcement",
            user_id="user",
            comment="Nghe lại giờ tiêm.",
            announcement_version=2,
            outcome="resubmitted",
            reply="Đã nghe lại.",
            closed_by="user",
            closed_at=now,
        ),
        Publication(
            id="publication",
            announcement_id="announcement",
            unit_id="unit",
            approval_id="approval",
            revision=1,
            digest="c" * 64,
            content={
                "title": "Thông báo",
                "category": "Y tế",
                "area": "thôn Mẫu",
                "priority": "normal",
                "broadcast_at": "2026-11-21T05:30:00+00:00",
                "duration_ms": 1000,
            },
            audio={},
        ),
        UnitEmblem(unit_id="unit", content=b"png"),
        Shelf(
            id="shelf",
            unit_id="unit",
            kind="area",
            key="thôn mẫu",
            slug="thon-mau",
            name="Thôn Mẫu",
        ),
        Listing(
            announcement_id="announcement",
            unit_id="unit",
            broadcast_at=utc_now(),
            title="Thông báo",
            category="Y tế",
            area="thôn Mẫu",
            priority="normal",
            duration_ms=1000,
        ),
        ListingShelf(
            announcement_id="announcement",
            shelf_id="shelf",
            month="2026-11",
            broadcast_at=utc_now(),
        ),
        Capture(
            id="capture",
            unit_id="unit",
            user_id="user",
            kind="upload",
            client_key="key-of-a-page",
            file_name="bản tin.wav",
            media_type="audio/wav",
            size_bytes=5_000_000_000,
            chunk_bytes=4_194_304,
            state="finished",
            chunks=1,
            received_bytes=5_000_000_000,
            sound_ms=1_000,
            announcement_id="announcement",
            missing=[[1, 2]],
            failure_code="no_space",
            failure_data={"limit_ms": 1},
            broadcast_at=now,
            bookmarks=[500],
            script_text="Kính thưa bà con.",
            script_file_name="văn bản.docx",
            finished_at=now,
        ),
        CaptureChunk(
            capture_id="capture", number=0, sha256="e" * 64, size_bytes=4_194_304, sound_ms=1_000
        ),
        Source(
            id="source",
            unit_id="unit",
            name="Đài xã",
            kind="stream",
            address="http://10.0.0.7:8000/live",
            redirect_hosts=["cdn.example"],
            problem="line_ended",
            seen_at=now,
            heard_at=now,
            created_by="user",
        ),
        Schedule(
            id="schedule",
            source_id="source",
            days=127,
            start_minute=300,
            end_minute=330,
            title="Bản tin sáng",
            created_by="user",
        ),
        SearchDocument(
            position=1 << 40,
            announcement_id="announcement",
            unit_id="unit",
            revision=1,
            title="Lịch tiêm chủng",
            summary="",
            category="Y tế",
            area="Thôn Mẫu",
            priority="normal",
            broadcast_at=now,
            duration_ms=60_000,
            passages=[[0, 2_000, "Kính thưa bà con."]],
        ),
        PlaceName(id="place", unit_id="unit", old_name="Xã Cũ", new_name="Xã Mẫu"),
        Task(id="task", kind="publish", announcement_id="announcement"),
        ApiToken(
            id="token",
            unit_id="unit",
            name="Đài xã",
            sha256="f" * 64,
            scopes=["intake"],
            created_by="user",
            expires_at=now,
            last_used_on=now.date(),
        ),
        IntakeRequest(token_id="token", key="k", sha256="a" * 64, announcement_id="announcement"),
        Webhook(
            id="webhook",
            unit_id="unit",
            url="https://portal.example/loa",
            secret="s",
            events=["published"],
            created_by="user",
        ),
        WebhookDelivery(
            id="delivery",
            webhook_id="webhook",
            announcement_id="announcement",
            event="published",
            data={"title": "Thông báo"},
            task_id="task",
            status=204,
        ),
        Feedback(
            id="feedback",
            unit_id="unit",
            announcement_id="announcement",
            code="ABCDE-FGHJK",
            text="Loa nhỏ quá.",
            state="answered",
            answer="Đã chỉnh lại.",
            answered_by="user",
            answered_at=now,
            public_question="Loa nhỏ.",
            published_at=now,
        ),
        ItemCount(announcement_id="announcement", day=now.date(), views=3, plays=2, downloads=1),
        CountBatch(id="b" * 32, at=now),
        SenderDay(day=now.date(), salt=b"salt"),
        SenderMark(mark="m", day=now.date(), sent=1),
        WorkerBeat(name="localhost:up:1:1", seen_at=now),
        Login(id="login", user_id="user", address="192.0.2.7", browser="Firefox", seen_at=now),
        LoginAttempt(id="attempt", account="a@xa-mau.local", address="192.0.2.7", at=now),
        AccountLink(
            id="link",
            kind="reset",
            user_id="user",
            secret_sha256="e" * 64,
            created_by="user",
            expires_at=now,
        ),
        Passkey(
            id="passkey",
            user_id="user",
            name="Điện thoại",
            credential_id=b"id",
            public_key=b"key",
            sign_count=0,
            transports=["internal"],
        ),
        SpentChallenge(sha256="f" * 64, at=now),
        Task(id="letter-task", kind="letter"),
        Letter(
            id="letter",
            kind="new_login",
            user_id="user",
            address="192.0.2.7",
            happened_at=now,
            task_id="letter-task",
        ),
        AuditEntry(
            sequence=1,
            at=now,
            action="receive",
            subject_type="announcement",
            subject_id="announcement",
            data={},
            previous_hash="0" * 64,
            hash="d" * 64,
        ),
    ]


def insert_chain(session: Session) -> list[Base]:
    """`full_chain`, in the database."""
    rows = full_chain()
    for row in rows:
        session.add(row)
        session.flush()
    return rows


@pytest.fixture
def session(uncommitted: Session) -> Session:
    """A transaction in which the chain stands."""
    insert_chain(uncommitted)
    return uncommitted


def row(name: str) -> Base:
    return next(row for row in full_chain() if row.__tablename__ == name)


def twin(first: Base, **changes: object) -> Base:
    """A second row like this one, under another id."""
    table = first.__table__
    assert isinstance(table, Table)
    values = {column.name: getattr(first, column.name) for column in table.columns}
    given = {name: value for name, value in values.items() if value is not None}
    key = {"sequence": 2} if isinstance(first, AuditEntry) else {"id": f"{values['id'][:10]}-2"}
    return type(first)(**given | key | changes)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Unit, {"kind": "district"}),  # there is none since 1 July 2025
        (Membership, {"role": "reader"}),
        (Recording, {"duration_ms": 0}),
        (Announcement, {"state": "lost"}),
        (Announcement, {"priority": "high"}),
        (Announcement, {"start_ms": -1}),
        (Announcement, {"start_ms": 1_000}),
        (Segment, {"kind": "noise"}),
        (Segment, {"start_ms": -1}),
        (Segment, {"end_ms": 0}),
        (Segment, {"version": 0}),
        (RetentionRule, {"days": 0}),
        (RetentionRule, {"kind": "published"}),  # what residents see stays
        (Capture, {"kind": "fax"}),
        (Capture, {"state": "lost"}),
        (Capture, {"size_bytes": 0}),
        (Capture, {"announcement_id": None}),  # finished without what it became
        (CaptureChunk, {"number": -1}),
        (CaptureChunk, {"size_bytes": 0}),
        (Source, {"kind": "file"}),
        (Source, {"line_state": "broken"}),
        (Source, {"split_silence_s": 0}),
        (Schedule, {"days": 0}),
        (Schedule, {"start_minute": 1440}),
        (Schedule, {"end_minute": 300}),
        (WorkTime, {"active_ms": -1}),
        (WorkResult, {"doubts_wrong": 3}),
        (WorkResult, {"checks_right": -1}),
        (ReviewReturn, {"outcome": "lost"}),
        (ReviewReturn, {"outcome": None}),  # closed without saying how
        (ItemCount, {"plays": -1}),
        (Feedback, {"state": "lost"}),
        (Feedback, {"answer": ""}),
        (Feedback, {"public_question": ""}),
        (WebhookDelivery, {"event": "read"}),
        (WebhookDelivery, {"status": 99}),
        (Task, {"state": "waiting"}),
        (Task, {"state": "running"}),  # without a token
        (Task, {"token": "t"}),  # without running
    ],
    ids=str,
)
def test_a_value_outside_its_range_is_refused(
    session: Session, table: type[Base], values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        session.execute(update(table).values(**values))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("unit", {"name": "Xã khác"}),
        ("user", {"fs_uniquifier": "g"}),
        ("user", {"email": "b@localhost"}),
        ("membership", {}),
        ("recording", {}),
        ("segment", {}),
        ("edit", {}),
        ("approval", {"user_id": "user"}),
        ("publication", {"is_current": False}),  # the same revision
        ("publication", {"revision": 2}),  # a second current one
        ("task", {}),
        ("capture", {}),  # the same person's key
        ("source", {}),  # the same name
        ("schedule", {}),  # the same time
        ("audit_entry", {}),  # the same hash
    ],
    ids=str,
)
def test_a_second_row_of_what_there_can_be_only_one_is_refused(
    session: Session, name: str, changes: dict[str, object]
) -> None:
    session.add(twin(row(name), **changes))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("unit", {"slug": "xa-khac"}),
        ("membership", {"role": "approver"}),
        ("recording", {"sha256": "f" * 64}),
        ("segment", {"position": 2}),
        ("approval", {"voided_at": MOMENT}),
        ("publication", {"revision": 2, "is_current": False}),
        ("task", {"kind": "unpublish"}),
        ("task", {"state": "done"}),
        ("task", {"state": "failed"}),
        ("task", {"announcement_id": None}),
        ("capture", {"client_key": "another-key"}),
        ("capture", {"user_id": None}),
    ],
    ids=str,
)
def test_a_second_row_that_differs_where_it_must_is_accepted(
    session: Session, name: str, changes: dict[str, object]
) -> None:
    second = twin(row(name), **changes)
    session.add(second)
    session.flush()
    assert second in session


def test_a_running_task_also_keeps_a_second_one_out(session: Session) -> None:
    session.execute(update(Task).values(state="running", token="t"))
    session.add(twin(row("task")))
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_capture_has_one_open_task_of_a_kind(session: Session) -> None:
    for number in (1, 2):
        session.add(Task(id=f"task-{number}", kind="finish_capture", capture_id="capture"))
        if number == 1:
            session.flush()
    with pytest.raises(IntegrityError):
        session.flush()


def test_this_machine_itself_uses_a_key_once_in_a_unit(session: Session) -> None:
    for number in (1, 2):
        session.add(twin(row("capture"), id=f"capture-{number}", user_id=None))
        if number == 1:
            session.flush()
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    "table", ["announcement", "segment", "recording", "engine_run", "approval", '"user"', "unit"]
)
def test_what_others_point_at_cannot_be_deleted(session: Session, table: str) -> None:
    with pytest.raises(IntegrityError):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names from the list above


@pytest.mark.parametrize(
    "values",
    [
        {"engine_text": "khác"},
        {"engine_words": []},
        {"engine_words": [{**WORDS[0], "probability": 1.0}]},
    ],
    ids=["text", "no words", "a probability"],
)
def test_what_the_engine_heard_is_never_changed(
    session: Session, values: dict[str, object]
) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(update(Segment).values(**values))


def test_what_it_says_now_may_change(session: Session) -> None:
    values = {"text": "bà con", "words": [], "version": 2, "engine_text": "bà"}
    session.execute(update(Segment).values(**values))
    assert session.get_one(Segment, "segment").text == "bà con"


@pytest.mark.parametrize(
    "name", ["membership", "recording", "announcement", "segment", "approval", "publication"]
)
def test_a_row_that_hangs_on_nothing_is_refused(session: Session, name: str) -> None:
    second = twin(row(name))
    for key in second.__table__.foreign_keys:
        setattr(second, key.parent.name, "nothing")
    if isinstance(second, Announcement):
        second.state = "withdrawn"  # only then may it be a part of another
    session.add(second)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        session.flush()
