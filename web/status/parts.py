"""What the figures mean: each part of the installation with a word, a sentence and what to do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from flask_babel import gettext

from bridge.settings import Settings
from publish.dates import format_moment
from web.labels import StateLabel, mark, say, say_number
from web.status.facts import Facts

GIB = 1024**3
MIB = 1024**2

# Work that waits longer than this while nobody works is stuck: a lost run comes back within a lease
# of 60 s, the reaper's round of 15 s and the delivery.
STUCK_AFTER = timedelta(seconds=90)
# The guide asks for a backup each day; after a week without one it has been forgotten.
BACKUP_OLD_AFTER = timedelta(days=7)


class Level(Enum):
    """How a part fares."""

    GOOD = StateLabel(mark("Tốt"), "shape-published", "state-done", "")
    WATCH = StateLabel(mark("Cần để ý"), "shape-working", "state-working", "")
    BAD = StateLabel(mark("Cần sửa ngay"), "shape-failed", "state-failed", "")


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the page."""

    name: str
    level: Level
    fact: str
    advice: str = ""

    @property
    def label(self) -> StateLabel:
        """The level as a word and a shape, in the language of the request."""
        label = self.level.value
        return StateLabel(say(label.word), label.shape, label.css_class, "")


def short_parts(facts: Facts, time_zone: str) -> list[Part]:
    """What everybody may know: does the machine listen, does work wait, are files taken."""
    return [
        _workers(facts, for_admin=False),
        _waiting(facts, time_zone, for_admin=False),
        _intake(facts),
    ]


def all_parts(facts: Facts, settings: Settings, time_zone: str) -> list[Part]:
    """What an admin looks after."""
    return [
        _workers(facts, for_admin=True),
        _waiting(facts, time_zone, for_admin=True),
        _delivery(facts),
        _last_success(facts, time_zone),
        _disk(facts, settings),
        _backup(facts, time_zone),
    ]


def summary(parts: list[Part]) -> str:
    """The whole in one sentence."""
    count = sum(part.level is not Level.GOOD for part in parts)
    if not count:
        return str(gettext("Mọi phần đang chạy tốt."))
    return str(gettext("Có %(count)s phần cần xem.", count=count))


def _workers(facts: Facts, *, for_admin: bool) -> Part:
    name = gettext("Máy chép lời")
    if facts.workers:
        count, busy = len(facts.workers), facts.work.running
        fact = gettext("%(count)s máy đang chạy, %(busy)s việc đang làm.", count=count, busy=busy)
        return Part(name, Level.GOOD, fact)
    return Part(
        name,
        Level.BAD,
        gettext("Không có máy nào đang chạy. Bản tin vẫn được nhận và giữ lại."),
        gettext("Chạy lại “loa up” trên máy chủ, hoặc “loa worker” trên máy chép.")
        if for_admin
        else gettext("Hãy báo người quản trị."),
    )


def _waiting(facts: Facts, time_zone: str, *, for_admin: bool) -> Part:
    name, oldest_at = gettext("Việc đang chờ"), facts.work.oldest_waiting_at
    if oldest_at is None:
        return Part(name, Level.GOOD, gettext("Không có việc nào chờ.") + _scheduled(facts))
    fact = gettext(
        "%(count)s việc chờ đến lượt, lâu nhất từ %(moment)s (%(age)s).",
        count=facts.work.waiting,
        moment=format_moment(oldest_at, time_zone),
        age=say_age(facts.at - oldest_at),
    )
    fact += _scheduled(facts)
    stuck = not facts.work.running and facts.at - oldest_at > STUCK_AFTER
    if not stuck:
        return Part(name, Level.GOOD, fact)
    advice = (
        gettext("Có việc chờ mà chưa máy nào làm. Nếu vài phút nữa vẫn vậy, chạy lại “loa up”.")
        if for_admin
        else gettext(
            "Có việc chờ mà chưa máy nào làm. Nếu vài phút nữa vẫn vậy, báo người quản trị."
        )
    )
    return Part(name, Level.WATCH, fact, advice)


def _scheduled(facts: Facts) -> str:
    """What waits for its hour waits for nobody: it is only told."""
    count = facts.work.scheduled
    return " " + str(gettext("%(count)s bản tin hẹn giờ đăng.", count=count)) if count else ""


