"""What the address of the list asks for: a group, and filters that count together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.errors import InvalidInput
from bridge.units import UnitInfo
from bridge.work_list import WorkFilter
from bridge.workflow import State
from web.fields import read_moment
from web.labels import mark

MINE, RETRY = "cho-toi", "vuong"
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Group:
    """Announcements that wait for the same thing. `key` stands in the address as `nhom`.

    `states` None: what is in it is found otherwise. `shown`: how many stand on the page of all
    groups. `empty` and `next_step`: what an empty one says.
    """

    key: str
    title: str
    states: frozenset[State] | None
    shown: int
    empty: str
    next_step: str


# In the order of what a person must do something about. What is done is cut short, so that it
# never pushes what waits off the page of all groups; each group by itself is paged.
GROUPS = (
    Group(
        MINE,
        mark("Chờ bạn"),
        None,
        50,
        mark("Không có bản tin nào đang chờ bạn"),
        mark("Khi có bản tin đến lượt bạn, trang này tự báo. Không cần tải lại trang."),
    ),
    Group(
        "cho-duyet",
        mark("Chờ nghe, sửa và duyệt"),
        frozenset({State.IN_REVIEW}),
        50,
        mark("Không có bản tin nào chờ nghe, sửa và duyệt"),
        mark("Bản ghi vừa gửi hiện ở mục “Máy đang chép”, chép xong thì sang mục này."),
    ),
    Group(
        RETRY,
        mark("Cần thử lại"),
        None,
        50,
        mark("Không có bản tin nào phải thử lại"),
        mark("Bản ghi nào máy chưa chép được, hay bản tin nào chưa đăng được, sẽ nằm ở đây."),
    ),
    Group(
        "dang-chep",
        mark("Máy đang chép"),
        frozenset({State.RECEIVED, State.QUEUED, State.TRANSCRIBING}),
        50,
        mark("Máy không chép bản ghi nào"),
        mark("Gửi một bản ghi, hoặc xem những bản đã chép xong ở mục “Chờ nghe, sửa và duyệt”."),
    ),
    Group(
        "da-dang",
        mark("Đã duyệt và đăng"),
        frozenset({State.APPROVED, State.PUBLISHED}),
        20,
        mark("Chưa có bản tin nào được duyệt"),
        mark("Người duyệt mở một bản tin ở mục “Chờ nghe, sửa và duyệt” rồi bấm “Duyệt và đăng”."),
    ),
    Group(
        "da-go",
        mark("Đã gỡ"),
        frozenset({State.WITHDRAWN}),
        5,
        mark("Chưa có bản tin nào bị gỡ"),
        mark("Bản tin đã gỡ khỏi trang tin vẫn nằm ở đây và mở lại được."),
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, as the fields of the form show it again."""

    group: Group | None = None
    category: str = ""
    urgent: bool = False
    mine: bool = False
    unit: UnitInfo | None = None
    since: str = ""
    until: str = ""
    words: str = ""
    page: int = 1

    @property
    def more(self) -> bool:
        """Whether something counts that is not in sight unless it is opened."""
        return bool(
            self.category or self.urgent or self.mine or self.unit or self.since or self.until
        )

    @property
    def any(self) -> bool:
        """Whether anything narrows the list at all."""
        return bool(self.group or self.words or self.more)

    def address(self, **changes: Any) -> dict[str, str]:
        """The parts of an address that ask for the same, but for the changes; "" drops one."""
        parts = {
            "nhom": self.group.key if self.group else "",
            "tim": self.words,
            "loai": self.category,
            "don-vi": self.unit.slug if self.unit else "",
            "tu": self.since,
            "den": self.until,
            "khan": "1" if self.urgent else "",
            "toi": "1" if self.mine else "",
            **changes,
        }
        return {name: str(value) for name, value in parts.items() if value}


def read_asked(args: Mapping[str, str], units: Sequence[UnitInfo]) -> Asked:
    """What an address asks for. Whatever is not known in it is passed over."""
    page = args.get("trang", "")
    return Asked(
        group=next((one for one in GROUPS if one.key == args.get("nhom")), None),
        category=args.get("loai", ""),
        urgent=bool(args.get("khan")),
        mine=bool(args.get("toi")),
        unit=next((one for one in units if one.slug == args.get("don-vi")), None),
        since=" ".join(args.get("tu", "").split()),
        until=" ".join(args.get("den", "").split()),
        words=" ".join(args.get("tim", "").split())[:_LONGEST_WORDS],
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def filter_of(asked: Asked, units: Sequence[UnitInfo], person_id: str) -> WorkFilter:
    """The filter of bridge, but for its group. Raises InvalidInput `day_invalid` (`value`).

    Days are those of the chosen unit's clock, else of the first unit's.
    """
    zone = (asked.unit or units[0]).time_zone if units else "UTC"
    until = _day(asked.until, zone)
    return WorkFilter(
        unit_ids=frozenset(one.id for one in ([asked.unit] if asked.unit else units)),
        category=asked.category,
        urgent=asked.urgent,
        person_id=person_id if asked.mine else None,
        since=_day(asked.since, zone),
        until=until + timedelta(days=1) if until else None,
        words=asked.words,
    )


def _day(text: str, time_zone: str) -> datetime | None:
    if not text:
        return None
    if len(text) > 20:
        raise InvalidInput("day_invalid", value=text[:20])
    return read_moment(f"{text} 00:00", time_zone, code="day_invalid")
