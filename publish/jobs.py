"""The publishing tasks: what runs in the background when a text was approved or withdrawn."""

from sqlalchemy.orm import Session

from bridge.errors import TaskFailed
from bridge.failpoints import reach
from bridge.media import WORKING_COPY
from bridge.models import Announcement, Unit
from bridge.previews import sound_stem
from bridge.publications import PublishedItem, published_item
from bridge.publishing import (
    Draft,
    lock_portal,
    plan_end_of_heading,
    prepare_publication,
    record_publication,
    record_unpublication,
)
from bridge.tasks import TaskContext, TaskRun, finish_task, hold, report_progress
from bridge.units import UnitInfo, list_units
from publish.audio import make_published_audio
from publish.machines import write_changed
from publish.portal import write_home, write_item, write_pages_that_name, write_touched_lists
from publish.search_files import write_search
from publish.site import Site, open_site
from publish.websub import plan_ping


def publish_announcement(context: TaskContext, run: TaskRun) -> None:
    """Put an approved announcement on the portal.

    The sound comes first, outside any transaction, under names that no page links to yet: the one
    that was prepared, or it is encoded now.
    One last transaction then makes sure that the approval still stands for this very text,
    records the publication and swaps the pages; only after its commit do files of the former
    revision go away.

    Run twice: the second run finds the task done and does nothing (LeaseLost). Killed before the
    last transaction: the next run begins again and replaces the sound with the same bytes. Killed
    between the pages and the commit: the approved page stands, and the next run writes it again.
    Failed: the pages that the database knows are put back first.
    Raises TaskFailed `media_missing`, `media_unreadable`, `approval_void`; LeaseLost; OSError,
    as when the disk is full.
    """
    site = open_site(context.settings)
    try:
        draft, unit_slug = _draft(context, run)
        audio = make_published_audio(
            context.media.derived(draft.sha256, WORKING_COPY),
            site.item_folder(unit_slug, draft.announcement_id),
            cut_list=draft.cut_list,
            digest=draft.digest,
            title=draft.content["title"],
            prepared=context.media.derived(draft.sha256, sound_stem(draft.cut_list)),
            on_progress=lambda done, total: report_progress(context.db, run, done, total),
        )
        reach("publish.encoded")
        with context.db.writing() as session:
            hold(session, run)
            lock_portal(session, draft.unit_id)
            record_publication(session, run, draft, audio)
            item = write_pages(session, site, draft.announcement_id)
            plan_ping(session, context.settings, draft.announcement_id)
            reach("publish.written")
        reach("publish.recorded")
    except (TaskFailed, OSError):
        _restore(context, run, site)
        raise
    site.tidy_item(item)


def unpublish_announcement(context: TaskContext, run: TaskRun) -> None:
    """Bring an announcement's place on the portal back to what the database knows.

    Withdrawn: a notice in its place, its sound removed. Standing, but told of otherwise: its page
    and all that tells of it are written again. Never published, but a publishing that
    died had put a page there: nothing is left. Run twice, or killed anywhere: the next run does
    the same again, and nothing of it hurts. Published anew in the meantime: the page that the
    database knows is written, not the notice. Raises LeaseLost.
    """
    site = open_site(context.settings)
    with context.db.writing() as session:
        hold(session, run)
        if run.announcement_id is not None:
            _match_database(session, site, run.announcement_id)
            plan_ping(session, context.settings, run.announcement_id)
            reach("publish.removed")
        record_unpublication(session, run)


def refresh_home(context: TaskContext, run: TaskRun) -> None:
    """Write a unit's home page again: an urgent item on it has come to the end of its validity.

    Run twice: the same page again. Killed: the next run writes it. Published anew meanwhile with
    a later end: done once more then. Raises LeaseLost, OSError.
    """
    site = open_site(context.settings)
    with context.db.writing() as session:
        hold(session, run)
        announcement = session.get_one(Announcement, run.announcement_id)
        lock_portal(session, announcement.unit_id)
        unit = next(one for one in list_units(session) if one.id == announcement.unit_id)
        write_home(session, site, unit)
        finish_task(session, run)
        plan_end_of_heading(session, announcement.id)


def refresh_item(context: TaskContext, run: TaskRun) -> None:
    """Write an item's page again: what stands below its text has changed, the item has not.

    Run twice, or killed anywhere: the same page again. Withdrawn meanwhile: the notice stays.
    Raises LeaseLost, OSError.
    """
    site = open_site(context.settings)
    with context.db.writing() as session:
        hold(session, run)
        announcement = session.get_one(Announcement, run.announcement_id, with_for_update=True)
        lock_portal(session, announcement.unit_id)
        item = published_item(session, announcement.id)
        if item is not None:
            write_item(session, site, item)
        finish_task(session, run)


def _draft(context: TaskContext, run: TaskRun) -> tuple[Draft, str]:
    with context.db.writing() as session:
        draft = prepare_publication(session, run)
        return draft, session.get_one(Unit, draft.unit_id).slug


def write_pages(session: Session, site: Site, announcement_id: str) -> PublishedItem:
    """Write what a change of one announcement touches, as the open transaction sees it."""
    item = published_item(session, announcement_id)
    if item is None:
        raise TaskFailed("publication_unknown", id=announcement_id)
    # Two announcements of a unit may be published at once on PostgreSQL. Whoever holds the unit's
    # row sees the other's publication, so the home page written last has both.
    lock_portal(session, item.unit.id)
    if missing := site.missing_audio(item):
        # A tidying of the folder came between the encoding and this: encode again.
        raise FileNotFoundError(", ".join(missing))
    write_item(session, site, item)
    reach("publish.page")
    _write_what_names(session, site, item.unit, announcement_id)
    site.write_root(list_units(session))
    return item


def _restore(context: TaskContext, run: TaskRun, site: Site) -> None:
    """After a failure: bring the announcement's pages back to what the database knows."""
    with context.db.writing() as session:
        hold(session, run)
        _match_database(session, site, run.announcement_id or "")


def _match_database(session: Session, site: Site, announcement_id: str) -> None:
    announcement = session.get(Announcement, announcement_id)
    if announcement is None:
        return
    lock_portal(session, announcement.unit_id)
    unit = next(one for one in list_units(session) if one.id == announcement.unit_id)
    item = published_item(session, announcement_id)
    if item is None:
        site.remove_item(unit.slug, announcement_id)
    else:
        write_item(session, site, item)
        site.tidy_item(item)
    _write_what_names(session, site, unit, announcement_id)
    site.write_root(list_units(session))


def _write_what_names(session: Session, site: Site, unit: UnitInfo, announcement_id: str) -> None:
    """Every page that leads, or led, to what went out or was taken down; home the last."""
    write_pages_that_name(session, site, unit.id, announcement_id)
    write_touched_lists(session, site, unit, announcement_id)
    write_changed(session, site, unit, announcement_id)
    write_search(session, site, unit, announcement_id)
    write_home(session, site, unit)
