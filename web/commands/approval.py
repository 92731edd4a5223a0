"""`loa announcement approve | return | resubmit | publish-now | unschedule | priority`."""

import click

from bridge.accounts import find_user
from bridge.errors import InvalidInput
from bridge.intake import set_priority
from bridge.models import PRIORITIES, Unit
from bridge.publish_later import publish_now, unschedule_publishing
from bridge.queries import announcement_view
from bridge.returns import resubmit_announcement, return_announcement
from bridge.review import approve_announcement
from transcribe.detail_warnings import warned_details
from transcribe.judging import record_result
from transcribe.must_check import must_check_of
from web.commands.options import print_json, with_services
from web.fields import read_moment
from web.services import Services


@click.command(short_help="Duyệt đúng lời đang có và đăng.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người duyệt.")
@click.option("--digest", help="Chỉ duyệt nếu lời vẫn đúng mã này (xem 'show').")
@click.option("--at", "at", help="Đăng lúc này theo giờ của đơn vị, ví dụ '21/11/2026 05:30'.")
@click.option("--note", default="", help="Lời đính chính cho bà con, khi sửa bản đã đăng.")
@click.option("--spelling-only", is_flag=True, help="Bản sửa không đổi nội dung, chỉ chính tả.")
@click.option("--resolve-returns", is_flag=True, help="Các lời nhắn trả lại coi như đã xong.")
@click.option("--keep-details", is_flag=True, help="Đã xem lại điều được nhắc ở tiêu đề, vẫn đăng.")
@with_services
def approve(
    services: Services,
    announcement_id: str,
    email: str,
    digest: str | None,
    at: str | None,
    note: str,
    spelling_only: bool,
    resolve_returns: bool,
    keep_details: bool,
) -> None:
    """Duyệt đúng lời đang có và đăng, ngay hoặc vào giờ hẹn."""
    with services.db.writing() as session:
        actor = find_user(session, email)
        view = announcement_view(session, announcement_id)
        publish_at = None
        if at is not None:
            try:
                publish_at = read_moment(at, session.get_one(Unit, view.work.unit_id).time_zone)
            except InvalidInput:
                raise InvalidInput("publish_at_invalid", value=at) from None
            if publish_at is None:
                raise InvalidInput("publish_at_missing")
        task_id = approve_announcement(
            session,
            announcement_id=announcement_id,
            digest=digest or view.digest,
            actor_id=actor.id,
            must_check=must_check_of(session, view.work.unit_id),
            publish_at=publish_at,
            public_note=note,
            spelling_only=spelling_only,
            resolve_returns=resolve_returns,
            warned_details=warned_details,
            keep_details=keep_details,
        )
        record_result(session, announcement_id)
    services.queue.hand_over(services.db, task_id)
    print_state(services, announcement_id)


@click.command("return", short_help="Trả lại để sửa.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người duyệt.")
@click.option("--comment", required=True, help="Cần sửa gì; người biên tập sẽ đọc.")
@with_services
def return_(services: Services, announcement_id: str, email: str, comment: str) -> None:
    """Trả bản tin đang chờ duyệt lại cho người biên tập, kèm lời nhắn."""
    with services.db.writing() as session:
        return_announcement(
            session,
            announcement_id=announcement_id,
            comment=comment,
            actor_id=find_user(session, email).id,
        )
    print_state(services, announcement_id)


@click.command(short_help="Sửa xong, trình lại.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người biên tập.")
@click.option("--reply", default="", help="Lời trả lời người duyệt.")
@with_services
def resubmit(services: Services, announcement_id: str, email: str, reply: str) -> None:
    """Báo đã sửa theo mọi lời nhắn trả lại còn chờ."""
    with services.db.writing() as session:
        count = resubmit_announcement(
            session,
            announcement_id=announcement_id,
            actor_id=find_user(session, email).id,
            reply=reply,
        )
    print_json({"announcement": announcement_id, "answered": count})


@click.command("publish-now", short_help="Đăng ngay, không chờ giờ hẹn.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người duyệt.")
@with_services
def publish_at_once(services: Services, announcement_id: str, email: str) -> None:
    """Đăng ngay bản tin đã duyệt đang chờ giờ hẹn."""
    with services.db.writing() as session:
        task_id = publish_now(
            session, announcement_id=announcement_id, actor_id=find_user(session, email).id
        )
    services.queue.hand_over(services.db, task_id)
    print_state(services, announcement_id)


@click.command(short_help="Hủy hẹn giờ đăng.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người duyệt.")
@with_services
def unschedule(services: Services, announcement_id: str, email: str) -> None:
    """Hủy hẹn giờ đăng; bản tin trở lại chờ duyệt."""
    with services.db.writing() as session:
        unschedule_publishing(
            session, announcement_id=announcement_id, actor_id=find_user(session, email).id
        )
    print_state(services, announcement_id)


@click.command(short_help="Đổi mức khẩn của bản tin chưa chép xong.")
@click.argument("announcement_id", metavar="ID")
@click.argument("priority", type=click.Choice(PRIORITIES))
@click.option("--by", "email", help="Thư điện tử của người yêu cầu.")
@with_services
def priority(services: Services, announcement_id: str, priority: str, email: str | None) -> None:
    """Đổi mức khẩn của bản tin chưa chép xong; bản tin khẩn cấp (urgent) được chép trước."""
    with services.db.writing() as session:
        set_priority(
            session,
            announcement_id=announcement_id,
            priority=priority,
            actor_id=find_user(session, email).id if email else None,
        )
    print_json({"announcement": announcement_id, "priority": priority})


def print_state(services: Services, announcement_id: str) -> None:
    """One JSON line: where the announcement stands, and when it goes out if that is later."""
    with services.db.reading() as session:
        work = announcement_view(session, announcement_id).work
    state = {"announcement": work.id, "state": work.state}
    if work.publish_at is not None:
        state["publish_at"] = work.publish_at.isoformat()
    print_json(state)
