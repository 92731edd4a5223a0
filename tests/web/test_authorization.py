"""Every endpoint, asked by everybody: who gets in stands here, and nobody else does.

Each endpoint of the application has a line in `web.permits`; with one that has none the application
does not start. Every method of every address is asked by a stranger, a person of each role in the
unit, somebody who is all of them in another unit, somebody who has left the unit, who supervises
it, and who supervises the province above it. Who may not
is refused before anything is looked at, as the status says: 401 who has not signed in, 404 who
shall not know that it is there, 403 the unit's own people. Who may gets any other answer; that what
they ask is out of place just then is another matter.
"""

import io
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import select, update

from bridge.accounts import set_parent
from bridge.api_tokens import add_token
from bridge.captures import NewCapture, open_capture
from bridge.db import new_id
from bridge.feedback import send_feedback
from bridge.glossary import add_term
from bridge.logins import begin_login
from bridge.models import TOKEN_SCOPES, Capture, Feedback, Task, User, WebhookDelivery
from bridge.people import set_roles
from bridge.webhooks import add_webhook
from tests.conftest import Templates
from tests.web.conftest import Browser, Office, new_office
from web.permits import PERMITS, install_permits

ROLES = ("operator", "editor", "approver", "admin")
KINDS = ("stranger", "left", "foreign", *ROLES, "supervisor", "overseer")
OWN = (*ROLES, "supervisor", "overseer")  # to whom the unit is no secret


@dataclass(frozen=True)
class Asked:
    """What an endpoint wants before it does anything: JSON, headers, a query."""

    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


# Where nothing at all is not enough to be told from somebody who may not.
ASKED = {
    "captures.begin": Asked(json={"kind": "recording", "unit": "xa-mau", "key": "khoa-thu-1"}),
    "captures.change": Asked(json={}),
    "captures.finish": Asked(json={}),
    "captures.script": Asked(json={}),
    "editor.presence": Asked(json={}),
    "editor.working_time": Asked(json={}),
    "editor.save_segment": Asked(json={"text": "x"}, headers={"If-Match": '"1"'}),
    "open_api.announcements": Asked(query="unit=xa-mau"),
    "open_api.search": Asked(query="unit=xa-mau&q=tin"),
}
# Things that are not there, or another person's: to whoever may ask they are unknown too.
UNKNOWN = {
    *(
        "public.page",
        "public.security_text",
        "assets.own",
        "assets.portal",
        "open_api.transcript",
        "feedback.look_up",
    ),
    *("account.link", "account.use", "account.end", "account.settle", "admin.emblem"),
    "account.drop_passkey",
    *("admin.end_token", "editor.preview_sound", "editor.use", "editor.detach"),
    *("editor.take_back", "editor.undo", "editor.join", "editor.audience_table"),
    *("editor.effort_table", "admin.send_again", "intake.follow"),
    *("security.tf_select", "security.two_factor_rescue", "editor.decide_feedback"),
    *("captures.change", "captures.discard", "captures.finish", "captures.state"),
    *("captures.chunk", "captures.script"),
    *("status.retry", "status.discard"),
}
# Programs' tokens are asked for by the views: see tests/web/api/test_sending.py.
TOKENS = {"intake.send", "intake.follow"}


