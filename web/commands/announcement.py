"""`loa announcement`: see, decide, approve, withdraw, stop and retry from the command line."""

from pathlib import Path
from typing import Any

import click

from bridge.accounts import find_user
from bridge.confirmations import confirm_all
from bridge.flags import HIDE, KEEP, decide_all
from bridge.intake import cancel_transcription, retry_announcement
from bridge.models import FLAG_KINDS
from bridge.queries import AnnouncementView, announcement_view, list_work
from bridge.review import withdraw_announcement
from bridge.scripts import script_view
from bridge.workflow import State
from publish.dates import format_length, format_moment
from transcribe.must_check import must_check_of, warnings
from transcribe.scripts import add_script
from web.commands.approval import (
    approve,
    print_state,
    priority,
    publish_at_once,
    resubmit,
    return_,
    unschedule,
)
from web.commands.options import choose_unit, print_json, with_services
from web.commands.parting import join, split
from web.given_script import read_script_file
from web.labels import state_label
from web.services import Services


@click.group(short_help="Xem, duyệt, gỡ, dừng, thử lại bản tin.")
def announcement() -> None:
    """Xem, duyệt, gỡ, dừng, thử lại bản tin."""


for _command in (approve, return_, resubmit, publish_at_once, unschedule, priority, split, join):
    announcement.add_command(_command)


@announcement.command("list", short_help="Liệt kê bản tin.")
@click.option("--unit", "slug", help="Chỉ của đơn vị này.")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), help="Chỉ trạng thái này."
)
@click.option("--json", "as_json", is_flag=True, help="Mỗi bản tin một dòng JSON.")
@with_services
def list_(services: Services, slug: str | None, state: str | None, as_json: bool) -> None:
    """Liệt kê bản tin, mới nhất trước."""
    with services.db.reading() as session:
        unit_ids = [choose_unit(session, slug).id] if slug else None
        items = list_work(session, unit_ids, [state] if state else None)
    if not items and not as_json:
        click.echo("Chưa có bản tin nào.", err=True)
    for item in items:
        if as_json:
            print_json({"id": item.id, "state": item.state, "title": item.title})
            continue
        moment = format_moment(item.broadcast_at, "Asia/Ho_Chi_Minh")
        click.echo(
            f"{item.id}  {state_label(item.state, item.failure_code).word:<14}  {moment}  "
            f"{format_length(item.duration_ms):>7}  {item.title or '(chưa có tiêu đề)'}"
        )


@announcement.command(short_help="In một bản tin dạng JSON.")
@click.argument("announcement_id", metavar="ID")
@with_services
def show(services: Services, announcement_id: str) -> None:
    """In một bản tin dạng JSON: trạng thái, từng đoạn với giờ từng chữ, lịch sử."""
    with services.db.reading() as session:
        view = announcement_view(session, announcement_id)
    print_json(view_as_json(view, services.settings.effective_public_url), indent=2)


@announcement.command(short_help="Xác nhận đã nghe lại mọi chỗ phải kiểm tra.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người đã nghe.")
@with_services
def confirm(services: Services, announcement_id: str, email: str) -> None:
    """Xác nhận một người đã nghe lại mọi đoạn có giờ, ngày, số, tên, và chữ đúng như tiếng."""
    with services.db.writing() as session:
        actor = find_user(session, email)
        view = announcement_view(session, announcement_id)
        count = confirm_all(
            session,
            announcement_id=announcement_id,
            must_check=must_check_of(session, view.work.unit_id),
            actor_id=actor.id,
            warnings=warnings(),
        )
    print_json({"announcement": announcement_id, "confirmed": count})


@announcement.command(short_help="Gỡ khỏi trang tin.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người gỡ.")
@click.option("--reason", required=True, help="Lý do, người dân sẽ đọc được.")
@with_services
def withdraw(services: Services, announcement_id: str, email: str, reason: str) -> None:
    """Gỡ khỏi trang tin; trang còn lại lời báo đã gỡ và lý do."""
    with services.db.writing() as session:
        task_id = withdraw_announcement(
            session,
            announcement_id=announcement_id,
            reason=reason,
            actor_id=find_user(session, email).id,
        )
    if task_id is not None:
        services.queue.hand_over(services.db, task_id)
    print_state(services, announcement_id)


