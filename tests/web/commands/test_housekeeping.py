"""`loa sweep`, `retention`, `sound`, `site build` and `doctor`, as people type them."""

import io
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bridge.captures import NewCapture, open_capture
from bridge.db import utc_now
from bridge.errors import Conflict
from bridge.media import LISTENING_COPY, WORKING_COPY
from bridge.models import AuditEntry
from bridge.review import approve_announcement
from bridge.tasks import TaskContext, claim_task
from publish.jobs import publish_announcement
from tests.bridge.lifecycle import nothing_to_check
from tests.web.commands.conftest import Loa
from tests.web.conftest import Office
from web.commands.housekeeping import sweep_installation

TOMORROW = timedelta(hours=25)


def orphan(office: Office, content: bytes) -> Path:
    media = office.services.media
    return media.keep(media.receive(io.BytesIO(content), max_bytes=10**6, min_free_bytes=0))


def copies(office: Office, announcement_id: str) -> dict[str, int]:
    folder = office.services.media.copies_folder(office.view(announcement_id).sha256)
    return {path.name: path.stat().st_size for path in folder.iterdir()}


def published(office: Office, loa: Loa) -> tuple[str, Path]:
    """An announcement on the portal, its copies made from the original; its folder there."""
    announcement_id = office.in_review()
    assert loa("sound", "rebuild")[0] == 0
    approver = office.person("approver").id
    db = office.services.db
    with db.writing() as session:
        task_id = approve_announcement(
            session,
            announcement_id=announcement_id,
            digest=office.view(announcement_id).digest,
            actor_id=approver,
            must_check=nothing_to_check,
        )
    task = claim_task(db, task_id, worker="test", lease_s=60)
    assert task is not None
    publish_announcement(TaskContext(office.settings, db, office.services.media), task)
    return announcement_id, office.settings.site_dir / "xa-mau" / announcement_id


