"""What residents and other systems leave behind, drawn for the pictures of `tests.pictures`."""

import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.accounts import create_user, find_user, grant_role
from bridge.api_tokens import add_token
from bridge.counting import add_counts
from bridge.db import Database, utc_now
from bridge.feedback import answer_feedback, list_feedback, publish_feedback, send_feedback
from bridge.models import Unit
from bridge.webhooks import add_webhook
from tests.functional.running import APPROVER, password_hash

ADMIN = "quan-tri@localhost"
QUESTION = (
    "Cháu nhà tôi 4 tuổi, đã tiêm một mũi ở phường khác thì có tiêm tiếp ở trạm xã được không?"
)
_ANSWER = "Được. Bà con mang theo sổ tiêm của cháu; trạm y tế xã tiêm tiếp theo lịch trong sổ."
# Of an announcement or none, in the order in which they came.
_MESSAGES = (
    (1, QUESTION),
    (1, "Bản tin đọc nhầm số nhà văn hóa, nhà văn hóa thôn Mẫu ở cạnh trạm y tế."),
    (None, "Loa cụm thôn Đông hai hôm nay rất nhỏ, đứng trong nhà không nghe được."),
    (2, "Cắt điện có ảnh hưởng đến xóm Chùa không?"),
)
_DAYS = 28


def draw_public(database: Database, announcement_ids: Sequence[str]) -> None:
    """Residents' messages, one of them answered; four weeks of counts; two connections."""
    with database.writing() as session:
        unit_id = session.scalars(select(Unit.id)).one()
        admin = create_user(session, email=ADMIN, name="Phạm Thử", password_hash=password_hash())
        grant_role(session, user_id=admin.id, unit_id=unit_id, role="admin")
        _send_messages(session, unit_id, announcement_ids)
        _connect(session, unit_id, admin.id)
    _count(database, announcement_ids)


def _send_messages(session: Session, unit_id: str, announcement_ids: Sequence[str]) -> None:
    for number, (place, text) in enumerate(_MESSAGES):
        send_feedback(
            session,
            unit_id=unit_id,
            announcement_id=None if place is None else announcement_ids[place],
            text=text,
            contact="0912 345 678" if place is None else "",
            code=f"vidu000{number}",
            address=f"192.0.2.{number + 1}",
            now=utc_now() - timedelta(hours=30 - 7 * number),
        )
    first = list_feedback(session, [unit_id], "new")[0]
    approver_id = find_user(session, APPROVER).id
    answer_feedback(session, feedback_id=first.id, answer=_ANSWER, actor_id=approver_id)
    publish_feedback(session, feedback_id=first.id, question=QUESTION, actor_id=approver_id)


def _connect(session: Session, unit_id: str, admin_id: str) -> None:
    add_token(
        session,
        unit_id=unit_id,
        name="Máy phát cụm thôn Đông",
        scopes=["intake"],
        actor_id=admin_id,
    )
    add_webhook(
        session,
        unit_id=unit_id,
        url="https://portal.example/nhan-tin",
        events=["published", "withdrawn"],
        actor_id=admin_id,
    )


def _count(database: Database, announcement_ids: Sequence[str]) -> None:
    draw = random.Random(28)  # noqa: S311 - the same picture each time
    for days in range(_DAYS):
        heard = draw.randint(4, 30)
        counts = {}
        for one in announcement_ids:
            views = draw.randint(2, 2 + heard)
            plays = draw.randint(1, views)
            counts |= {(one, "views"): views, (one, "plays"): plays}
            counts[one, "downloads"] = draw.randint(0, 1 + plays // 6)
        counted_at = utc_now() - timedelta(days=days)
        add_counts(database, batch_id=f"picture{days}", counts=counts, counted_at=counted_at)
