"""Every kind of damage done to a good installation is named; a good one gives nothing."""

import ast
import functools
import gzip
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import Session

from bridge.capture_inspection import inspect_captures
from bridge.db import Database, utc_now
from bridge.inspection import inspect_sound, inspect_work
from bridge.inspection_findings import Depth, Finding
from bridge.media import MediaStore
from bridge.models import Publication
from publish.inspection import inspect_site
from publish.site import open_site
from tests.conftest import DATABASES, Templates
from tests.web.installation import Installation, make_installation
from web.consistency import confirmed, consistency_parts
from web.findings import FINDINGS, describe_finding

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=DATABASES)
def good(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("good")
    made = make_installation(folder, templates.new_url(request.param, folder))
    yield made
    made.db.dispose()


@pytest.fixture
def broken(good: Installation, tmp_path: Path) -> Installation:
    """Its files may be damaged; its database is shared."""
    return good.files_copied_to(tmp_path / "data")


# What lies on the disk has nothing to do with the kind of database.
on_sqlite = pytest.mark.parametrize("good", ["sqlite"], indirect=True)


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def test_a_good_installation_gives_nothing(good: Installation) -> None:
    assert good.findings() == []
    assert good.findings(depth=Depth.DEEP) == []


def cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    with_copy(path)


def flip(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with_copy(path)


def swap(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")
    with_copy(path)


def with_copy(path: Path) -> None:
    """The compressed copy changes with its page: one that differs is a finding of its own."""
    copy = copy_of(path)
    if copy.exists():
        copy.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def packed_beside(path: Path) -> None:
    copy = copy_of(path)
    assert not copy.exists()
    copy.write_bytes(gzip.compress(b"body{display:none}"))


def copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def month(it: Installation) -> Path:
    """The archive's page of the newest month."""
    return max((it.site / "xa-mau" / "thang").glob("*/index.html"))


def asset(made: Installation) -> Path:
    return next((made.site / "assets").glob("loa-*.css"))


Damage = Callable[[Installation], object]

FILES: dict[str, tuple[Damage, str]] = {
    "original deleted": (lambda it: it.original("in_review").unlink(), "original_missing"),
    "original of a failed one deleted": (
        lambda it: it.original("failed").unlink(),
        "original_missing",
    ),
    "original cut": (lambda it: cut(it.original("queued")), "original_size"),
    "original changed": (lambda it: flip(it.original("published")), "original_damaged"),
    "working copy deleted": (
        lambda it: it.copy_of("published", "working.flac").unlink(),
        "copy_missing",
    ),
    "listening copy empty": (
        lambda it: it.copy_of("in_review", "listen.mp3").write_bytes(b""),
        "copy_missing",
    ),
    "page deleted": (lambda it: it.page("published").unlink(), "page_missing"),
    "former page": (
        lambda it: swap(it.page("published"), "captions-", "captions-0"),
        "page_outdated",
    ),
    "page changed": (
        lambda it: swap(it.page("corrected"), "Kính thưa", "Kính thua"),
        "page_differs",
    ),
    "compressed page changed": (
        lambda it: cut(it.page("published", "index.html.gz")),
        "packed_differs",
    ),
    "compressed copy beside a short text": (
        lambda it: packed_beside(next((it.site / "assets").glob("unit-*.css"))),
        "packed_stray",
    ),
    "compressed copy beside a sound": (
        lambda it: packed_beside(it.sound("published")),
        "packed_stray",
    ),
    "compressed copy of nothing": (
        lambda it: packed_beside(it.site / "xa-mau" / "qua-tang.html"),
        "portal_file_stray",
    ),
    "page hidden": (lambda it: it.page("published", "gone").touch(), "page_hidden"),
    "captions deleted": (
        lambda it: next(it.page("published", "").glob("captions-*")).unlink(),
        "page_text_missing",
    ),
    "text changed": (
        lambda it: flip(next(it.page("published", "").glob("text-*"))),
        "page_text_missing",
    ),
    "sound deleted": (lambda it: it.sound("published").unlink(), "page_sound_faulty"),
    "sound cut": (lambda it: cut(it.sound("published", ".webm")), "page_sound_faulty"),
    "sound changed": (lambda it: flip(it.sound("corrected")), "page_sound_faulty"),
    "notice deleted": (lambda it: it.page("withdrawn").unlink(), "notice_missing"),
    "notice's mark deleted": (lambda it: it.page("withdrawn", "gone").unlink(), "notice_missing"),
    "notice changed": (lambda it: swap(it.page("withdrawn"), "ngày", "ngay"), "page_differs"),
    "withdrawn sound is back": (
        lambda it: shutil.copy(it.sound("published"), it.page("withdrawn", "audio-0.mp3")),
        "withdrawn_still_out",
    ),
    "home deleted": (lambda it: (it.site / "xa-mau/index.html").unlink(), "home_missing"),
    "feed deleted": (lambda it: (it.site / "xa-mau/feed.xml").unlink(), "home_missing"),
    "feed without an item": (
        lambda it: swap(it.site / "xa-mau/feed.xml", f"loa:{it.ids['published']}", "loa:x"),
        "home_outdated",
    ),
    "home without an item": (
        lambda it: swap(it.site / "xa-mau/index.html", it.ids["corrected"], "x"),
        "home_outdated",
    ),
    "home changed": (
        lambda it: swap(it.site / "xa-mau/index.html", "Bản tin published", "Bản tin"),
        "home_differs",
    ),
    "list deleted": (lambda it: month(it).unlink(), "portal_file_missing"),
    "list changed": (
        lambda it: swap(month(it), "Bản tin published", "Bản tin"),
        "portal_file_differs",
    ),
    "search's contents deleted": (
        lambda it: (it.site / "xa-mau/tim/muc-luc.json").unlink(),
        "search_missing",
    ),
    "search's texts deleted": (
        lambda it: next((it.site / "xa-mau/tim").glob("2*.json")).unlink(),
        "search_missing",
    ),
    "search page changed": (
        lambda it: swap(it.site / "xa-mau/tim/index.html", "Tìm bản tin", "Tìm"),
        "search_differs",
    ),
    "front deleted": (lambda it: (it.site / "index.html").unlink(), "front_missing"),
    "page for wrong addresses deleted": (
        lambda it: (it.site / "404.html").unlink(),
        "front_missing",
    ),
    "front without a unit": (
        lambda it: swap(it.site / "index.html", 'href="xa-mau/"', 'href="xa/"'),
        "front_outdated",
    ),
    "front changed": (lambda it: swap(it.site / "index.html", "Xã Mẫu", "Xã Mau"), "front_differs"),
    "stylesheet deleted": (lambda it: asset(it).unlink(), "asset_missing"),
    "stylesheet changed": (lambda it: flip(asset(it)), "asset_missing"),
    "unit's colour deleted": (
        lambda it: next((it.site / "assets").glob("unit-*.css")).unlink(),
        "asset_missing",
    ),
    "page of nobody's": (
        lambda it: shutil.copytree(it.page("published", ""), it.site / "xa-mau/zzzzzzzzzzzz"),
        "page_stray",
    ),
    "page under no unit": (
        lambda it: shutil.copytree(it.page("published", ""), it.site / "xa-khac/zzzzzzzzzzzz"),
        "page_stray",
    ),
    "page that a stranger put there": (
        lambda it: shutil.copytree(it.page("published", ""), it.site / "xa-mau/tuyen-dung"),
        "portal_file_stray",
    ),
    "page that a stranger put among the lists": (
        lambda it: month(it).with_name("qua-tang.html").write_text("Nhận quà"),
        "portal_file_stray",
    ),
    "script that a stranger put there": (
        lambda it: (it.site / "assets/item-0123456789.js").write_text("alert(1)"),
        "portal_file_stray",
    ),
    "chunk deleted": (lambda it: it.chunk(1).unlink(), "capture_chunk_missing"),
    "chunk cut": (lambda it: cut(it.chunk(0)), "capture_chunk_missing"),
    "chunk changed": (lambda it: flip(it.chunk(0)), "capture_chunk_damaged"),
}


@on_sqlite
@pytest.mark.parametrize("name", FILES)
def test_damage_to_a_file_is_named_and_nothing_else_is(broken: Installation, name: str) -> None:
    damage, code = FILES[name]
    damage(broken)
    # What residents see is compared always, what only the desk reads where somebody asks for it.
    depth = Depth.DEEP if code in ("original_damaged", "capture_chunk_damaged") else Depth.USUAL
    findings = broken.findings(depth=depth)
    assert codes(findings) == {code}
    # What a person may have put there on purpose, and what the application answers for.
    assert any(finding.serious for finding in findings) or code in (
        "search_missing",
        "portal_file_stray",
    )


def sql(statement: str) -> Callable[[Installation, Connection], object]:
    """A damage to rows; `:name` stands for the announcement of that name."""

    def damage(made: Installation, connection: Connection) -> None:
        names = {name for name in made.ids if f":{name}" in statement}
        day_ago = {"long_ago": utc_now() - timedelta(days=2)} if ":long_ago" in statement else {}
        changed = connection.execute(
            text(statement), {**{name: made.ids[name] for name in names}, **day_ago}
        )
        assert changed.rowcount > 0

    return damage


def publish_other_sound(connection: Connection, announcement_id: str) -> None:
    """As if other sound than was published belonged there."""
    table = Publication.__table__
    chosen = (table.c.announcement_id == announcement_id) & table.c.is_current
    audio = connection.scalar(select(table.c.audio).where(chosen))
    audio["mp3"]["sha256"] = "0" * 64
    assert connection.execute(update(table).where(chosen).values(audio=audio)).rowcount == 1


ROWS: dict[str, tuple[Callable[[Installation, Connection], object], set[str]]] = {
    "transcription's task deleted": (
        sql("DELETE FROM task WHERE announcement_id = :queued"),
        {"transcription_missing"},
    ),
    "publishing's task deleted": (
        sql("DELETE FROM task WHERE kind = 'publish' AND announcement_id = :approved"),
        {"publishing_missing"},
    ),
    "publishing failed": (
        sql(
            "UPDATE task SET state = 'failed' "
            "WHERE kind = 'publish' AND announcement_id = :approved"
        ),
        {"publishing_failed"},
    ),
    "nobody renews a lease": (
        sql(
            "UPDATE task SET state = 'running', token = 't', lease_until = :long_ago "
            "WHERE announcement_id = :queued"
        ),
        {"task_stuck"},
    ),
    "nobody takes a task": (
        sql("UPDATE task SET created_at = :long_ago WHERE announcement_id = :queued"),
        {"task_waiting"},
    ),
    "state and task apart": (
        sql("UPDATE announcement SET state = 'failed' WHERE id = :approved"),
        {"task_pointless", "approval_stray"},
    ),
    "approval voided": (
        sql("UPDATE approval SET voided_at = created_at WHERE announcement_id = :published"),
        {"approval_missing"},
    ),
    "approval standing again": (
        sql("UPDATE approval SET voided_at = NULL WHERE announcement_id = :corrected"),
        {"approval_stray"},
    ),
    "publication deleted": (
        sql("DELETE FROM publication WHERE announcement_id = :published"),
        {"publication_missing", "page_stray", "home_outdated"},
    ),
    "withdrawal undone": (
        sql("UPDATE publication SET withdrawn_at = NULL WHERE announcement_id = :withdrawn"),
        {
            *("publication_changed", "publication_stray", "page_outdated", "page_hidden"),
            "page_text_missing",
            *("page_sound_faulty", "home_outdated"),
        },
    ),
    "segments deleted": (
        sql("DELETE FROM segment WHERE announcement_id = :in_review"),
        {"transcript_missing"},
    ),
    "hearing never ended": (
        sql("UPDATE engine_run SET finished_at = NULL WHERE announcement_id = :in_review"),
        {"transcript_missing"},
    ),
    "approved text changed": (
        sql("UPDATE segment SET text = 'Chữ khác' WHERE announcement_id = :published"),
        {"approved_text_changed"},
    ),
    "approval of another text": (
        sql("UPDATE approval SET digest = :queued WHERE announcement_id = :approved"),
        {"approved_text_changed", "approval_unlogged"},
    ),
    "approval in another's name": (
        sql(
            'UPDATE approval SET user_id = (SELECT id FROM "user" WHERE id <> approval.user_id '
            "ORDER BY id LIMIT 1) WHERE announcement_id = :withdrawn"
        ),
        {"approval_unlogged"},
    ),
    "approval deleted": (
        sql("DELETE FROM approval WHERE announcement_id = :approved"),
        {"approval_missing", "approval_unlogged"},
    ),
    "publication changed": (
        lambda made, connection: publish_other_sound(connection, made.ids["published"]),
        {"publication_changed", "page_sound_faulty"},
    ),
    "withdrawn for another reason": (
        sql(
            "UPDATE publication SET withdrawn_reason = 'Không có lý do' "
            "WHERE announcement_id = :withdrawn"
        ),
        {"publication_changed", "page_differs"},
    ),
    "approval with another public note": (
        sql("UPDATE approval SET public_note = 'Không sai gì' WHERE announcement_id = :approved"),
        {"approval_unlogged"},
    ),
    "publication of what never went out": (
        sql(
            "INSERT INTO publication (id, announcement_id, unit_id, approval_id, revision, digest, "
            "content, audio, public_note, is_current, is_urgent, published_at, withdrawn_at, "
            "withdrawn_reason) "
            "SELECT 'zzzzzzzzzzzz', a.announcement_id, p.unit_id, a.id, 1, a.digest, p.content, "
            "p.audio, '', p.is_current, p.is_urgent, p.published_at, p.published_at, '' "
            "FROM approval a, publication p "
            "WHERE a.announcement_id = :approved AND a.voided_at IS NULL "
            "AND p.announcement_id = :published AND p.is_current"
        ),
        {"publication_changed"},
    ),
    "announcement on another recording": (
        sql(
            "UPDATE announcement SET recording_id = (SELECT recording_id FROM announcement "
            "WHERE id = :failed) WHERE id = :queued"
        ),
        {"recording_unused"},
    ),
    "sound let go too early": (
        sql("UPDATE announcement SET state = 'in_review' WHERE id = :removed"),
        {"original_missing", "copy_missing", "transcript_missing"},
    ),
    "chunks miscounted": (
        sql("UPDATE capture SET chunks = 3 WHERE id = :capture"),
        {"capture_miscounted"},
    ),
    "nobody finishes a recording": (
        sql("UPDATE capture SET touched_at = :long_ago WHERE id = :capture"),
        {"capture_forgotten"},
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_damage_to_rows_is_named_and_nothing_else_is(good: Installation, name: str) -> None:
    damage, expected = ROWS[name]
    with Session(good.db.write_engine) as session:
        damage(good, session.connection())
        assert codes(inspect_all(good, session)) == expected
        session.rollback()


_site = functools.cache(open_site)  # compiling its templates takes longer than the rest


def inspect_all(made: Installation, session: Session) -> list[Finding]:
    """All parts within one transaction, which the caller throws away."""
    media, now = MediaStore(made.settings.media_dir), utc_now()
    return [
        *inspect_sound(session, media, deep=True),
        *inspect_work(session, now, deep=True),
        *inspect_captures(session, media, made.settings, now, deep=True),
        *inspect_site(session, _site(made.settings), deep=True),
    ]


@on_sqlite
def test_rows_without_their_parents_and_a_changed_log_are_named(
    good: Installation, tmp_path: Path
) -> None:
    with (
        closing(sqlite3.connect(good.settings.data_dir / "loa.db")) as source,
        closing(sqlite3.connect(tmp_path / "loa.db")) as target,
    ):
        source.backup(target)
    made = good.files_copied_to(tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "loa.db")) as connection:  # its own checks are off
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("UPDATE audit_entry SET action = 'x' WHERE sequence = 3")
        sha256 = made.sounds["failed"]
        connection.execute("DELETE FROM recording WHERE sha256 = ?", [sha256])
        connection.commit()
    made.db = Database(f"sqlite:///{tmp_path}/loa.db")
    findings = made.findings(depth=Depth.DEEP)
    assert codes(findings) == {"row_without_parent", "audit_broken"}
    assert [one.subject for one in findings if one.code == "audit_broken"] == ["3"]
    made.db.dispose()


@on_sqlite
def test_a_file_that_went_unsent_is_named_when_it_is_old(good: Installation) -> None:
    with Session(good.db.write_engine) as session:
        session.execute(
            text("UPDATE capture SET kind = 'upload', size_bytes = 999 WHERE id = :id"),
            {"id": good.ids["capture"]},
        )
        media = MediaStore(good.settings.media_dir)
        later = utc_now() + timedelta(days=8)
        found = list(inspect_captures(session, media, good.settings, later))
        session.rollback()
    assert [(one.code, one.serious) for one in found] == [("capture_stale", False)]


@on_sqlite
def test_leftovers_are_named_as_harmless_a_day_later(broken: Installation) -> None:
    half = broken.site / "xa-mau" / "zzzzzzzzzzzz"
    half.mkdir()
    (half / "audio-0123456789ab.mp3").write_bytes(b"sound of a publishing that died")
    orphan = broken.settings.media_dir / "store" / "00" / ("0" * 64)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"sound of a crash")
    assert broken.findings() == []
    found = [
        finding
        for name, inspect in consistency_parts(
            broken.settings, broken.db, now=utc_now() + timedelta(hours=25)
        )
        if name == "Tệp thừa"
        for finding in inspect()
    ]
    assert [(one.code, one.serious) for one in found] == [
        ("leftover_original", False),
        ("leftover", False),
    ]
    assert f"loa ingest {orphan}" in describe_finding(found[0])
    assert "site/xa-mau/zzzzzzzzzzzz" in describe_finding(found[1])


@on_sqlite
def test_whatever_file_is_lost_cut_or_changed_something_is_named(
    good: Installation, tmp_path: Path
) -> None:
    """Not one file of the installation can go wrong unnoticed."""
    made = good.files_copied_to(tmp_path / "data")
    root = made.settings.data_dir
    # What was withdrawn is listened to no more.
    unheard = made.copy_of("withdrawn", "")
    files = [one for one in sorted(root.rglob("*")) if one.is_file() and one.parent != unheard]
    assert len(files) > 35
    parts = list(consistency_parts(made.settings, made.db, depth=Depth.DEEP))
    for number, path in enumerate(files):
        kept = {one: one.read_bytes() for one in (path, copy_of(path)) if one.exists()}
        content = kept[path]
        # A copy is as good as its being there: it is made again from the original.
        is_copy = "derived" in path.parts
        damage = Path.unlink if is_copy or not content else (Path.unlink, cut, flip)[number % 3]
        damage(path)
        assert any(inspect() for _name, inspect in parts), (path, damage)
        for one, former in kept.items():
            one.write_bytes(former)
    assert made.findings(depth=Depth.DEEP) == []


def test_what_is_over_at_the_second_look_was_no_inconsistency() -> None:
    lasting, passing = Finding("page_missing", "a"), Finding("page_missing", "b")
    looks = iter([[passing, lasting], [lasting]])
    assert confirmed(lambda: next(looks)) == [lasting]
    assert confirmed(list) == []


def test_every_finding_has_a_sentence_and_every_sentence_a_damage() -> None:
    raised = set()
    for package in ("bridge", "publish", "web"):
        for path in (*(ROOT / package).rglob("*inspection.py"), ROOT / "bridge" / "tampering.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in FINDINGS:
                    raised.add(node.value)
    assert raised | {"leftover", "leftover_original"} == set(FINDINGS)
    injected = {code for _damage, code in FILES.values()}
    injected |= {code for _damage, expected in ROWS.values() for code in expected}
    elsewhere = {"row_without_parent", "audit_broken", "capture_stale"}
    elsewhere |= {"leftover", "leftover_original", "original_unreadable"}
    assert set(FINDINGS) - injected - elsewhere == set()


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_sentences_are_whole_and_say_what_to_do(code: str) -> None:
    names = "path name found expected detail file_name kind announcement parent numbers days what"
    data = dict.fromkeys([*names.split(), "size"], "x")
    sentence = describe_finding(Finding(code, "abc", data))
    assert sentence.endswith(".")
    assert sentence.count(".") >= 2
    assert "%(" not in sentence
    assert describe_finding(Finding(code, "abc")).endswith(".")  # without its values too
