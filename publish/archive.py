"""The archive of a portal: its lists by month, category and area, and the page that names them all.

    thang/index.html                     every month, category and area, with how many there are
    thang/2026-11/index.html             a month
    muc/y-te/index.html                  a category: its newest, and its months
    muc/y-te/2026-11/index.html          a month of a category; khu/thon-mau/ the same for areas
    …/2026-11/trang-1/index.html         the oldest of a long month, and so on

Pages of a long month are counted from the oldest, so what is published today alters no page of
former ones. The newest page holds what is left over, and one page more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session

from bridge.archive import AREA, CATEGORY, MONTH
from bridge.portal_lists import (
    ListedItem,
    ShelfInfo,
    Touched,
    browse,
    count_before,
    listed_on,
    shelf_months,
)
from publish import dates

FOLDERS = {MONTH: "thang", CATEGORY: "muc", AREA: "khu"}
OVERVIEW = FOLDERS[MONTH]
# Lines of a page that is full. The newest page has less than twice as many: some 25 kB compressed.
PAGE_LINES = 120
NEWEST_LINES = 60  # of a category or an area, above its months


# Pages that are written together: a month under a heading, or its newest page.
Part = tuple[ShelfInfo, str | None]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of the archive. `place`: its folder from the unit's, without slashes at its ends.

    `older`, `newer`: where the neighbouring pages of the same month lie, seen from this page.
    """

    place: str
    shelf: ShelfInfo
    month: str | None
    lines: tuple[ListedItem, ...]
    months: tuple[tuple[str, int], ...] = ()
    older: str | None = None
    newer: str | None = None

    @property
    def root(self) -> str:
        """The way from the page to the unit's folder."""
        return "../" * (self.place.count("/") + 1)

    def days(self, time_zone: str) -> list[tuple[str, list[ListedItem]]]:
        """The lines under their days, newest first."""
        named = groupby(self.lines, lambda one: dates.format_day(one.broadcast_at, time_zone))
        return [(day, list(lines)) for day, lines in named]


def shelf_place(shelf: ShelfInfo) -> str:
    """The folder of a heading, from the unit's."""
    return f"{FOLDERS[shelf.kind]}/{shelf.slug}"


def month_place(shelf: ShelfInfo, month: str) -> str:
    """The folder of a month under a heading; a month's own heading is that month."""
    return shelf_place(shelf) if shelf.kind == MONTH else f"{shelf_place(shelf)}/{month}"


def month_words(month: str) -> str:
    """ "2026-11" as people say it: "tháng 11/2026"."""
    year, number = month.split("-")
    return f"tháng {int(number)}/{year}"


def full_pages(count: int) -> int:
    """How many pages of a month are full and closed, of so many lines."""
    return max(0, count // PAGE_LINES - 1)


def touched_pages(session: Session, touched: Touched) -> Iterator[ListPage]:
    """The pages of a list that may differ after a change, each as the database has it now.

    One without lines is to be taken away.
    """
    counts = dict(shelf_months(session, touched.shelf.id))
    position = count_before(session, touched.shelf.id, touched.month, touched.since)
    # The page before it too, and the last one but one: they may have another neighbour now.
    closed = full_pages(counts.get(touched.month, 0))
    first = max(1, min(position // PAGE_LINES, closed - 1))
    yield from month_pages(session, touched.shelf, touched.month, counts, first)
    if touched.shelf.kind != MONTH:
        yield newest_page(session, touched.shelf, list(counts.items()))


def month_pages(
    session: Session, shelf: ShelfInfo, month: str, counts: dict[str, int], first: int = 1
) -> Iterator[ListPage]:
    """The pages of one month, the closed ones from number `first` on, then the newest."""
    count = counts.get(month, 0)
    closed = full_pages(count)
    place = month_place(shelf, month)
    for number in range(first, closed + 1):
        skip = (number - 1) * PAGE_LINES
        lines = listed_on(session, shelf.id, month=month, skip=skip, limit=PAGE_LINES)
        older = f"../{page_name(number - 1)}/" if number > 1 else None
        newer = f"../{page_name(number + 1)}/" if number < closed else "../"
        yield ListPage(
            f"{place}/{page_name(number)}", shelf, month, tuple(lines), older=older, newer=newer
        )
    skip = closed * PAGE_LINES
    lines = listed_on(session, shelf.id, month=month, skip=skip, limit=2 * PAGE_LINES)
    older = f"{page_name(closed)}/" if closed else None
    yield ListPage(place, shelf, month, tuple(lines), older=older)


def every_part(session: Session, unit_id: str) -> list[Part]:
    """What the archive of a unit is made of, but its overview."""
    shown = browse(session, unit_id)
    parts: list[Part] = []
    for shelf in (*shown.months, *shown.categories, *shown.areas):
        parts += [(shelf, month) for month, _number in shelf_months(session, shelf.id)]
        if shelf.kind != MONTH:
            parts.append((shelf, None))
    return parts


def part_pages(session: Session, part: Part) -> Iterator[ListPage]:
    """The pages of a part as the database has them now; one without lines is to be taken away."""
    shelf, month = part
    months = shelf_months(session, shelf.id)
    if month is None:
        yield newest_page(session, shelf, months)
    else:
        yield from month_pages(session, shelf, month, dict(months))


def every_page(session: Session, unit_id: str) -> Iterator[ListPage]:
    """The whole archive of a unit but its overview."""
    for part in every_part(session, unit_id):
        yield from part_pages(session, part)


def every_place(session: Session, unit_id: str) -> set[str]:
    """The folders of `every_page`, without reading what stands there."""
    shown = browse(session, unit_id)
    places: set[str] = set()
    for shelf in (*shown.months, *shown.categories, *shown.areas):
        places.add(shelf_place(shelf))
        for month, count in shelf_months(session, shelf.id):
            places |= {month_place(shelf, month), *closed_places(shelf, month, count)}
    return places


def newest_page(session: Session, shelf: ShelfInfo, months: Sequence[tuple[str, int]]) -> ListPage:
    """A category's or an area's first page."""
    lines = listed_on(session, shelf.id, limit=NEWEST_LINES)
    return ListPage(shelf_place(shelf), shelf, None, tuple(lines), tuple(months))


def closed_places(shelf: ShelfInfo, month: str, count: int) -> set[str]:
    """The folders of a month's closed pages where so many stand in it."""
    place = month_place(shelf, month)
    return {f"{place}/{page_name(number)}" for number in range(1, full_pages(count) + 1)}


def page_name(number: int) -> str:
    """The folder of a closed page in its month's."""
    return f"trang-{number}"


def by_year(months: Sequence[ShelfInfo]) -> list[tuple[str, list[ShelfInfo]]]:
    """Months under their years, in the order given."""
    return [(year, list(some)) for year, some in groupby(months, lambda one: one.slug[:4])]
