"""The page of what was done in a unit: read, narrowed, paged, as a file; by its admins alone."""

import re

from sqlalchemy import select

from bridge.accounts import grant_role
from bridge.audit import write_entry
from bridge.editing import save_segment_text
from bridge.glossary import add_term
from bridge.log_reading import PAGE
from bridge.models import AuditEntry
from bridge.people import order_reset, set_roles, use_link
from tests.web.conftest import Office
from web.labels import HISTORY
from web.labels_log import LOG_GROUPS, LOG_WORDS

LOG = "/lam-viec/nhat-ky/xa-mau"
_LINE = re.compile(r"<li><time.*?</li>", re.S)


def lines(page: str) -> list[str]:
    return [" ".join(re.sub(r"<.*?>", " ", line).split()) for line in _LINE.findall(page)]


def busy(office: Office) -> str:
    """Somebody has worked on an announcement; its id."""
    announcement = office.in_review()
    segment = office.view(announcement).segments[0]
    with office.services.db.writing() as session:
        save_segment_text(
            session,
            segment_id=segment.id,
            expected_version=1,
            text="Kính thưa toàn thể bà con.",
            actor_id=office.person("editor").id,
        )
    return announcement


def test_it_says_who_did_what_the_newest_first(office: Office) -> None:
    announcement = busy(office)
    admin = office.browser("admin")
    page = admin.text(LOG)
    told = lines(page)
    assert any("Nguyễn An sửa chữ đoạn 0:00 Lịch tiêm chủng" in line for line in told)
    assert any("Máy gửi bản ghi" in line for line in told)
    assert any("đăng nhập từ địa chỉ mạng 127.0.0.1" in line for line in told)
    assert any("giao cho Nguyễn An vai trò biên tập viên" in line for line in told)
    assert f'href="/lam-viec/ban-tin/{announcement}"' in page
    assert "lập đơn vị" in told[-1]


def test_it_is_narrowed_by_work_person_and_day(office: Office) -> None:
    busy(office)
    admin = office.browser("admin")
    assert [line for line in lines(admin.text(f"{LOG}?viec=sua")) if "sửa chữ" not in line] == []
    assert len(lines(admin.text(f"{LOG}?viec=vao"))) == 1
    with office.services.db.reading() as session:
        editor = session.scalars(
            select(AuditEntry.actor_id).where(AuditEntry.action == "edit_segment")
        ).one()
    assert len(lines(admin.text(f"{LOG}?ai={editor}"))) == 1
    assert lines(admin.text(f"{LOG}?tu=01/01/2020&den=02/01/2020")) == []
    assert "Không có dòng nào" in admin.text(f"{LOG}?tu=01/01/2020&den=2020-01-02")
    assert "Ngày chưa đúng" in admin.text(f"{LOG}?tu=31/02/2026")
    assert "Ngày chưa đúng" in admin.text(f"{LOG}?den=hôm+qua")


def test_a_long_one_has_pages(office: Office) -> None:
    with office.services.db.writing() as session:
        for number in range(PAGE + 20):
            add_term(session, unit_id=office.unit.id, text=f"Thôn Mẫu {number}", kind="place")
    admin = office.browser("admin")
    page = admin.text(f"{LOG}?viec=donvi")
    assert len(lines(page)) == PAGE
    [older] = re.findall(r'rel="next" href="([^"]+)"', page)
    rest = admin.text(older.replace("&amp;", "&"))
    assert len(lines(rest)) == 21
    assert "Mới nhất" in rest
    assert 'rel="next"' not in rest


def test_the_file_has_all_that_was_asked_for(office: Office) -> None:
    busy(office)
    admin = office.browser("admin")
    answer = admin.get(f"{LOG}.csv?viec=sua")
    assert answer.mimetype == "text/csv"
    rows = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()
    assert rows[0] == "Số,Ngày,Giờ,Ai,Việc,Bản tin,Mã bản tin"
    assert len(rows) == 2
    assert "sửa chữ đoạn 0:00" in rows[1]


def test_another_unit_s_work_is_not_in_it(office: Office) -> None:
    busy(office)
    other = office.unit_named("xa-khac", "Xã Khác")
    admin = office.browser("admin", unit=other)
    told = lines(admin.text("/lam-viec/nhat-ky/xa-khac"))
    assert not [line for line in told if "sửa chữ" in line or "gửi bản ghi" in line]
    assert admin.get(LOG).status_code == 404
    assert office.browser("approver").get(LOG).status_code == 403
    assert admin.get("/lam-viec/nhat-ky").location == "/lam-viec/nhat-ky/xa-khac"


def test_what_somebody_did_before_they_left_stays_in_it(office: Office) -> None:
    gone = office.person("editor")
    other = office.unit_named("xa-khac", "Xã Khác")

    def note(action: str, **data: str) -> None:
        with office.services.db.writing() as session:
            write_entry(
                session,
                actor_id=gone.id,
                action=action,
                subject_type="user",
                subject_id=gone.id,
                **data,
            )

    note("log_in", address="192.0.2.7")
    with office.services.db.writing() as session:
        grant_role(session, user_id=gone.id, unit_id=other.id, role="editor")
        set_roles(session, unit_id=office.unit.id, user_id=gone.id, roles=[])
    note("log_in", address="192.0.2.8")  # at work for another unit
    told = " ".join(lines(office.browser("admin").text(LOG)))
    assert "192.0.2.7" in told
    assert "192.0.2.8" not in told


def test_what_was_done_to_the_whole_installation_is_in_it(office: Office) -> None:
    user = office.person("editor")
    with office.services.db.writing() as session:
        for action, kind, data in (
            ("change_key", "installation", {}),
            ("take_person_away", "installation", {"count": 3}),
            ("restore", "backup", {"made_at": "2026-11-20T01:00:00+00:00"}),
        ):
            write_entry(
                session, actor_id=None, action=action, subject_type=kind, subject_id="x", **data
            )
        token = order_reset(session, unit_id=office.unit.id, user_id=user.id)
        use_link(session, token, password_hash="x")
    told = " ".join(lines(office.browser("admin").text(LOG)))
    for words in ("khóa ký phiên", "gỡ 3 chỗ", "từ một bản sao lưu", "địa chỉ dùng một lần"):
        assert words in told


def test_every_kind_that_can_be_looked_for_has_words() -> None:
    known = {*LOG_WORDS, *HISTORY}
    assert {one for _words, some in LOG_GROUPS.values() for one in some} <= known
