import dataclasses
import os
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import delete

from bridge.capture_limits import as_ranges, missing_ranges
from bridge.captures import change_capture, discard_capture, list_captures
from bridge.chunk_store import ChunkDamaged, ChunkStore
from bridge.db import utc_now
from bridge.errors import (
    BridgeError,
    Conflict,
    ContentDiffers,
    Forbidden,
    InvalidInput,
    MediaRejected,
    NoSpace,
    NotFound,
    TooLarge,
    TooMany,
)
from bridge.models import Membership
from tests.bridge.capturing import Sender, sender_of, sha256
from tests.bridge.lifecycle import BROADCAST_AT, Life


@pytest.fixture
def sender(life: Life, tmp_path: Path) -> Sender:
    return sender_of(life, tmp_path)


# Opening


def test_the_same_key_again_is_the_same_capture(sender: Sender) -> None:
    first = sender.ask(key="key-of-page", title="Họp thôn")
    assert first[1]
    assert sender.ask(key="key-of-page", title="khác") == (first[0], False)
    row = sender.row(first[0])
    assert (row.state, row.title, row.chunk_bytes) == ("open", "Họp thôn", 8 * 1024 * 1024)


def test_ten_that_open_with_one_key_at_once_get_one_capture(sender: Sender) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: sender.ask(key="key-of-page"), range(10)))
    assert len({capture_id for capture_id, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1


def test_this_machine_itself_has_keys_of_its_own(sender: Sender) -> None:
    machine = dataclasses.replace(sender, actor_id=None)
    mine = sender.begin(key="key-of-page")
    its = machine.ask(kind="line", key="key-of-page")
    assert its == (its[0], True)
    assert its[0] != mine
    assert machine.ask(kind="line", key="key-of-page") == (its[0], False)


def test_a_key_that_names_something_else_is_refused(sender: Sender) -> None:
    sender.begin(kind="upload", key="key-of-page", size_bytes=10)
    for kind, size in (("upload", 11), ("recorder", None)):
        with pytest.raises(Conflict, match="capture_key_used"):
            sender.begin(kind=kind, key="key-of-page", size_bytes=size)


@pytest.mark.parametrize(
    ("about", "error", "code"),
    [
        ({"kind": "fax"}, InvalidInput, "capture_invalid"),
        ({"key": "short"}, InvalidInput, "capture_invalid"),
        ({"key": "../../etc/passwd"}, InvalidInput, "capture_invalid"),
        ({"kind": "upload"}, InvalidInput, "capture_invalid"),  # of no size
        ({"kind": "recorder", "size_bytes": 5}, InvalidInput, "capture_invalid"),
        ({"kind": "upload", "size_bytes": 0}, MediaRejected, "media_empty"),
        ({"kind": "upload", "size_bytes": 10**30}, TooLarge, "media_too_large"),
        ({"script_text": "x" * 200_001}, InvalidInput, "script_too_large"),
    ],
    ids=str,
)
def test_what_cannot_become_anything_is_not_opened(
    sender: Sender, about: dict[str, object], error: type[BridgeError], code: str
) -> None:
    with pytest.raises(error) as caught:
        sender.begin(**about)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_only_who_may_send_may_open(sender: Sender) -> None:
    approver = dataclasses.replace(sender, actor_id=sender.life.person("approver"))
    with pytest.raises(Forbidden):
        approver.begin()


def test_a_person_has_so_many_open_and_not_more(life: Life, tmp_path: Path) -> None:
    sender = sender_of(life, tmp_path, max_open_captures=2)
    first = sender.begin(key="key-number-1")
    sender.begin()
    with pytest.raises(TooMany) as caught:
        sender.begin()
    assert caught.value.data["limit"] == 2
    assert sender.begin(key="key-number-1") == first  # asking for one of them is no new one
    discard_capture(life.db, life.media, capture_id=first, actor_id=sender.actor_id)
    sender.begin()


def test_a_disk_without_room_for_the_file_twice_is_said_before_the_first_byte(
    life: Life, tmp_path: Path
) -> None:
    sender = sender_of(life, tmp_path, min_free_bytes=10**18)
    with pytest.raises(NoSpace):
        sender.begin()


# Chunks


@dataclasses.dataclass(frozen=True)
class Step:
    number: int
    content: bytes
    corrupt: bool


STEPS = st.lists(
    st.builds(
        Step,
        number=st.integers(0, 6),
        content=st.sampled_from([b"a", b"bb", b"\0" * 700]),
        corrupt=st.booleans(),
    ),
    max_size=14,
)


@given(steps=STEPS)
@examples(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_chunks_in_any_order_repeated_changed_and_corrupt_leave_what_was_acknowledged(
    sender: Sender, steps: list[Step]
) -> None:
    capture_id = sender.begin()
    acknowledged: dict[int, bytes] = {}
    for step in steps:
        sent = step.content + b"!" if step.corrupt else step.content
        try:
            is_new = sender.put(capture_id, step.number, sent, sha256=sha256(step.content))
        except ContentDiffers:
            assert step.corrupt
        except Conflict:
            assert acknowledged[step.number] != step.content
        else:
            assert is_new == (step.number not in acknowledged)
            assert acknowledged.setdefault(step.number, sent) == step.content
    assert sender.stored(capture_id) == acknowledged
    assert sender.received(capture_id) == as_ranges(sorted(acknowledged))
    row = sender.row(capture_id)
    assert row.chunks == len(acknowledged)
    assert row.received_bytes == sum(map(len, acknowledged.values()))
    assert [path.name for path in sender.files(capture_id)] == [
        f"{number:08d}" for number in sorted(acknowledged)
    ]


def test_many_at_once_with_equal_and_different_bytes_store_each_number_once(
    sender: Sender,
) -> None:
    capture_id = sender.begin()
    work = [(number, bytes([variant]) * 900) for number in range(6) for variant in (1, 1, 2)]
    random.Random(4).shuffle(work)  # noqa: S311  any order will do

    def put(one: tuple[int, bytes]) -> str:
        try:
            return "stored" if sender.put(capture_id, *one) else "there"
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(put, work))
    assert answers.count("stored") == 6
    stored = sender.stored(capture_id)  # each file is as its row says
    for (number, content), answer in zip(work, answers, strict=True):
        assert (stored[number] == content) == (answer != "chunk_differs")
    assert sender.row(capture_id).received_bytes == 6 * 900
    assert len(sender.files(capture_id)) == 6


def test_the_chunks_of_a_file_have_their_length_and_number(sender: Sender) -> None:
    capture_id = sender.begin_file(25, chunk_bytes=10)
    for number, content, code in (
        (0, b"x" * 9, "chunk_size_wrong"),
        (2, b"x" * 10, "chunk_size_wrong"),
        (3, b"x", "chunk_number_wrong"),
        (0, b"", "media_empty"),
    ):
        with pytest.raises(InvalidInput) as caught:
            sender.put(capture_id, number, content)
        assert caught.value.code == code
    assert sender.put(capture_id, 2, b"x" * 5)
    assert sender.put(capture_id, 0, b"x" * 10)
    assert sender.received(capture_id) == [[0, 0], [2, 2]]


def test_a_recording_is_held_to_its_limits(life: Life, tmp_path: Path) -> None:
    sender = sender_of(life, tmp_path, max_upload_bytes=10, max_duration_ms=2_500)
    capture_id = sender.begin()
    assert sender.put(capture_id, 0, b"x" * 4, sound_ms=1_000)
    with pytest.raises(TooLarge, match="media_too_large"):
        sender.put(capture_id, 1, b"x" * 7)
    with pytest.raises(TooLarge, match="media_too_long"):
        sender.put(capture_id, 1, b"x", sound_ms=1_501)
    with pytest.raises(TooLarge, match="too_many_chunks"):
        sender.put(capture_id, 50_000, b"x")
    with pytest.raises(TooLarge, match="chunk_too_large"):
        sender.put(capture_id, 1, b"x" * (8 * 1024 * 1024 + 1))
    assert sender.put(capture_id, 1, b"x" * 6, sound_ms=1_500)
    assert sender.row(capture_id).sound_ms == 2_500


def test_a_full_disk_refuses_a_chunk_and_takes_it_later(life: Life, tmp_path: Path) -> None:
    sender = sender_of(life, tmp_path)
    capture_id = sender.begin()
    full = dataclasses.replace(
        sender, settings=dataclasses.replace(sender.settings, min_free_bytes=10**18)
    )
    with pytest.raises(NoSpace):
        full.put(capture_id, 0, b"x")
    assert sender.files(capture_id) == []
    assert sender.put(capture_id, 0, b"x")


def test_a_foreign_capture_does_not_exist(sender: Sender) -> None:
    capture_id = sender.begin()
    stranger = dataclasses.replace(sender, actor_id=sender.life.person("operator"))
    machine = dataclasses.replace(sender, actor_id=None)
    for other in (stranger, machine):
        with pytest.raises(NotFound, match="capture_unknown"):
            other.put(capture_id, 0, b"x")
    with pytest.raises(NotFound):
        sender.put("nothing", 0, b"x")


def test_who_may_no_longer_send_adds_nothing_and_loses_nothing(sender: Sender) -> None:
    capture_id = sender.begin(title="Họp thôn")
    sender.put(capture_id, 0, b"x")
    with sender.life.db.writing() as session:
        session.execute(delete(Membership).where(Membership.user_id == sender.actor_id))
    with pytest.raises(Forbidden):
        sender.put(capture_id, 1, b"y")
    with pytest.raises(Forbidden), sender.life.db.writing() as session:
        change_capture(session, capture_id=capture_id, actor_id=sender.actor_id, title="khác")
    assert sender.stored(capture_id) == {0: b"x"}
    assert sender.row(capture_id).title == "Họp thôn"


def test_a_chunk_whose_file_was_lost_may_come_again(sender: Sender) -> None:
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"first")
    sender.files(capture_id)[0].unlink()
    with pytest.raises(ChunkDamaged):
        sender.stored(capture_id)
    assert sender.put(capture_id, 0, b"first")
    assert sender.stored(capture_id) == {0: b"first"}
    assert sender.row(capture_id).received_bytes == 5


def test_a_file_without_a_row_is_overwritten_as_after_a_crash(sender: Sender) -> None:
    capture_id = sender.begin()
    chunks = ChunkStore(sender.life.media.root)
    chunks.place(chunks.draft(capture_id, b"of a crash"), capture_id, 0)
    assert sender.received(capture_id) == []
    assert sender.put(capture_id, 0, b"sent again")
    assert sender.stored(capture_id) == {0: b"sent again"}


# Notes, and the end without an announcement


def test_what_is_known_by_now_can_be_noted_and_counts_as_a_sign_of_life(sender: Sender) -> None:
    capture_id = sender.begin()
    before = sender.row(capture_id).touched_at
    with sender.life.db.writing() as session:
        change_capture(
            session,
            capture_id=capture_id,
            actor_id=sender.actor_id,
            title="  Lịch   tiêm ",
            broadcast_at=BROADCAST_AT,
            bookmarks=[3_000, 500, 3_000],
            script_text="Kính thưa bà con.",
        )
    row = sender.row(capture_id)
    assert (row.title, row.broadcast_at, row.bookmarks) == ("Lịch tiêm", BROADCAST_AT, [500, 3_000])
    assert row.script_text == "Kính thưa bà con."
    assert row.touched_at > before
    with sender.life.db.writing() as session:
        change_capture(session, capture_id=capture_id, actor_id=sender.actor_id)
    assert sender.row(capture_id).title == "Lịch tiêm"


@pytest.mark.parametrize("marks", [[-1], [2**31], list(range(501))], ids=["-1", "late", "many"])
def test_bookmarks_out_of_range_are_refused(sender: Sender, marks: list[int]) -> None:
    capture_id = sender.begin()
    with pytest.raises(InvalidInput), sender.life.db.writing() as session:
        change_capture(session, capture_id=capture_id, actor_id=sender.actor_id, bookmarks=marks)


def test_a_discarded_capture_is_gone_with_its_files_and_takes_nothing_more(
    sender: Sender,
) -> None:
    life = sender.life
    capture_id = sender.begin()
    sender.put(capture_id, 0, b"x")
    for _ in range(2):
        discard_capture(life.db, life.media, capture_id=capture_id, actor_id=sender.actor_id)
    assert sender.row(capture_id).state == "discarded"
    assert not ChunkStore(life.media.root).folder(capture_id).exists()
    assert sender.stored(capture_id) == {}
    for number in (0, 1):
        with pytest.raises(Conflict, match="capture_closed"):
            sender.put(capture_id, number, b"x")
    with pytest.raises(Conflict), life.db.writing() as session:
        change_capture(session, capture_id=capture_id, actor_id=sender.actor_id, title="x")


def test_a_persons_captures_are_listed_by_state(sender: Sender) -> None:
    life = sender.life
    gone, kept = sender.begin(), sender.begin()
    dataclasses.replace(sender, actor_id=life.person("operator")).begin()
    discard_capture(life.db, life.media, capture_id=gone, actor_id=sender.actor_id)
    with life.db.reading() as session:
        assert sender.actor_id is not None
        assert [row.id for row in list_captures(session, sender.actor_id, ["open"])] == [kept]
        states = ["open", "discarded"]
        assert [row.id for row in list_captures(session, sender.actor_id, states)] == [kept, gone]


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_what_is_there_and_what_is_missing_make_up_the_whole(numbers: set[int], count: int) -> None:
    ranges = as_ranges(sorted(numbers))
    spelt = [number for first, last in ranges for number in range(first, last + 1)]
    assert spelt == sorted(numbers)
    missing = missing_ranges(ranges, count)
    assert [number for first, last in missing for number in range(first, last + 1)] == sorted(
        set(range(count)) - numbers
    )


def test_a_draft_left_by_a_killed_writer_is_found_after_an_hour(
    sender: Sender, tmp_path: Path
) -> None:
    chunks = ChunkStore(sender.life.media.root)
    capture_id = sender.begin()
    young, old = (chunks.draft(capture_id, b"x") for _ in range(2))
    hours_ago = (utc_now() - timedelta(hours=2)).timestamp()
    os.utime(old, (hours_ago, hours_ago))
    assert chunks.left_behind() == [old]
    assert young.exists()
