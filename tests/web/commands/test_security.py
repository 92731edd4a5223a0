"""`loa doctor --security`: who may read the files, how one gets in."""

import pytest
from sqlalchemy import update

from bridge.models import Unit, User
from tests.web.commands.conftest import Loa
from tests.web.conftest import Office


def told(loa: Loa) -> tuple[int, dict[str, str]]:
    """The exit status, and what is said of each part, after how it fares."""
    status, out, _err = loa("doctor", "--security")
    found = {}
    for line in out.splitlines():
        mark, name, words = line[:4].strip(), *line[6:].split(": ", 1)
        found[name] = f"{mark}: {words}"
    return status, found


def test_a_fresh_office_is_well(loa: Loa, office: Office) -> None:
    office.settings.sqlite_path.chmod(0o600)
    (office.settings.data_dir / "secret_key").chmod(0o600)
    status, found = told(loa)
    assert status == 0, found
    assert found["Quyền đọc tệp"].startswith("tốt")
    assert found["Đường truyền"].startswith("tốt")
    assert found["Ghi lỗi chi tiết"].startswith("tốt")


def test_files_that_others_may_read_are_named(loa: Loa, office: Office) -> None:
    key = office.settings.data_dir / "secret_key"
    key.chmod(0o644)
    status, found = told(loa)
    assert status == 1
    assert f"{key} (644)" in found["Quyền đọc tệp"]
    assert "chmod go-rwx" in found["Quyền đọc tệp"]


@pytest.mark.parametrize(
    ("name", "value", "part", "words"),
    [
        ("LOA_PLAIN_HTTP", "1", "Đường truyền", "HỎNG: plain_http đang bật"),
        ("LOA_HOST", "192.0.2.1", "Đường truyền", "nhắc: phòng làm việc chỉ mở được ở chính"),
        ("LOA_PUBLIC_URL", "https://loa.example", "Đường truyền", "tốt: trang tin ở https"),
        ("LOA_LOG_LEVEL", "DEBUG", "Ghi lỗi chi tiết", "HỎNG: đang bật"),
        ("LOA_SECOND_FACTOR", "nobody", "Lớp xác minh thứ hai", "HỎNG: second_factor"),
        ("LOA_WEBHOOKS_TO_THIS_MACHINE", "1", "Nơi nhận tin", "nhắc: "),
    ],
)
def test_settings_that_open_something_are_told(
    loa: Loa, monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    _status, found = told(loa)
    assert found[part].startswith(words)


def test_who_may_publish_without_a_second_factor_is_named(loa: Loa, office: Office) -> None:
    approver, editor = office.person("approver"), office.person("editor")
    _status, found = told(loa)
    assert approver.email in found["Lớp xác minh thứ hai"]
    assert editor.email not in found["Lớp xác minh thứ hai"]
    with office.services.db.writing() as session:
        session.execute(update(User).values(tf_primary_method="authenticator"))
        session.execute(update(Unit).values(editor_may_approve=True))
    _status, found = told(loa)
    assert found["Lớp xác minh thứ hai"].startswith("tốt")
    assert found["Tự duyệt"].startswith("nhắc: người sửa cuối được tự duyệt ở: Xã Mẫu")
