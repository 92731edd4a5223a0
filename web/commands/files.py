"""`loa transcribe` and `loa ingest`: files from the command line."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click
from tqdm import tqdm

from bridge.accounts import find_user
from bridge.db import Database
from bridge.errors import BridgeError, InvalidInput, NotFound
from bridge.models import PRIORITIES
from bridge.queries import WorkItem, announcement_view
from bridge.settings import Settings
from bridge.workflow import State
from publish.captions import EXPORTERS
from transcribe.plain import transcribe_file
from web.commands.marks import marks_as_json, numbers_as_json
from web.commands.options import choose_unit, print_json, with_services, with_settings
from web.given_script import read_script_file
from web.labels import describe_error
from web.receiving import GivenScript, receive_recording
from web.services import Services

# States in which nothing more happens without a person.
_RESTING = {State.IN_REVIEW, State.FAILED, State.PUBLISHED, State.WITHDRAWN, State.APPROVED}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the command line says of its files."""

    title: str
    priority: str
    script: GivenScript | None


@click.command(short_help="Chép một tệp âm thanh ra chữ, không cần máy chủ.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(EXPORTERS)),
    default="txt",
    show_default=True,
    help="Dạng kết quả.",
)
@with_settings
def transcribe(settings: Settings, file: Path, form: str) -> None:
    """Chép FILE ra chữ. Kết quả ra stdout, tiến độ ra stderr.

    Dạng json kèm những chỗ nên nghe lại (số, giờ, ngày, tên, chữ máy nghe chưa chắc) và cách viết
    bằng chữ số của những số đọc thành lời.
    """
    require_file(file)
    with tqdm(total=None, unit="s", desc="Đang chép", leave=False) as bar:

        def show(done_ms: int, total_ms: int) -> None:
            bar.total = total_ms // 1000
            bar.n = done_ms // 1000
            bar.refresh()

        segments = transcribe_file(file, settings, show)
    text = EXPORTERS[form](segments)
    if form == "json":
        content = json.loads(text)
        content["marks"] = marks_as_json(segments)
        content["numbers"] = numbers_as_json(segments)
        print_json(content, indent=2)
    else:
        click.echo(text, nl=False)


@click.command(short_help="Đưa tệp âm thanh vào hàng chép.")
@click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--unit", "slug", help="Đơn vị nhận bản tin, ví dụ xa-mau.")
@click.option("--title", default="", help="Tiêu đề; bỏ trống thì lấy câu đầu.")
@click.option("--by", "email", help="Thư điện tử của người gửi.")
@click.option(
    "--priority",
    type=click.Choice(PRIORITIES),
    default=PRIORITIES[0],
    show_default=True,
    help="Thường, ưu tiên hay khẩn cấp; khẩn cấp thì được chép trước.",
)
@click.option(
    "--script",
    "script_path",
    type=click.Path(path_type=Path),
    help="Văn bản đã duyệt (.docx, .txt) mà người đọc dùng; chỉ với một FILE.",
)
@click.option("--wait", is_flag=True, help="Đợi chép xong.")
@with_services
def ingest(
    services: Services,
    paths: tuple[Path, ...],
    slug: str | None,
    title: str,
    email: str | None,
    priority: str,
    script_path: Path | None,
    wait: bool,
) -> int:
    """Đưa từng FILE vào hàng chép; mỗi tệp in một dòng JSON."""
    if script_path and len(paths) > 1:
        raise InvalidInput("script_one_file")
    script = read_script_file(script_path) if script_path else None
    said = _Said(title, priority, script)
    with services.db.reading() as session:
        unit = choose_unit(session, slug)
        actor_id = find_user(session, email).id if email else None
    failures = 0
    for path in paths:
        try:
            require_file(path)
            with path.open("rb") as stream:
                line = _take_in(services, stream, path.name, unit.id, actor_id, said, wait)
        except BridgeError as error:
            failures += 1
            click.echo(f"{path}: {describe_error(error)}", err=True)
            line = {"announcement": None, "state": "refused", "duplicate_of": None}
            line |= {"error": error.code}
        else:
            failures += line["state"] == State.FAILED
        print_json({"file": str(path), **line})
    return 1 if failures else 0


def require_file(path: Path) -> None:
    """Raise NotFound `file_unknown` unless there is such a file to read."""
    if not path.is_file():
        raise NotFound("file_unknown", path=str(path))


def wait_until_resting(db: Database, announcement_id: str) -> WorkItem:
    """Wait until the announcement needs a person; progress goes to stderr."""
    with tqdm(total=100, unit="%", desc="Đang chép", leave=False, disable=None) as bar:
        while True:
            with db.reading() as session:
                work = announcement_view(session, announcement_id).work
            if work.state in _RESTING:
                return work
            if work.progress_total:
                bar.n = work.progress_done * 100 // work.progress_total
                bar.refresh()
            time.sleep(0.3)


def _take_in(
    services: Services,
    stream: BinaryIO,
    name: str,
    unit_id: str,
    actor_id: str | None,
    said: _Said,
    wait: bool,
) -> dict[str, str | None]:
    receipt = receive_recording(
        services,
        stream=stream,
        file_name=name,
        unit_id=unit_id,
        actor_id=actor_id,
        title=said.title,
        priority=said.priority,
        script=said.script,
    )
    state = receipt.state
    if wait:
        state = wait_until_resting(services.db, receipt.announcement_id).state
    return {
        "announcement": receipt.announcement_id,
        "state": state,
        "duplicate_of": receipt.duplicate_of,
    }
