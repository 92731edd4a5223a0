"""Making published sound again that was lost from the portal's folder."""

from bridge.db import Database
from bridge.errors import NotFound
from bridge.media import WORKING_COPY, MediaStore
from bridge.models import Announcement, Recording
from bridge.publications import published_item
from bridge.publishing import lock_portal, published_sound, record_remade_sound
from publish.audio import make_published_audio
from publish.jobs import write_pages
from publish.site import Site


def remake_sound(
    db: Database,
    media: MediaStore,
    site: Site,
    announcement_id: str,
) -> bool:
    """Encode the sound of an announcement's standing revision again, and write its pages.

    The encoder makes the same bytes from the same working copy. Where a newer version of it does
    not, size and hash on the publication follow. False, and nothing left behind, where the
    revision was replaced or withdrawn meanwhile. Done twice it changes nothing. Raises NotFound
    `publication_unknown`, TaskFailed `media_missing` / `media_unreadable`, OSError.
    """
    with db.reading() as session:
        item = published_item(session, announcement_id)
        if item is None:
            raise NotFound("publication_unknown", id=announcement_id)
        announcement = session.get_one(Announcement, announcement_id)
        cut_list = published_sound(session, announcement_id)
        sha256 = session.get_one(Recording, announcement.recording_id).sha256
    audio = make_published_audio(
        media.copies_folder(sha256) / WORKING_COPY,
        site.item_folder(item.unit.slug, item.id),
        cut_list=cut_list,
        digest=item.digest,
        title=item.title,
    )
    with db.writing() as session:
        lock_portal(session, item.unit.id)
        stands = record_remade_sound(session, announcement_id, item.digest, audio)
        if stands:
            write_pages(session, site, announcement_id)
        elif (newer := published_item(session, announcement_id)) is not None:
            site.tidy_item(newer)
    return stands
