"""What a unit says of itself on its portal: name, colour, contact, who answers for it, emblem."""

import hashlib
import re
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import require_role
from bridge.audit import write_entry
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models import Task, Unit, UnitEmblem
from bridge.tasks import add_task
from bridge.vietnamese import to_nfc

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
REWRITE = "refresh_unit"  # the task that writes all pages of a unit again
# A name, with a port where it must be; no path, for all portals lie side by side in one folder.
_PORTAL_URL = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,180}[a-z0-9])?(?::\d{1,5})?")
_LENGTHS = {"name": 200, "authority": 200, "responsible": 200, "contact": 2000}


@dataclass(frozen=True, slots=True)
class UnitWords:
    """What is to be changed; None leaves it as it is. `accent` "" is the default colour,
    `portal_url` "" the installation's own address.
    """

    name: str | None = None
    authority: str | None = None
    responsible: str | None = None
    contact: str | None = None
    accent: str | None = None
    portal_url: str | None = None


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The task that writes a unit's pages again; `done` of `total` announcements are written."""

    task_id: str
    state: str
    done: int
    total: int


def change_unit(
    session: Session, *, slug: str, words: UnitWords, actor_id: str | None = None
) -> list[str]:
    """Change what a unit says of itself; the names of what is other now. Done twice: none.

    A task writes the pages again that stand already. Raises InvalidInput `name_missing`,
    `unit_text_too_long` (`limit`), `accent_invalid`, `portal_url_invalid`; Conflict
    `portal_url_taken`; NotFound, Forbidden.
    """
    unit = _locked(session, slug, actor_id)
    changed = []
    for item in fields(words):
        given = getattr(words, item.name)
        if given is None:
            continue
        value = _checked(item.name, to_nfc(given).strip())
        if item.name == "portal_url" and value:
            _require_free(session, unit, value)
        if (getattr(unit, item.name) or "") != value:
            setattr(unit, item.name, value or (None if item.name == "accent" else ""))
            changed.append(item.name)
    if changed:
        _note(session, unit, actor_id, changed)
    return changed


def set_emblem(
    session: Session, *, slug: str, png: bytes | None, actor_id: str | None = None
) -> bool:
    """Give a unit its emblem, a PNG that was made safe, or none; False where it had that one.

    A task writes the pages again that stand already. Raises NotFound, Forbidden.
    """
    unit = _locked(session, slug, actor_id)
    name = f"emblem-{hashlib.sha256(png).hexdigest()[:10]}.png" if png else ""
    if unit.emblem == name:
        return False
    unit.emblem = name
    standing = session.get(UnitEmblem, unit.id)
    if png is None:
        if standing is not None:
            session.delete(standing)
    elif standing is None:
        session.add(UnitEmblem(unit_id=unit.id, content=png))
    else:
        standing.content = png
    _note(session, unit, actor_id, ["emblem"])
    return True


def allow_own_approval(
    session: Session, *, slug: str, allowed: bool, actor_id: str | None = None
) -> bool:
    """Let the person who touched a text last approve it, or not; False where it was so already.

    What is approved by then stays approved. Raises NotFound, Forbidden.
    """
    unit = _locked(session, slug, actor_id)
    if unit.editor_may_approve == allowed:
        return False
    unit.editor_may_approve = allowed
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action="allow_own_approval" if allowed else "forbid_own_approval",
        subject_type="unit",
        subject_id=unit.id,
        unit_id=unit.id,
    )
    return True


def unit_emblem(session: Session, unit_id: str) -> bytes | None:
    """A unit's emblem as PNG."""
    return session.scalar(select(UnitEmblem.content).where(UnitEmblem.unit_id == unit_id))


def rewrite_pages(session: Session, *, slug: str, actor_id: str | None = None) -> str:
    """Have all pages of a unit written again; the task's id. Done twice: the same task.

    Raises NotFound, Forbidden.
    """
    unit = _locked(session, slug, actor_id)
    return add_task(session, kind=REWRITE, unit_id=unit.id)


def rewriting(session: Session, unit_id: str) -> Rewriting | None:
    """How far the last writing anew of a unit's pages is; None where there never was one."""
    task = session.scalar(
        select(Task)
        .where(Task.kind == REWRITE, Task.unit_id == unit_id)
        .order_by(Task.created_at.desc(), Task.id)
        .limit(1)
    )
    if task is None:
        return None
    return Rewriting(task.id, task.state, task.progress_done, task.progress_total)


def _checked(name: str, value: str) -> str:
    if name == "accent":
        if value and not _COLOUR.fullmatch(value):
            raise InvalidInput("accent_invalid", value=value)
        return value.lower()
    if name == "portal_url":
        value = value.rstrip("/").lower()
        if value and not _PORTAL_URL.fullmatch(value):
            raise InvalidInput("portal_url_invalid", value=value)
        return value
    if name in ("name", "authority") and not value:
        raise InvalidInput("name_missing")
    if len(value) > _LENGTHS[name]:
        raise InvalidInput("unit_text_too_long", limit=_LENGTHS[name])
    return value


def _require_free(session: Session, unit: Unit, portal_url: str) -> None:
    """One name leads to one portal."""
    other = select(Unit.slug).where(Unit.portal_url == portal_url, Unit.id != unit.id)
    if (slug := session.scalar(other)) is not None:
        raise Conflict("portal_url_taken", slug=slug)


def _locked(session: Session, slug: str, actor_id: str | None) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.slug == slug).with_for_update(key_share=True))
    if unit is None:
        raise NotFound("unit_unknown", slug=slug)
    require_role(session, actor_id, unit.id, "admin")
    return unit


def _note(session: Session, unit: Unit, actor_id: str | None, changed: list[str]) -> None:
    session.flush()
    write_entry(
        session,
        actor_id=actor_id,
        action="change_unit",
        subject_type="unit",
        subject_id=unit.id,
        unit_id=unit.id,
        changed=changed,
    )
    add_task(session, kind=REWRITE, unit_id=unit.id)


def unit_of_host(session: Session, host: str) -> str | None:
    """The slug of the unit whose portal has this host for its own, port included where there is."""
    addresses = (f"https://{host.lower()}", f"http://{host.lower()}")
    return session.scalar(select(Unit.slug).where(Unit.portal_url.in_(addresses)))
