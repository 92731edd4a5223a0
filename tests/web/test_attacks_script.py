"""Script in every field that takes text, in a real browser: nothing of it ever runs."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bridge.editing import save_segment_text
from bridge.feedback import answer_feedback, publish_feedback, send_feedback
from bridge.glossary import add_term
from bridge.models import Announcement, Feedback, Passkey, User
from bridge.returns import return_announcement
from bridge.review import withdraw_announcement
from bridge.unit_settings import UnitWords, change_unit
from bridge.units import list_units
from bridge.webhooks import add_webhook
from publish.rebuilding import rebuild_site
from publish.site import open_site
from tests.bridge.lifecycle import Life
from tests.web.conftest import Office

pytestmark = pytest.mark.browser

# Out of an attribute, out of a script, by an image that is not there, by a template's own braces.
ATTACK = "\"'></script></title></textarea><img src=x onerror=pwned=1><script>pwned=1</script>"
BRACES = "{{7*7}}${7*7}"
SHORT = "<img src=x onerror=pwned=1>"


@pytest.fixture
def attacked(office: Office) -> dict[str, str]:
    """An office where everybody tried everything: a draft, and what stands on the portal."""
    db, unit = office.services.db, office.unit
    life = Life(db, office.services.media, unit)
    hand = office.person("editor", "approver", "admin")
    approver = office.person("approver")
    with db.writing() as session:
        for user in (hand, approver):
            session.get_one(User, user.id).name = f"A {ATTACK}"
        session.add(
            Passkey(
                user_id=hand.id,
                name=SHORT,
                credential_id=b"x",
                public_key=b"x",
                sign_count=0,
                transports=[],
            )
        )
        change_unit(
            session,
            slug="xa-mau",
            words=UnitWords(
                name=f"Xã Mẫu {ATTACK}",
                authority=f"UBND {ATTACK}",
                responsible=f"Bà A {ATTACK}",
                contact=f"Nhà {ATTACK}\nSố {BRACES}",
            ),
        )
        add_term(session, unit_id=unit.id, text=f"Ông {SHORT}", kind="person")
        add_webhook(
            session,
            unit_id=unit.id,
            url="https://nhan.example/?<img>",
            events=["published"],
            actor_id=None,
        )
    found = {}
    for name, content in (("draft", b"one"), ("published", b"two"), ("withdrawn", b"three")):
        announcement_id = life.reviewable(content, title=f"Tin {ATTACK}")
        _poison(office, announcement_id, hand.id)
        if name != "draft":
            life.publish(life.approve(announcement_id, approver.id))
        found[name] = announcement_id
    with db.writing() as session:
        return_announcement(
            session,
            announcement_id=found["draft"],
            comment=f"Sai {ATTACK}",
            actor_id=approver.id,
        )
        withdraw_announcement(
            session,
            announcement_id=found["withdrawn"],
            reason=f"Nhầm {ATTACK}",
            actor_id=approver.id,
        )
        for number, about in enumerate((None, found["published"])):
            send_feedback(
                session,
                unit_id=unit.id,
                announcement_id=about,
                text=f"Hỏi {ATTACK} {BRACES}",
                contact=f"a {SHORT}",
                code=f"ma-{number}",
                address="192.0.2.1",
            )
        for row in session.query(Feedback).all():
            answer_feedback(
                session, feedback_id=row.id, answer=f"Đáp {ATTACK}", actor_id=approver.id
            )
            publish_feedback(
                session, feedback_id=row.id, question=f"Hỏi {ATTACK}", actor_id=approver.id
            )
    site = open_site(office.settings)
    rebuild_site(db, site)
    with db.reading() as session:
        site.write_root(list_units(session))
    return found


def _poison(office: Office, announcement_id: str, actor_id: str) -> None:
    for segment in office.view(announcement_id).segments[:2]:
        with office.services.db.writing() as session:
            save_segment_text(
                session,
                segment_id=segment.id,
                expected_version=segment.version,
                text=f"Lời {ATTACK} {BRACES}",
                actor_id=actor_id,
            )
    with office.services.db.writing() as session:
        row = session.get_one(Announcement, announcement_id)
        row.category, row.area = f"Y tế {SHORT}", f"Thôn {SHORT}"
        row.summary = row.speaker = row.author = row.source = f"Ai {ATTACK}"


def visit(page: Page, address: str, complaints: list[str]) -> bool:
    """Open a page and see that it stays what we made it; whether it shows what was tried."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status in (200, 404, 410), address
    page.wait_for_load_state("load")
    # Whatever came as text made no element of its own, ran nothing, was worked out by nobody.
    state: dict[str, Any] = page.evaluate(
        "() => ({ran: 'pwned' in window, made: document.querySelectorAll('img[src=x]').length,"
        " scripts: [...document.scripts].filter((one) => one.text.includes('pwned')"
        " && one.type !== 'application/ld+json').length})"
    )
    assert state == {"ran": False, "made": 0, "scripts": 0}, address
    assert "4949" not in page.content(), address
    assert complaints == [], address
    return "&lt;img src=x" in page.content()


def test_nothing_that_somebody_typed_ever_runs(
    office: Office,
    attacked: dict[str, str],
    sign_in: Callable[..., tuple[Page, User]],
    address: str,
    complaints: list[str],
) -> None:
    page, _user = sign_in("editor", "approver", "admin", "operator", "supervisor")
    expect(page.get_by_role("heading", name="Bản tin", exact=True)).to_be_visible()
    staff = [
        *("", "tai-len", "thu-am", "tinh-trang", "tai-khoan", "don-vi", "phan-anh", "cong-suc"),
        *("luot-nghe", "tu-dien/xa-mau", "nguoi/xa-mau", "nhat-ky/xa-mau", "trang-tin/xa-mau"),
        *("ket-noi/xa-mau", "?tu-khoa=%3Cimg+src%3Dx+onerror%3Dpwned%3D1%3E"),
        *(f"ban-tin/{announcement_id}" for announcement_id in attacked.values()),
    ]
    shown = [visit(page, f"{address}/lam-viec/{path}", complaints) for path in staff]
    portal = [
        *("", "gioi-thieu/", "luu-tru/", "tim/?q=%3Cimg+src%3Dx+onerror%3Dpwned%3D1%3E"),
        *("phan-anh", "khong-co/<img src=x onerror=pwned=1>/"),
        *(f"{announcement_id}/" for announcement_id in attacked.values()),
        f"{attacked['published']}/nhung.html",
    ]
    shown += [visit(page, f"{address}/xa-mau/{path}", complaints) for path in portal]
    visit(page, f"{address}/", complaints)
    assert sum(shown) > 18  # it was there to be run
