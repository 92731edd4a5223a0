"""Who may ask for what: one table of all endpoints, looked at before any of them runs.

An application with an endpoint that has no line here does not start. The use cases in `bridge`
look again by themselves; this table is what a reviewer reads, and what keeps a form of somebody who
may not send it from being read at all. What is another unit's is answered like what does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, request
from sqlalchemy import select

from bridge.accounts import SUPERVISOR, roles_by_unit
from bridge.errors import Forbidden, NotFound
from bridge.models import ROLES, Announcement, Unit
from web.access import ANYONE, APPROVERS, EDITORS, READERS, SENDERS
from web.context import current_services
from web.security import current_person_id

ADMINS = frozenset({"admin"})
OVERSEERS = ADMINS | {SUPERVISOR}
NOBODY: frozenset[str] = frozenset()

OPEN, PERSON, SOMEWHERE, UNIT, ANNOUNCEMENT = (
    *("open", "person", "somewhere"),
    *("unit", "announcement"),
)


@dataclass(frozen=True, slots=True)
class Permit:
    """Who gets as far as the view.

    `of` is OPEN for everybody, PERSON for whoever is signed in; else whoever has one of the roles
    SOMEWHERE, in the UNIT that the address names by `slug`, or in that of its ANNOUNCEMENT.
    """

    of: str
    roles: frozenset[str] = NOBODY


def _endpoints(area: str, names: str, permit: Permit) -> dict[str, Permit]:
    return {f"{area}.{name}": permit for name in names.split()}


PERMITS: Mapping[str, Permit] = {
    # The portal, what it answers, and machines
    **_endpoints("public", "front page security_text", Permit(OPEN)),
    **_endpoints("search", "search unslashed", Permit(OPEN)),
    **_endpoints("feedback", "form look_up send", Permit(OPEN)),
    **_endpoints("open_api", "announcements guide openapi search transcript units", Permit(OPEN)),
    **_endpoints("oembed", "oembed", Permit(OPEN)),
    **_endpoints("counting", "count", Permit(OPEN)),
    **_endpoints("health", "live metrics ready", Permit(OPEN)),  # metrics asks for a token itself
    **_endpoints("intake", "send follow", Permit(OPEN)),  # asks for a token itself
    **_endpoints("assets", "own portal", Permit(OPEN)),
    **_endpoints("language", "switch_language", Permit(OPEN)),
    # Signing in, one's own account
    **_endpoints(
        "security",
        "login logout two_factor_setup two_factor_token_validation mf_recovery",
        Permit(OPEN),
    ),
    **_endpoints("security", "mf_recovery_codes two_factor_setup_validate verify", Permit(PERSON)),
    **_endpoints("security", "tf_select two_factor_rescue", Permit(SOMEWHERE)),  # not offered
    **_endpoints("account", "link use", Permit(OPEN)),  # behind a secret address
    **_endpoints("account", "forgotten ask_for_letter", Permit(OPEN)),
    **_endpoints("account", "begin_passkey_login passkey_login", Permit(OPEN)),
    **_endpoints("account", "begin_passkey keep_passkey drop_passkey", Permit(PERSON)),
    **_endpoints("account", "account change_password end end_others settle", Permit(PERSON)),
    # Lists, which show what is one's own
    **_endpoints(
        "editor",
        "work_list work_progress retry_chosen effort effort_table audience audience_table",
        Permit(PERSON),
    ),
    **_endpoints("editor", "feedback decide_feedback", Permit(SOMEWHERE, EDITORS)),
    **_endpoints("status", "status", Permit(SOMEWHERE, READERS)),
    **_endpoints("status", "retry discard", Permit(SOMEWHERE, ADMINS)),
    # Sending: a capture is its sender's alone
    **_endpoints("operator", "recorder upload", Permit(SOMEWHERE, SENDERS)),
    **_endpoints(
        "captures",
        "begin change chunk discard finish script state unfinished",
        Permit(SOMEWHERE, SENDERS),
    ),
    # One announcement: to read
    **_endpoints("api", "announcement", Permit(ANNOUNCEMENT, READERS)),
    **_endpoints(
        "editor",
        "announcement state listen compare versions preview_state preview_sound latest presence "
        "find parting",
        Permit(ANNOUNCEMENT, READERS),
    ),
    # its sound and the machine's work: also whoever sent it
    **_endpoints("editor", "cancel retry prioritise", Permit(ANNOUNCEMENT, ANYONE)),
    **_endpoints("editor", "attach use detach", Permit(ANNOUNCEMENT, ANYONE)),
    # its text
    **_endpoints(
        "editor",
        "original segment_line segment_suggestions corrected_name save_segment save_text "
        "confirm take_confirmation_back decide decide_kind use_suggestion use_all refuse "
        "show_suggestions undo_suggestion undo_decision undo split merge replace working_time "
        "details fill_details make_preview continue_ join part reopen resubmit add_name "
        "take_back",
        Permit(ANNOUNCEMENT, EDITORS),
    ),
    # and what residents get of it
    **_endpoints(
        "editor",
        "approve send_back withdraw unschedule publish_at_once",
        Permit(ANNOUNCEMENT, APPROVERS),
    ),
    # The unit
    **_endpoints("admin", "glossaries", Permit(SOMEWHERE, EDITORS)),
    **_endpoints("admin", "glossary add_names decide_candidate", Permit(UNIT, EDITORS)),
    **_endpoints("admin", "change_name remove_name restore_name", Permit(UNIT, ADMINS)),
    **_endpoints("admin", "all_connections portals all_people", Permit(SOMEWHERE, ADMINS)),
    # to look at: also whoever supervises it
    **_endpoints("admin", "all_logs", Permit(SOMEWHERE, OVERSEERS)),
    **_endpoints("admin", "log log_table", Permit(UNIT, OVERSEERS)),
    **_endpoints("admin", "supervised", Permit(SOMEWHERE, frozenset({SUPERVISOR}))),
    **_endpoints(
        "admin",
        "connections make_token end_token make_webhook end_webhook send_again "
        "portal emblem "
        "change_words give_emblem add_pair remove_pair write_again people invite change_roles "
        "let_in_again forget_second_factor allow_own",
        Permit(UNIT, ADMINS),
    ),
}


def install_permits(app: Flask) -> None:
    """Look at the table before every request. Call it when all endpoints are there.

    Raises RuntimeError where the table and the application differ.
    """
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    if there != set(PERMITS):
        raise RuntimeError(f"permits and endpoints differ: {sorted(there ^ set(PERMITS))}")
    app.before_request(check_permit)


def check_permit() -> None:
    """Raise NotFound or Forbidden where the table says so; strangers were refused before."""
    permit = PERMITS.get(request.endpoint or "")
    if permit is None or permit.of in (OPEN, PERSON):
        return
    person_id, given = current_person_id(), request.view_args or {}
    with current_services().db.reading() as session:
        held = roles_by_unit(session, person_id)
        if permit.of == SOMEWHERE:
            roles = frozenset().union(*held.values())
        elif permit.of == UNIT:
            unit_id = session.scalar(select(Unit.id).where(Unit.slug == given["slug"]))
            roles = held.get(unit_id or "", NOBODY)
            if not roles:
                raise NotFound("unit_unknown", slug=given["slug"])
        else:
            wanted = select(Announcement.unit_id).where(Announcement.id == given["announcement_id"])
            roles = held.get(session.scalar(wanted) or "", NOBODY)
            if not roles:
                raise NotFound("announcement_unknown", id=given["announcement_id"])
    if not roles & permit.roles:
        named = [role for role in ROLES if role in permit.roles - ADMINS] or ["admin"]
        raise Forbidden("role_missing", roles=named)