@dataclass
class World:
    """An office with somebody of each kind, and something of each kind to ask for."""

    office: Office
    users: dict[str, User]
    things: dict[str, str]

    def ask(self, endpoint: str, method: str, rule: str, who: str) -> int:
        """The status of the answer, asked as a script asks, in a browser just signed in."""
        browser = Browser(self.office.app)
        if who != "stranger":
            browser = self.office.browser_of(self.users[who])
            with browser.client.session_transaction() as cookie:
                cookie["fs_paa"] = time.time()  # the password was typed just now
        path, asked = self._path(rule, who), ASKED.get(endpoint, Asked())
        options: dict[str, Any] = {"headers": dict(asked.headers)}
        if asked.json is not None:
            options["json"] = asked.json
        elif method == "PUT":
            options["data"] = io.BytesIO(b"x")
        path = f"{path}?{asked.query}" if asked.query else path
        return browser.ask(method, path, **options).status_code

    def _path(self, rule: str, who: str) -> str:
        """A rule's address with things of the unit in it; what may be changed is made for each."""
        names = set(re.findall(r"<(?:\w+:)?(\w+)>", rule))
        things = dict(self.things)
        if "announcement_id" in names and who in ROLES:
            things.update(self.announcement())
        if "user_id" in names:
            things["user_id"] = self.office.person("editor").id
        if "capture_id" in names:
            things["capture_id"] = self._capture(who if who in ROLES else "operator")
        for name in names:
            rule = re.sub(rf"<(?:\w+:)?{name}>", things[name], rule)
        return rule

    def announcement(self) -> dict[str, str]:
        made = self.office.in_review()
        segment = self.office.view(made).segments[0].id
        return {"announcement_id": made, "id": made, "segment_id": segment}

    def _capture(self, who: str) -> str:
        services = self.office.services
        with services.db.writing() as session:  # nobody may have many of them open
            session.execute(update(Capture).values(state="discarded"))
        sender = self.users[who if who != "approver" else "operator"]
        capture_id, _ = open_capture(
            services.db,
            services.media,
            services.settings,
            unit_id=self.office.unit.id,
            actor_id=sender.id,
            wanted=NewCapture(key=new_id(), kind="upload", file_name="a.wav", size_bytes=1),
        )
        return capture_id


