"""What waits for whom, and for how long: the part of the list that is about the reader."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import timedelta

from flask_babel import gettext
from sqlalchemy.orm import Session

from bridge.intake import CANCELLED
from bridge.queries import WorkItem
from bridge.review import current_segments
from bridge.work_list import InReview, failed_work, in_review
from bridge.workflow import State
from transcribe.must_check import must_check_of
from web.access import may_retry
from web.progress import is_scheduled

# Looking for what must be checked in a text of two hours takes about a second. Texts that were not
# looked at since the server began are looked at a few at a time; until then they wait for editors.
_LOOKED_AT_ONCE = 20
_REMEMBERED_TEXTS = 1000
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_Roles = Mapping[str, Collection[str]]  # by unit id
_Asked = frozenset[tuple[str, int]]  # segment ids and versions that somebody has to confirm


class _KnownTexts:
    """What must be checked in the texts that were looked at, by announcement and version.

    A name that joins the glossary afterwards shows on the desk at once, and here when the text
    changes: the list only says where to look, approving asks again.
    """

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, int], _Asked] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, one: InReview) -> _Asked | None:
        with self._lock:
            return self._asked.get((one.id, one.version))

    def put(self, one: InReview, asked: _Asked) -> None:
        with self._lock:
            self._asked[one.id, one.version] = asked
            while len(self._asked) > _REMEMBERED_TEXTS:
                self._asked.popitem(last=False)


_known_texts = _KnownTexts()


def waiting_ids(session: Session, person_id: str, roles: _Roles) -> list[str]:
    """Ids of what waits for this person, by their roles in each unit.

    For who sends recordings, what failed; for editors, what is sent back, has open questions, or
    was never touched; for approvers, what has no open question and is not their own text.
    """
    senders = {unit for unit, held in roles.items() if {"operator", "admin"} & set(held)}
    failed = [item for item in retriable_work(session, senders) if item.failure_code != CANCELLED]
    looked = _Looked(session)
    asked = [
        one.id
        for one in in_review(session, [*roles])
        if _waits(one, person_id, roles[one.unit_id], looked)
    ]
    return [*(item.id for item in failed), *asked]


def retriable_work(session: Session, units: Collection[str]) -> list[WorkItem]:
    """What gave up or was stopped, and can be tried again."""
    return [item for item in failed_work(session, units) if may_retry(item)]


def is_waiting(work: WorkItem) -> bool:
    """Whether it stands still until a person, or the machine's turn, comes."""
    if work.state == State.APPROVED:
        return may_retry(work) and not is_scheduled(work)
    return work.state in (State.RECEIVED, State.QUEUED, State.IN_REVIEW, State.FAILED)


def say_waited(waited: timedelta) -> str:
    """How long something has waited, in its largest unit: "chờ 3 ngày"."""
    if waited < _MINUTE:
        return str(gettext("vừa mới đến"))
    if waited < _HOUR:
        return str(gettext("chờ %(count)s phút", count=waited // _MINUTE))
    if waited < _DAY:
        return str(gettext("chờ %(count)s giờ", count=waited // _HOUR))
    return str(gettext("chờ %(count)s ngày", count=waited // _DAY))


class _Looked:
    """Answers for one request whether a text has something that nobody has confirmed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left = _LOOKED_AT_ONCE

    def has_open_checks(self, one: InReview) -> bool:
        asked = _known_texts.get(one)
        if asked is None:
            if self._left <= 0:
                return True
            self._left -= 1
            asked = self._look(one)
        return not asked <= one.confirmed

    def _look(self, one: InReview) -> _Asked:
        segments = current_segments(self._session, one.id)
        ids = set(must_check_of(self._session, one.unit_id)(segments))
        asked = frozenset((row.id, row.version) for row in segments if row.id in ids)
        _known_texts.put(one, asked)
        return asked


def _waits(one: InReview, person_id: str, held: Collection[str], looked: _Looked) -> bool:
    edits = bool({"editor", "admin"} & set(held))
    approves = bool({"approver", "admin"} & set(held))
    if not edits and not approves:
        return False
    asks = one.undecided or one.returned or looked.has_open_checks(one)
    untouched = one.last_editor_id is None and not one.confirmed
    if edits and (asks or untouched):
        return True
    own_text = one.last_editor_id == person_id and not one.editor_may_approve
    return approves and not asks and not own_text