def _intake(facts: Facts) -> Part:
    name = gettext("Nhận tệp tiếng")
    if facts.disk.accepts_files:
        return Part(name, Level.GOOD, gettext("Máy chủ đang nhận."))
    return Part(
        name,
        Level.BAD,
        gettext("Ổ đĩa của máy chủ sắp đầy nên chưa nhận thêm tệp."),
        gettext("Hãy báo người quản trị."),
    )


def _delivery(facts: Facts) -> Part:
    name = gettext("Giao việc cho máy chép")
    if facts.queue_answers:
        return Part(name, Level.GOOD, gettext("Thông suốt."))
    return Part(
        name,
        Level.WATCH,
        gettext("Đang đứt. Bản tin vẫn được nhận, việc sẽ được giao lại khi nối được."),
        gettext("Xem Valkey hoặc Redis có chạy không; “loa doctor” nói rõ hơn."),
    )


def _last_success(facts: Facts, time_zone: str) -> Part:
    moments = {kind: format_moment(at, time_zone) for kind, at in facts.work.last_done_at.items()}
    told = []
    if heard := moments.get("transcribe"):
        told.append(gettext("Chép lời: %(moment)s.", moment=heard))
    if published := moments.get("publish"):
        told.append(gettext("Đăng tin: %(moment)s.", moment=published))
    fact = " ".join(told) or gettext("Chưa làm xong bản tin nào.")
    return Part(gettext("Làm xong gần nhất"), Level.GOOD, fact)


def _disk(facts: Facts, settings: Settings) -> Part:
    name, disk = gettext("Ổ đĩa"), facts.disk
    fact = gettext(
        "Còn trống %(free)s trên %(total)s.",
        free=say_size(disk.free_bytes),
        total=say_size(disk.total_bytes),
    )
    if not disk.accepts_files:
        return Part(
            name,
            Level.BAD,
            fact,
            gettext(
                "Dưới %(limit)s nên máy chủ không nhận thêm tệp. Dọn bớt ổ đĩa ngay.",
                limit=say_size(disk.min_free_bytes),
            ),
        )
    if disk.free_bytes < disk.min_free_bytes + settings.max_upload_bytes:
        return Part(
            name, Level.WATCH, fact, gettext("Tệp lớn có thể không nhận được. Nên dọn bớt.")
        )
    return Part(name, Level.GOOD, fact)


def _backup(facts: Facts, time_zone: str) -> Part:
    name, backup = gettext("Bản sao lưu"), facts.backup
    advice = gettext("Chạy “loa backup THƯ_MỤC” trên máy chủ, vào một ổ đĩa khác.")
    if backup is None:
        return Part(name, Level.BAD, gettext("Chưa sao lưu lần nào."), advice)
    age = facts.at - backup.finished_at
    fact = gettext(
        "Lần cuối %(moment)s (%(age)s trước), %(files)s tệp, %(size)s, ở %(folder)s.",
        moment=format_moment(backup.finished_at, time_zone),
        age=say_age(age),
        files=backup.files,
        size=say_size(backup.size_bytes),
        folder=backup.folder,
    )
    if backup.problems:
        lost = gettext(
            "Có %(count)s tệp bị mất, bị sửa hoặc không đọc được.", count=backup.problems
        )
        where = gettext(
            "Ổ đĩa dữ liệu có thể đang hỏng. Chạy lại “loa backup THƯ_MỤC” để biết tên từng tệp, "
            "rồi lấy lại từ một bản sao lưu cũ hơn."
        )
        return Part(name, Level.BAD, f"{fact} {lost}", where)
    if age > BACKUP_OLD_AFTER:
        return Part(name, Level.WATCH, fact, advice)
    return Part(name, Level.GOOD, fact)


def say_age(age: timedelta) -> str:
    """How long ago, by its largest unit alone; a moment ahead of the clock is "just now"."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return str(gettext("chưa đến 1 phút"))
    if minutes < 60:
        return str(gettext("%(count)s phút", count=minutes))
    if minutes < 48 * 60:
        return str(gettext("%(count)s giờ", count=minutes // 60))
    return str(gettext("%(count)s ngày", count=minutes // (24 * 60)))


def say_size(size_bytes: int) -> str:
    """A size as an office computer shows it: 1,5 GB, 340 MB."""
    if size_bytes >= GIB:
        return f"{say_number(size_bytes / GIB)} GB"
    return f"{size_bytes // MIB} MB" if size_bytes >= MIB else f"{-(-size_bytes // 1024)} KB"