@pytest.fixture(scope="module")
def world(
    templates: Templates,
    tmp_path_factory: pytest.TempPathFactory,
    compiled_templates: BytecodeCache,
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("authorization") / "data"
    with new_office(folder, templates.new_url("sqlite", folder), compiled_templates) as office:
        yield _filled(office)


def _filled(office: Office) -> World:
    other = office.unit_named("xa-khac", "Xã Khác")
    users = {role: office.person(role) for role in ROLES}
    users["foreign"] = office.person(*ROLES, unit=other)
    users["left"] = office.person("editor")
    users["supervisor"] = office.person("supervisor")
    users["overseer"] = office.person("supervisor", unit=office.unit_named("tinh-mau", "Tỉnh Mẫu"))
    db, unit_id = office.services.db, office.unit.id
    somebody = office.person("editor")
    with db.writing() as session:
        set_roles(session, unit_id=unit_id, user_id=users["left"].id, roles=[])
        assert set_parent(session, slug="xa-mau", parent_slug="tinh-mau")
    world = World(office, users, {})
    with db.writing() as session:
        term = add_term(session, unit_id=unit_id, text="Trần Mẫu", kind="person")
        hook, _secret = add_webhook(
            session,
            unit_id=unit_id,
            url="https://nhan.example/",
            events=["published"],
            actor_id=None,
        )
        send_feedback(
            session,
            unit_id=unit_id,
            announcement_id=None,
            text="Loa nhỏ quá.",
            contact="",
            code="ma-thu",
            address="192.0.2.1",
        )
        feedback_id = session.scalars(select(Feedback.id)).one()
        login_id = begin_login(session, user_id=somebody.id, address="192.0.2.1", browser="").id
    world.things.update(
        world.announcement(),
        slug="xa-mau",
        unit="xa-mau",
        name="khong-co",
        login_id=login_id,
        term_id=term.id,
        feedback_id=feedback_id,
        webhook_id=hook.id,
        number="0",
        change_id="000000000000",
        token="x",
        file_name="preview-0000000000000000.mp3",
        token_id="000000000000",
        passkey_id="000000000000",
    )
    with db.writing() as session:
        task = session.scalars(select(Task.id).limit(1)).one()
        delivery = WebhookDelivery(
            webhook_id=hook.id,
            announcement_id=world.things["announcement_id"],
            event="published",
            data={},
            task_id=task,
        )
        session.add(delivery)
        session.flush()
        world.things["delivery_id"] = delivery.id
    return world


def expected(endpoint: str, who: str) -> bool:
    """Whether the table lets this one in."""
    permit = PERMITS[endpoint]
    if endpoint in TOKENS:
        return False
    if permit.of == "open":
        return True
    if who == "stranger":
        return False
    if permit.of == "person":
        return True
    if who == "foreign":  # who is everything elsewhere
        return permit.of == "somewhere" and bool(permit.roles & set(ROLES))
    if who == "overseer":
        who = "supervisor"
    return who in permit.roles


@pytest.mark.parametrize("endpoint", sorted(PERMITS))
def test_who_gets_in(world: World, endpoint: str) -> None:
    for rule in world.office.app.url_map.iter_rules(endpoint):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found = {who: world.ask(endpoint, method, rule.rule, who) for who in KINDS}
            told = (method, found)
            let_in = {who for who, status in found.items() if status not in (401, 403, 404)}
            may = {who for who in KINDS if expected(endpoint, who)}
            assert max(found.values()) < 500, told
            if endpoint in UNKNOWN:
                assert let_in <= may, told
            else:
                assert let_in == may, told
            refused = {who: status for who, status in found.items() if who not in may}
            if endpoint not in TOKENS:
                assert refused.get("stranger", 401) == 401, told
            if PERMITS[endpoint].of in ("unit", "announcement"):
                assert (refused["left"], refused["foreign"]) == (404, 404), told
                assert {refused[who] for who in OWN if who in refused} <= {403}, told


def test_a_programs_token_opens_what_programs_ask_and_nothing_else(world: World) -> None:
    """However much it may: with a token and no login, everything else is a stranger's."""
    areas = {rule.endpoint for rule in world.office.app.url_map.iter_rules()}
    assert {one for one in areas if one.startswith("intake.")} == TOKENS
    with world.office.services.db.writing() as session:
        _info, token = add_token(
            session, unit_id=world.office.unit.id, name="Đài", scopes=TOKEN_SCOPES
        )
    client = world.office.app.test_client()
    bearer = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    closed = {name for name, permit in PERMITS.items() if permit.of != "open"}
    for rule in world.office.app.url_map.iter_rules():
        if rule.endpoint not in closed:
            continue
        path = world._path(rule.rule, "stranger")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            asked = client.open(path, method=method, headers=bearer)
            by_query = client.open(f"{path}?auth_token={token}", method=method)
            statuses = (asked.status_code, by_query.status_code)
            assert statuses in ((401, 302), (401, 401), (400, 400), (401, 400)), (rule, statuses)


def test_an_application_with_an_endpoint_without_a_line_does_not_start() -> None:
    app = Flask("unlisted")
    app.add_url_rule("/lam-viec/moi", "editor.something_new", lambda: "")
    with pytest.raises(RuntimeError, match=r"editor\.something_new"):
        install_permits(app)


@pytest.mark.parametrize(
    ("endpoint", "roles"),
    [
        ("editor.approve", {"approver", "admin"}),
        ("editor.withdraw", {"approver", "admin"}),
        ("editor.publish_at_once", {"approver", "admin"}),
        ("editor.save_segment", {"editor", "approver", "admin"}),
        ("editor.original", {"editor", "approver", "admin"}),
        ("operator.upload", {"operator", "editor", "admin"}),
        ("admin.invite", {"admin"}),
        ("admin.make_token", {"admin"}),
        ("admin.log", {"admin", "supervisor"}),
        ("editor.announcement", {"operator", "editor", "approver", "admin", "supervisor"}),
        ("editor.cancel", {"operator", "editor", "approver", "admin"}),
    ],
)
def test_the_table_says_what_was_agreed(endpoint: str, roles: set[str]) -> None:
    assert PERMITS[endpoint].roles == roles
