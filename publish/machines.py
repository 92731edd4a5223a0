"""What programs read of a unit: feeds with their archive, alerts, sitemaps. Which of these a change
touches, and what stands in them.

    <unit>/feed.xml .atom .json          the newest items
    <unit>/feed-2026-11-1.xml …          the archive, by month of first publication
    <unit>/alerts.atom alerts/<id>.cap   what is or was urgent
    <unit>/sitemap.xml sitemap-2026-11.xml

Publishing one item writes the newest documents, one page of the archive, one month's sitemap; a
page before it only when it begins a new one.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from bridge.archive import month_of
from bridge.feed_pages import (
    ArchivePage,
    archive_pages,
    ids_of_month,
    months,
    newest_items,
    once_urgent,
    revisions,
    standing_items,
    standing_since,
)
from bridge.publications import PublishedItem
from bridge.units import UnitInfo
from publish.alerts import (
    ALERT_FOLDER,
    ALERT_LIST,
    LISTED_ALERTS,
    Message,
    alert_name,
    build_alert,
    build_alert_list,
    newest_message,
)
from publish.atom import ATOM_ENDING, build_atom
from publish.feeds import FEED_ITEMS, SUBSCRIPTION, FeedPlace, archive_stem, build_feed
from publish.files import remove_whole, write_whole
from publish.json_feed import JSON_ENDING, build_json_feed
from publish.site import Site
from publish.sitemaps import (
    LARGEST,
    SITEMAP_NAME,
    build_sitemap,
    build_sitemap_index,
    sitemap_name,
    sitemap_parts,
)

Document = tuple[str, bytes]  # a name below the unit's folder, and what stands there
_STRAYS = ("feed-*.xml", "feed-*.atom", "feed-*.json", "sitemap-*.xml", f"{ALERT_FOLDER}/*.cap")


def write_changed(session: Session, site: Site, unit: UnitInfo, announcement_id: str) -> None:
    """Write what a change of one announcement touches, as the open transaction sees it."""
    history = revisions(session, announcement_id)
    known = months(session, unit)
    if history:
        month = month_of(history[0].published_at, unit.time_zone)
        is_new = len(history) == 1
        for page in _changed_pages(session, unit, known, month, announcement_id, is_new):
            write_documents(site, unit, page_documents(session, site, unit, page, known))
        write_documents(site, unit, sitemap_documents(session, site, unit, month))
        write_documents(site, unit, alert_documents(session, site, unit, announcement_id))
    write_documents(site, unit, newest_documents(session, site, unit, known))


def write_documents(site: Site, unit: UnitInfo, documents: Iterator[Document]) -> None:
    """Put each of them in its place."""
    folder = site.root / unit.slug
    for name, content in documents:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def newest_documents(
    session: Session, site: Site, unit: UnitInfo, known: Mapping[str, int] | None = None
) -> Iterator[Document]:
    """Those that have one place for ever: what is subscribed to, and the lists of the others.

    `known`: the unit's `months`, by whoever has them already.
    """
    known = months(session, unit) if known is None else known
    newest = _last_page(session, unit, list(known)[-1]) if known else None
    place = FeedPlace(older=archive_stem(newest.name)) if newest else SUBSCRIPTION
    urgent = once_urgent(session, unit.id, LISTED_ALERTS)
    standing = {item.id: item for item in standing_items(session, urgent)}
    messages = [
        (message, standing.get(one))
        for one in urgent
        if (message := newest_message(one, revisions(session, one))) is not None
    ]
    items = newest_items(session, unit.id, FEED_ITEMS)
    yield from subscription_documents(site, unit, items, place, messages)
    home = site.pages.home_address(unit)
    names = [
        sitemap_name(month, part + 1)
        for month, count in known.items()
        for part in range(sitemap_parts(count))
    ]
    yield SITEMAP_NAME, build_sitemap_index(home + name for name in names)


def subscription_documents(
    site: Site,
    unit: UnitInfo,
    items: Sequence[PublishedItem],
    place: FeedPlace = SUBSCRIPTION,
    messages: Sequence[tuple[Message, PublishedItem | None]] = (),
) -> Iterator[Document]:
    """The feeds in their three forms, and the list of alerts."""
    yield from _feeds(site, unit, items, place)
    yield ALERT_LIST, build_alert_list(unit, messages, unit.base(site.pages.base_url), site.hub)


def page_documents(
    session: Session,
    site: Site,
    unit: UnitInfo,
    page: ArchivePage,
    known: Mapping[str, int] | None = None,
) -> Iterator[Document]:
    """One page of the archive in its three forms; what was first published last comes first.

    `known`: the unit's `months`, by whoever has them already.
    """
    pages = archive_pages(session, unit, page.month)
    order = list(months(session, unit) if known is None else known)
    before, after = _page_before(session, unit, order, page), _page_after(pages, order, page)
    place = FeedPlace(
        archive_stem(page.name),
        older=archive_stem(before.name) if before else None,
        newer=archive_stem(after.name) if after else None,
    )
    yield from _feeds(site, unit, standing_items(session, pages[page][::-1]), place)


def sitemap_documents(
    session: Session, site: Site, unit: UnitInfo, month: str
) -> Iterator[Document]:
    """The sitemap of what was first published in a month, in several files where it must be."""
    home = site.pages.home_address(unit)
    ids = ids_of_month(session, unit, month)
    for part in range(sitemap_parts(len(ids))):
        some = standing_since(session, ids[part * LARGEST : (part + 1) * LARGEST])
        addresses = [(f"{home}{one}/", changed_at) for one, changed_at in some]
        yield sitemap_name(month, part + 1), build_sitemap(addresses)


def alert_documents(
    session: Session, site: Site, unit: UnitInfo, announcement_id: str
) -> Iterator[Document]:
    """The newest CAP message about an announcement, where there ever was one."""
    message = newest_message(announcement_id, revisions(session, announcement_id))
    if message is not None:
        item = next(iter(standing_items(session, [announcement_id])), None)
        content = build_alert(unit, message, item, unit.base(site.pages.base_url))
        yield f"{ALERT_FOLDER}/{alert_name(announcement_id)}", content


def unit_documents(session: Session, site: Site, unit: UnitInfo) -> Iterator[Document]:
    """Everything that should stand there, to be compared with what does."""
    yield from newest_documents(session, site, unit)
    for page in unit_pages(session, unit):
        yield from page_documents(session, site, unit, page)
    for month in months(session, unit):
        yield from sitemap_documents(session, site, unit, month)
    for one in once_urgent(session, unit.id, None):
        yield from alert_documents(session, site, unit, one)


def unit_pages(session: Session, unit: UnitInfo) -> list[ArchivePage]:
    """Every page of a unit's archive, the oldest first."""
    return [page for month in months(session, unit) for page in archive_pages(session, unit, month)]


