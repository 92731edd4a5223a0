"""Finding in the text of an announcement, and replacing what the editor chose of it."""

from collections.abc import Sequence
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bridge.errors import InvalidInput
from bridge.finding import Place
from bridge.models import Announcement
from bridge.replacing import FoundIn, Hit, find_in_announcement, replace_in_announcement
from publish.dates import format_length
from web.access import require_visible
from web.context import current_services
from web.editor.area import area
from web.editor.suggestions import changes_answer
from web.security import current_person_id

# More are counted and not shown: nobody reads through so many, and the page stays quick.
MOST_SHOWN = 400
_CONTEXT_WORDS = 5


@area.get("/ban-tin/<announcement_id>/tim")
def find(announcement_id: str) -> ResponseReturnValue:
    """Every place of `chu` in the text, compared as `kieu` says, with the words around it."""
    query, mode = request.args.get("chu", ""), request.args.get("kieu", "")
    with current_services().db.reading() as session:
        require_visible(session, announcement_id, current_person_id())
        found = find_in_announcement(session, announcement_id, query, mode)
        begin_ms = session.get_one(Announcement, announcement_id).start_ms
    hits = [_shown(one, place, begin_ms) for one in found for place in one.places]
    return jsonify(count=len(hits), segments=len(found), hits=hits[:MOST_SHOWN])


@area.post("/ban-tin/<announcement_id>/thay")
def replace(announcement_id: str) -> ResponseReturnValue:
    """Write `replacement` in the `hits` that were chosen; the changed segments come back.

    Places whose text is another one by now, and segments that wait for a decision, are left alone,
    and the answer's notice says so.
    """
    body = request.get_json(silent=True)
    query, mode, replacement, hits = _read(body)
    with current_services().db.writing() as session:
        require_visible(session, announcement_id, current_person_id())
        done = replace_in_announcement(
            session,
            announcement_id=announcement_id,
            query=query,
            mode=mode,
            replacement=replacement,
            hits=hits,
            actor_id=current_person_id(),
        )
    said = gettext("Đã thay ở %(count)s đoạn.", count=len(done.saved))
    if done.overtaken:
        said += " " + gettext(
            "%(count)s chỗ vừa được sửa nên để nguyên, hãy tìm lại.", count=done.overtaken
        )
    if done.waiting:
        said += " " + gettext(
            "%(count)s đoạn đang chờ chọn giữ lại hay ẩn nên để nguyên, hãy chọn trước rồi thay.",
            count=done.waiting,
        )
    return changes_answer(announcement_id, done.saved, said)


def _shown(one: FoundIn, place: Place, begin_ms: int) -> dict[str, Any]:
    tokens: Sequence[str] = one.text.split()
    first = max(0, place.first - _CONTEXT_WORDS)
    end = place.end + _CONTEXT_WORDS
    return {
        "id": one.segment_id,
        "version": one.version,
        "first": place.first,
        "end": place.end,
        "clock": format_length(one.start_ms - begin_ms),
        "before": ("… " if first else "") + " ".join(tokens[first : place.first]),
        "found": " ".join(tokens[place.first : place.end]),
        "after": " ".join(tokens[place.end : end]) + (" …" if end < len(tokens) else ""),
        "hidden": one.hidden,
    }


def _read(body: Any) -> tuple[str, str, str, list[Hit]]:
    """The fields of a replacing. Raises InvalidInput for anything else."""
    try:
        query, mode, replacement = (body[name] for name in ("query", "mode", "replacement"))
        hits = [
            Hit(hit["id"], hit["version"], Place(hit["first"], hit["end"])) for hit in body["hits"]
        ]
    except (KeyError, TypeError) as error:
        raise InvalidInput() from error
    texts = [query, mode, replacement, *(hit.segment_id for hit in hits)]
    numbers = [number for hit in hits for number in (hit.version, hit.place.first, hit.place.end)]
    is_well = all(isinstance(text, str) for text in texts) and all(
        isinstance(number, int) and not isinstance(number, bool) for number in numbers
    )
    if not is_well or len(replacement) > 1000:
        raise InvalidInput()
    return query, mode, replacement, hits