@announcement.command(short_help="Giữ lại hoặc ẩn các đoạn máy ngờ.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người quyết định.")
@click.option("--keep", "decision", flag_value=KEEP, help="Giữ lại các đoạn đó.")
@click.option("--hide", "decision", flag_value=HIDE, help="Ẩn các đoạn đó khỏi bản tin.")
@click.option("--kind", type=click.Choice(FLAG_KINDS), help="Chỉ các đoạn bị ngờ vì lý do này.")
@with_services
def decide(
    services: Services, announcement_id: str, email: str, decision: str | None, kind: str | None
) -> None:
    """Giữ lại hoặc ẩn mọi đoạn còn chờ quyết định (xem "flags" trong 'show')."""
    if decision is None:
        raise click.UsageError("Chọn --keep hoặc --hide.")
    with services.db.writing() as session:
        actor = find_user(session, email)
        announcement_view(session, announcement_id)  # an unknown one is an error, not nothing to do
        count = decide_all(
            session,
            announcement_id=announcement_id,
            kind=kind,
            decision=decision,
            actor_id=actor.id,
        )
    print_json({"announcement": announcement_id, "decided": count})


@announcement.command(short_help="Gắn văn bản đã duyệt.")
@click.argument("announcement_id", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", "email", required=True, help="Thư điện tử của người gắn.")
@with_services
def script(services: Services, announcement_id: str, file: Path, email: str) -> None:
    """Gắn văn bản FILE (.docx, .txt) mà người đọc đã dùng.

    Chép xong rồi thì lời bản tin lấy chữ của văn bản ngay, chưa thì khi chép xong.
    """
    given = read_script_file(file)
    with services.db.writing() as session:
        applied = add_script(
            session,
            announcement_id=announcement_id,
            text=given.text,
            file_name=given.file_name,
            actor_id=find_user(session, email).id,
        )
        view = script_view(session, announcement_id)
    departures = view.departures if view else 0
    print_json({"announcement": announcement_id, "applied": applied, "departures": departures})


@announcement.command(short_help="Dừng chép lời.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", help="Thư điện tử của người yêu cầu.")
@with_services
def cancel(services: Services, announcement_id: str, email: str | None) -> None:
    """Dừng chép lời; tiếng và chữ đã chép còn nguyên, 'retry' chép tiếp từ chỗ dừng."""
    with services.db.writing() as session:
        actor_id = find_user(session, email).id if email else None
        cancel_transcription(session, announcement_id=announcement_id, actor_id=actor_id)
    print_state(services, announcement_id)


@announcement.command(short_help="Thử lại bản tin bị lỗi.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", help="Thư điện tử của người yêu cầu.")
@with_services
def retry(services: Services, announcement_id: str, email: str | None) -> None:
    """Thử lại: chép lại bản tin bị lỗi, hoặc đăng lại bản tin đã duyệt."""
    with services.db.writing() as session:
        actor_id = find_user(session, email).id if email else None
        task_id = retry_announcement(session, announcement_id=announcement_id, actor_id=actor_id)
    services.queue.hand_over(services.db, task_id)
    print_state(services, announcement_id)


def view_as_json(view: AnnouncementView, public_url: str) -> dict[str, Any]:
    """What `show` prints. Times in milliseconds of the recording, moments in ISO 8601, UTC.

    `text` is what residents read: without hidden segments.
    """
    return {
        "id": view.work.id,
        "unit": view.work.unit_slug,
        "state": view.work.state,
        "failure_code": view.work.failure_code,
        "publish_at": view.work.publish_at.isoformat() if view.work.publish_at else None,
        "title": view.work.title,
        "start_ms": view.start_ms,
        "end_ms": view.end_ms,
        "joined_into": view.work.joined_into,
        "details": {
            "category": view.category,
            "area": view.area,
            "priority": view.work.priority,
            "broadcast_at": view.work.broadcast_at.isoformat(),
            **view.particulars.written(),
        },
        "text": " ".join(segment.text for segment in view.segments if not segment.hidden),
        "page_url": public_url + view.page_path if view.page_path else None,
        "version": view.version,
        "digest": view.digest,
        "segments": [
            {
                "id": segment.id,
                "version": segment.version,
                "kind": segment.kind,
                "start_ms": segment.start_ms,
                "end_ms": segment.end_ms,
                "text": segment.text,
                "words": [word.to_json() for word in segment.words],
                "hidden": segment.hidden,
                "cover": segment.cover,
                "flags": [
                    {"kind": flag.kind, "reason": flag.reason, "decision": flag.decision}
                    for flag in segment.flags
                ],
            }
            for segment in view.segments
        ],
        "history": [
            {
                "at": entry.at.isoformat(),
                "actor": entry.actor_name,
                "action": entry.action,
                "data": entry.data,
            }
            for entry in view.history
        ],
    }
