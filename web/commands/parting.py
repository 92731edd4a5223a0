"""`loa announcement split` and `join`: several announcements of one recording, and back."""

import click

from bridge.accounts import find_user
from bridge.errors import InvalidInput
from bridge.joining import join_announcements
from bridge.parting import Beginning, part_announcement
from bridge.queries import AnnouncementView, announcement_view
from bridge.series import parts_of_recording, previous_part
from web.commands.options import print_json, with_services
from web.services import Services


@click.command(short_help="Tách thành nhiều bản tin.")
@click.argument("announcement_id", metavar="ID")
@click.option(
    "--at",
    "at_ms",
    metavar="MS",
    type=int,
    multiple=True,
    required=True,
    help="Đoạn mở đầu một bản tin mới: 'start_ms' của đoạn trong 'show'. Dùng được nhiều lần.",
)
@click.option("--title", "titles", multiple=True, help="Tiêu đề, theo thứ tự của các --at.")
@click.option("--by", "email", required=True, help="Thư điện tử của người tách.")
@with_services
def split(
    services: Services,
    announcement_id: str,
    at_ms: tuple[int, ...],
    titles: tuple[str, ...],
    email: str,
) -> None:
    """Tách một bản tin thành nhiều bản tin của cùng bản ghi.

    Phần đầu giữ nguyên mã; mỗi phần sau là một bản tin mới, chờ duyệt. Không cho tiêu đề thì lấy
    câu mở đầu của phần ấy.
    """
    if len(titles) > len(at_ms):
        raise click.UsageError("Số --title nhiều hơn số --at.")
    with services.db.writing() as session:
        actor = find_user(session, email)
        view = announcement_view(session, announcement_id)
        named = dict(zip(at_ms, titles, strict=False))
        ids = part_announcement(
            session,
            announcement_id=announcement_id,
            expected_version=view.version,
            beginnings=[Beginning(_segment_at(view, at), named.get(at, "")) for at in at_ms],
            actor_id=actor.id,
        )
    with services.db.reading() as session:
        parts = [announcement_view(session, one) for one in ids]
    for part in parts:
        print_json(
            {
                "announcement": part.work.id,
                "start_ms": part.start_ms,
                "end_ms": part.end_ms,
                "title": part.work.title,
            }
        )


@click.command(short_help="Gộp với phần ngay trước.")
@click.argument("announcement_id", metavar="ID")
@click.option("--by", "email", required=True, help="Thư điện tử của người gộp.")
@with_services
def join(services: Services, announcement_id: str, email: str) -> None:
    """Gộp bản tin với phần ngay trước nó của cùng bản ghi.

    Phần trước giữ mã và tiêu đề. Bản tin này kết thúc; trang đã đăng của nó gỡ xuống.
    """
    with services.db.writing() as session:
        actor = find_user(session, email)
        view = announcement_view(session, announcement_id)
        before = previous_part(parts_of_recording(session, announcement_id), announcement_id)
        if before is None:
            raise InvalidInput("parts_apart")
        done = join_announcements(
            session,
            announcement_id=announcement_id,
            expected_version=view.version,
            into_id=before.id,
            into_version=before.version,
            actor_id=actor.id,
        )
    if done.task_id is not None:
        services.queue.hand_over(services.db, done.task_id)
    print_json({"announcement": done.announcement_id, "joined": done.ended_id})


def _segment_at(view: AnnouncementView, at_ms: int) -> str:
    for segment in view.segments:
        if segment.start_ms == at_ms:
            return segment.id
    raise InvalidInput("part_inside_segment", at_ms=at_ms)