def test_a_sweep_shows_first_and_removes_only_when_told(
    office: Office, loa: Loa, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loa("sweep")[:2] == (0, "Không có gì phải dọn.\n")
    office.received()
    path = orphan(office, b"sound of a crash")
    assert loa("sweep")[1] == "Không có gì phải dọn.\n"  # not before it is a day old
    sweep_installation(office.services, utc_now() + TOMORROW, yes=False, many=False)
    told = capsys.readouterr().out
    assert f"Tệp tiếng gốc: {path} (1 kB)\n" in told
    assert "Chưa xóa gì: 1 mục, 1 kB. Chạy lại với --yes" in told
    assert path.exists()
    sweep_installation(office.services, utc_now() + TOMORROW, yes=True, many=False)
    assert "Đã xóa 1 tệp thừa, 1 kB.\n" in capsys.readouterr().out
    assert not path.exists()
    with office.services.db.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "sweep"


def test_a_store_that_mostly_belongs_to_nobody_is_only_swept_on_demand(
    office: Office, loa: Loa, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [orphan(office, b"of another database %d" % number) for number in range(3)]
    with pytest.raises(Conflict, match="sweep_doubtful"):
        sweep_installation(office.services, utc_now() + TOMORROW, yes=True, many=False)
    assert all(path.exists() for path in paths)
    sweep_installation(office.services, utc_now() + TOMORROW, yes=True, many=True)
    assert not any(path.exists() for path in paths)
    assert "Đã xóa 3 tệp thừa" in capsys.readouterr().out


def test_what_was_sent_in_part_and_what_a_rule_gives_free_goes_with_a_sweep(
    office: Office, loa: Loa, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = office.failed()
    assert loa("retention", "set", "failed", "7")[:2] == (
        0,
        "Xã Mẫu, bản tin bị lỗi: xóa tiếng sau 7 ngày.\n",
    )
    services = office.services
    open_capture(
        services.db,
        services.media,
        office.settings,
        unit_id=office.unit.id,
        actor_id=None,
        wanted=NewCapture(key="key-of-the-test", kind="upload", file_name="dở.wav", size_bytes=9),
    )
    later = utc_now() + timedelta(days=8)
    sweep_installation(services, later, yes=False, many=False)
    told = capsys.readouterr().out
    assert re.search(r"Gửi dở: \w+ dở.wav", told)
    assert f"Hết hạn lưu giữ (bản tin bị lỗi quá 7 ngày): {failed} phát thanh sáng.wav" in told
    sweep_installation(services, later, yes=True, many=False)
    told = capsys.readouterr().out
    assert "Đã bỏ 1 lần gửi dở." in told
    assert "Đã xóa tiếng của 1 bản ghi hết hạn lưu giữ" in told
    status, _out, err = loa("announcement", "retry", failed)
    assert status == 1
    assert "đã xóa theo quy định lưu giữ" in err


def test_rules_are_set_shown_and_ended(office: Office, loa: Loa) -> None:
    admin, editor = office.person("admin").email, office.person("editor").email
    shown = "xa-mau\tbản tin đã gỡ\tgiữ mãi mãi\nxa-mau\tbản tin bị lỗi\tgiữ mãi mãi\n"
    assert loa("retention", "show")[:2] == (0, shown)
    assert loa("retention", "set", "withdrawn", "90", "--by", admin)[0] == 0
    assert "bản tin đã gỡ\txóa tiếng sau 90 ngày" in loa("retention", "show")[1]
    assert loa("retention", "set", "withdrawn", "1", "--by", editor)[0] == 1
    assert loa("retention", "set", "withdrawn", "0")[0] == 1
    assert loa("retention", "set", "withdrawn")[0] == 2
    assert loa("retention", "set", "withdrawn", "5", "--off")[0] == 2
    assert loa("retention", "set", "withdrawn", "--off")[1] == (
        "Xã Mẫu, bản tin đã gỡ: giữ mãi mãi.\n"
    )
    assert loa("retention", "show", "--unit", "xa-mau")[1] == shown


def test_lost_copies_are_made_again_from_the_original(office: Office, loa: Loa) -> None:
    whole, broken = office.in_review(), office.in_review()
    original = office.services.media.original(office.view(broken).sha256)
    original.unlink()
    status, out, err = loa("sound", "rebuild")
    assert (status, out) == (1, "Đã làm lại bản sao của 1 bản ghi.\n")
    assert "Không thấy tệp tiếng gốc" in err
    made = copies(office, whole)
    assert set(made) == {WORKING_COPY, LISTENING_COPY}
    assert all(size > 0 for size in made.values())
    assert loa("sound", "rebuild")[0] == 1  # the broken one still is
    assert copies(office, whole) == made


def test_building_the_site_brings_lost_sound_back_and_takes_strays_away(
    office: Office, loa: Loa
) -> None:
    announcement_id, folder = published(office, loa)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.copytree(folder, folder.with_name("zzzzzzzzzzzz"))
    shutil.rmtree(folder)
    office.services.media.derived(office.view(announcement_id).sha256, WORKING_COPY).unlink()
    status, out, _err = loa("site", "build")
    assert status == 0
    assert out == (
        "Đã dựng 1 trang tin, 1 bản tin.\nĐã làm lại tiếng của 1 bản tin trên trang tin.\n"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not folder.with_name("zzzzzzzzzzzz").exists()
    sound = next(folder.glob("*.mp3"))
    sound.write_bytes(bytes(sound.stat().st_size))
    assert loa("site", "build")[1].count("\n") == 1  # the size is right
    assert "làm lại tiếng của 1 bản tin" in loa("site", "build", "--deep")[1]
    assert sound.read_bytes() == before[sound.name]


def test_doctor_names_what_does_not_fit_and_says_what_to_do(office: Office, loa: Loa) -> None:
    announcement_id, folder = published(office, loa)
    assert loa("site", "build")[0] == 0
    parts = ("Tệp tiếng", "Bản tin và việc", "Bản ghi đang nhận", "Trang tin", "Tệp thừa")
    _status, out, _err = loa("doctor", "--deep")
    assert all(f"tốt   {part}: khớp\n" in out for part in parts)
    office.services.media.original(office.view(announcement_id).sha256).unlink()
    (folder / "index.html").unlink()
    with office.services.db.writing() as session:
        session.execute(text("UPDATE task SET state = 'queued', finished_at = NULL"))
        long_ago = utc_now() - timedelta(days=2)
        session.execute(text("UPDATE task SET created_at = :at"), {"at": long_ago})
    status, out, _err = loa("doctor")
    assert status == 1
    lines = out.splitlines()
    (lost,) = [line for line in lines if line.startswith("HỎNG  Tệp tiếng: ")]
    assert f"Bản tin {announcement_id} mất tệp tiếng gốc" in lost
    assert re.search(r"Chép tệp files/[0-9a-f]{2}/[0-9a-f]{64} trong thư mục sao lưu", lost)
    assert [line for line in lines if line.startswith("nhắc  Bản tin và việc: Việc ")]
    assert not (folder / "index.html").exists()  # it only looks


def test_doctor_of_a_database_that_cannot_be_read_stays_short(office: Office, loa: Loa) -> None:
    with office.services.db.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    status, out, _err = loa("doctor")
    assert status == 1
    assert "HỎNG  Phiên bản dữ liệu" in out
    assert "Tệp tiếng" not in out