def names_of_unit(session: Session, unit: UnitInfo) -> set[str]:
    """The names of everything that is written by month or by announcement."""
    names = {
        archive_stem(page.name) + ending
        for page in unit_pages(session, unit)
        for ending in (".xml", ATOM_ENDING, JSON_ENDING)
    }
    for month, count in months(session, unit).items():
        names |= {sitemap_name(month, part + 1) for part in range(sitemap_parts(count))}
    alerts = once_urgent(session, unit.id, None)
    return names | {f"{ALERT_FOLDER}/{alert_name(one)}" for one in alerts}


def remove_strays(site: Site, unit: UnitInfo, needed: set[str]) -> None:
    """Take away pages, sitemaps and alerts of former days that are not among the needed names."""
    folder = site.root / unit.slug
    for pattern in _STRAYS:
        for path in sorted(folder.glob(pattern)):
            if path.relative_to(folder).as_posix() not in needed:
                remove_whole(path)


def _feeds(
    site: Site, unit: UnitInfo, items: Sequence[PublishedItem], place: FeedPlace
) -> Iterator[Document]:
    base_url = unit.base(site.pages.base_url)
    yield f"{place.stem}.xml", build_feed(unit, items, base_url, place, site.hub)
    yield place.stem + ATOM_ENDING, build_atom(unit, items, base_url, place, site.hub)
    yield place.stem + JSON_ENDING, build_json_feed(unit, items, base_url, place, site.hub)


def _changed_pages(
    session: Session,
    unit: UnitInfo,
    known: Mapping[str, int],
    month: str,
    announcement_id: str,
    is_new: bool,
) -> list[ArchivePage]:
    """The item's page; where it is new and begins it, also the one that now has a next page."""
    pages = archive_pages(session, unit, month)
    order = list(pages)
    index = next(place for place, page in enumerate(order) if announcement_id in pages[page])
    if not is_new:
        return [order[index]]
    changed = order[index:]  # more than one only where the clock was set back meanwhile
    if pages[order[index]][0] == announcement_id:
        before = _page_before(session, unit, list(known), order[index])
        changed += [before] if before else []
    return changed


def _page_before(
    session: Session, unit: UnitInfo, known: Sequence[str], page: ArchivePage
) -> ArchivePage | None:
    if page.number > 1:
        return ArchivePage(page.month, page.number - 1)
    place = known.index(page.month)
    return _last_page(session, unit, known[place - 1]) if place else None


def _page_after(
    pages: dict[ArchivePage, list[str]], known: Sequence[str], page: ArchivePage
) -> ArchivePage | None:
    following = ArchivePage(page.month, page.number + 1)
    if following in pages:
        return following
    later = known[known.index(page.month) + 1 :]
    return ArchivePage(later[0], 1) if later else None


def _last_page(session: Session, unit: UnitInfo, month: str) -> ArchivePage:
    return max(archive_pages(session, unit, month))
