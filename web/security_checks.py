"""What `loa doctor --security` looks at: who may read the files, how one gets in, what is old."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_IMODE
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.audit_heads import HEADS_FILE
from bridge.db import Database
from bridge.models import Membership, Passkey, Unit, User
from bridge.schema import database_revision, newest_revision
from bridge.secret_keys import FORMER_KEY, SECOND_FACTOR_KEY, SECRET_KEY
from bridge.settings import Settings, settings_file
from web.checks import Check

_OWNER_ALONE = 0o077  # bits that nobody else may have on what is secret
_OTHERS_WRITE = 0o022
_SECRETS = (SECRET_KEY, FORMER_KEY, SECOND_FACTOR_KEY, HEADS_FILE)
_AUDIT_TIMEOUT_S = 120.0
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def run_security_checks(settings: Settings) -> Iterator[Check]:
    """Every check in turn; one that breaks counts as failed and never stops the others."""
    checks: tuple[tuple[str, Callable[[Settings], Iterator[Check]]], ...] = (
        ("Quyền đọc tệp", _modes),
        ("Đường truyền", _transport),
        ("Người làm việc", _people),
        ("Ghi lỗi chi tiết", _debug),
        ("Phiên bản các thư viện", _versions),
    )
    for name, check in checks:
        try:
            yield from check(settings)
        except Exception as error:  # a report must name what is broken, whatever way it broke
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            yield Check(name, False, f"không kiểm tra được ({reason})")


def _modes(settings: Settings) -> Iterator[Check]:
    """Keys, database and settings for the owner alone; nothing of ours for others to write."""
    secret = [
        *(settings.data_dir / name for name in _SECRETS),
        settings.sqlite_path,
        settings_file(settings.data_dir),
    ]
    bad = [_told(path) for path in secret if _mode(path) & _OWNER_ALONE]
    folders = (settings.data_dir, settings.media_dir, settings.site_dir)
    bad += [_told(path) for path in folders if _mode(path) & _OTHERS_WRITE]
    if bad:
        yield Check(
            "Quyền đọc tệp",
            False,
            f"người khác đọc hoặc ghi được: {', '.join(bad)}"
            ". Chạy “chmod go-rwx” cho từng tệp, “chmod go-w” cho từng thư mục.",
        )
    else:
        yield Check("Quyền đọc tệp", True, "khóa, cơ sở dữ liệu và cài đặt chỉ chủ máy đọc được")


def _transport(settings: Settings) -> Iterator[Check]:
    name = "Đường truyền"
    scheme = urlsplit(settings.effective_public_url).scheme
    if settings.plain_http:
        yield Check(
            name,
            False,
            "plain_http đang bật: ai ở giữa đường cũng đọc được mật khẩu. Đặt "
            "nginx hoặc Caddy có https ở trước rồi tắt đi.",
        )
    elif scheme != "https" and settings.host not in _LOCAL:
        yield Check(
            name,
            True,
            "phòng làm việc chỉ mở được ở chính máy này, vì public_url chưa là https",
            notice=True,
        )
    elif scheme == "https":
        yield Check(name, True, f"trang tin ở {settings.effective_public_url}")
    else:
        yield Check(name, True, "chỉ mở ở chính máy này")
    if settings.webhooks_to_this_machine:
        yield Check(
            "Nơi nhận tin",
            True,
            "webhooks_to_this_machine đang bật: chỉ nên bật khi thử",
            notice=True,
        )


def _people(settings: Settings) -> Iterator[Check]:
    """Second factors of those who may publish; units where one person does all."""
    missing = not settings.database_url and not settings.sqlite_path.exists()
    if missing:
        yield Check("Người làm việc", True, "chưa có dữ liệu")
        return
    db = Database(settings.effective_database_url)
    try:
        if database_revision(db) != newest_revision():
            yield Check(
                "Người làm việc",
                True,
                "cơ sở dữ liệu chưa đúng phiên bản, chưa xem được",
                notice=True,
            )
            return
        with db.reading() as session:
            yield from _of_people(session, settings)
    finally:
        db.dispose()


def _of_people(session: Session, settings: Settings) -> Iterator[Check]:
    name = "Lớp xác minh thứ hai"
    bare = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role.in_(("approver", "admin")),
            User.active,
            User.password.is_not(None),
            User.tf_primary_method.is_(None),
            User.id.not_in(select(Passkey.user_id)),
        )
        .distinct()
        .order_by(User.email)
    ).all()
    if settings.second_factor == "nobody":
        yield Check(
            name,
            False,
            "second_factor là “nobody”: ai biết mật khẩu của người duyệt là "
            "đăng được bản tin. Bỏ dòng đó trong cài đặt.",
        )
    elif bare:
        yield Check(
            name, True, f"chưa cài, sẽ phải cài khi đăng nhập: {', '.join(bare)}", notice=True
        )
    else:
        yield Check(name, True, "mọi người duyệt và quản trị đều có")
    alone = session.scalars(select(Unit.name).where(Unit.editor_may_approve).order_by(Unit.name))
    if names := ", ".join(alone):
        yield Check("Tự duyệt", True, f"người sửa cuối được tự duyệt ở: {names}", notice=True)


def _debug(settings: Settings) -> Iterator[Check]:
    loud = settings.log_level == "DEBUG" or bool(os.environ.get("FLASK_DEBUG"))
    words = "đang bật (log_level DEBUG hoặc FLASK_DEBUG): nhật ký có thể chứa chữ chưa duyệt"
    yield Check("Ghi lỗi chi tiết", not loud, words if loud else "tắt")


def _versions(_settings: Settings) -> Iterator[Check]:
    """Known faults of what is installed, where pip-audit and a network are there."""
    name = "Phiên bản các thư viện"
    if importlib.util.find_spec("pip_audit") is None:
        yield Check(
            name,
            True,
            "chưa xem: cài pip-audit (“pip install pip-audit”) rồi chạy lại",
            notice=True,
        )
        return
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter, fixed words
            command, capture_output=True, text=True, timeout=_AUDIT_TIMEOUT_S, check=False
        )
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        yield Check(name, True, "chưa xem được: cần mạng để tra các lỗi đã biết", notice=True)
        return
    faulty = [f"{one['name']} {one.get('version', '')}" for one in found if one.get("vulns")]
    if faulty:
        yield Check(name, False, f"có lỗi đã biết: {', '.join(faulty)}. Nâng Loa lên bản mới.")
    else:
        yield Check(name, True, f"{len(found)} thư viện, không có lỗi đã biết")


def _mode(path: Path) -> int:
    """The permission bits; 0 for what is not there."""
    try:
        return S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def _told(path: Path) -> str:
    return f"{path} ({_mode(path):o})"
