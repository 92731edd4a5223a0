"""`loa demo`: the whole way with real sound, from an upload to a page with its audio."""

import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from tqdm import tqdm

from bridge.accounts import create_unit, create_user, grant_role, set_password
from bridge.db import Database
from bridge.errors import BridgeError, Conflict
from bridge.logs import configure_logs
from bridge.models import EngineRun, Unit, User
from bridge.queries import announcement_view
from bridge.settings import Settings, load_settings, write_running_url
from bridge.supervisor import Supervisor, require_free_port
from bridge.units import find_unit
from bridge.workflow import State
from transcribe.samples import fetch_samples, join_samples
from web.commands.demo_client import StaffClient
from web.commands.files import require_file
from web.commands.options import print_json, settings_with
from web.commands.people import new_password
from web.commands.serve import prepare_database
from web.security import hash_password

UNIT_SLUG, UNIT_NAME = "xa-mau", "Xã Mẫu"
TITLE = "Bản tin thử: sáu giọng đọc"
PEOPLE = {
    "operator": ("can-bo-dai@xa-mau.example", "Cán bộ đài (thử)"),
    "editor": ("bien-tap@xa-mau.example", "Biên tập viên (thử)"),
    "approver": ("truong-ban@xa-mau.example", "Trưởng ban biên tập (thử)"),
}
_FIRST_PORT, _PORTS_TO_TRY = 8000, 50


@dataclass(frozen=True, slots=True)
class Stage:
    """A prepared demo: who takes part and what is sent."""

    unit_id: str
    passwords: dict[str, str]
    audio: Path
    title: str


@click.command(short_help="Chạy thử trọn đường đi của một bản tin.")
@click.option("--once", is_flag=True, help="Chạy xong thì dừng; dòng cuối là một JSON.")
@click.option("--audio", type=click.Path(path_type=Path), help="Dùng tệp này thay cho giọng mẫu.")
@click.option("--data", type=click.Path(path_type=Path), help="Thư mục dữ liệu (./loa-demo).")
@click.option("--port", type=click.IntRange(1, 65535), help="Cổng của trang web.")
def demo(once: bool, audio: Path | None, data: Path | None, port: int | None) -> None:
    """Chạy thử trọn đường đi: tải tiếng lên, xếp hàng, chép, duyệt, đăng lên trang tin."""
    if audio is not None:
        require_file(audio)
    settings = load_settings(data_dir=data or Path("loa-demo"))
    # People who try it out have passwords that are shown below, and no telephone at hand.
    settings = settings_with(
        settings,
        port=port or _free_port(settings.host),
        log_level="WARNING",
        second_factor="nobody",
    )
    configure_logs(settings.log_level, settings.log_format)
    prepare_database(settings)
    settings = write_running_url(settings)
    stage = _prepare(settings, audio)
    supervisor = Supervisor(settings)
    results: list[dict[str, Any]] = []
    failures: list[Exception] = []

    def play() -> None:
        try:
            results.append(_play(settings, stage))
            _show(settings, stage, results[0])
            if not once:
                click.echo("Nhấn Ctrl-C để dừng.")
        except Exception as error:
            # Raised again in the main thread, once everything has been stopped.
            failures.append(error)
        if once or failures:
            supervisor.request_stop()

    player = threading.Thread(target=play, name="demo", daemon=True)
    supervisor.run(on_ready=player.start)
    if failures:
        raise failures[0]
    if once and results:
        print_json(results[0])


def _prepare(settings: Settings, audio: Path | None) -> Stage:
    """The example commune, its people with fresh passwords, and the sound to send."""
    passwords = {role: new_password() for role in PEOPLE}
    db = Database(settings.effective_database_url)
    with db.writing() as session:
        unit = session.scalar(select(Unit).where(Unit.slug == UNIT_SLUG))
        unit_id = unit.id if unit else create_unit(session, slug=UNIT_SLUG, name=UNIT_NAME).id
        for role, (email, name) in PEOPLE.items():
            hashed = hash_password(passwords[role])
            user = session.scalar(select(User).where(User.email == email))
            if user is None:
                user = create_user(session, email=email, name=name, password_hash=hashed)
                grant_role(session, user_id=user.id, unit_id=unit_id, role=role)
            else:
                set_password(session, user_id=user.id, password_hash=hashed)
    db.dispose()
    if audio is not None:
        return Stage(unit_id, passwords, audio, audio.stem)
    click.echo("Đang lấy giọng mẫu…", err=True)
    joined = settings.run_dir / "ban-tin-thu.wav"
    joined.parent.mkdir(parents=True, exist_ok=True)
    # A pause of its own length each time: the same demo again is a new announcement, not a
    # repeated file.
    pause_ms = 600 + secrets.randbelow(400)
    join_samples(fetch_samples(settings.cache_dir), joined, pause_ms=pause_ms)
    return Stage(unit_id, passwords, joined, TITLE)


def _play(settings: Settings, stage: Stage) -> dict[str, Any]:
    """Upload, wait, approve, wait: what the people do, and the figures of it."""
    base = f"http://{settings.host}:{settings.port}"
    operator = StaffClient(base, PEOPLE["operator"][0], stage.passwords["operator"])
    announcement_id = operator.upload(stage.audio, stage.unit_id, stage.title)
    heard = _wait(operator, announcement_id, {State.IN_REVIEW, State.PUBLISHED}, "Máy đang chép")
    if heard["state"] == State.IN_REVIEW:
        approver = StaffClient(base, PEOPLE["approver"][0], stage.passwords["approver"])
        approver.confirm(announcement_id)
        approver.approve(announcement_id, heard["digest"])
        _wait(operator, announcement_id, {State.PUBLISHED}, "Đang đăng")
    return _figures(settings, announcement_id)


def _wait(
    client: StaffClient, announcement_id: str, wanted: set[State], word: str
) -> dict[str, Any]:
    with tqdm(total=100, desc=word, unit="%", leave=False, disable=None) as bar:
        while True:
            state = client.state(announcement_id)
            if state["state"] in wanted:
                return state
            if state.get("failure") or state["state"] == State.WITHDRAWN:
                raise BridgeError("demo_failed", step=state["state"], detail=state.get("failure"))
            bar.n = state.get("percent") or 0
            bar.refresh()
            time.sleep(0.3)


def _figures(settings: Settings, announcement_id: str) -> dict[str, Any]:
    db = Database(settings.effective_database_url)
    with db.reading() as session:
        view = announcement_view(session, announcement_id)
        slug = find_unit(session, view.work.unit_slug).slug
        engine_seconds = session.scalar(
            select(EngineRun.engine_seconds)
            .where(EngineRun.announcement_id == announcement_id)
            .order_by(EngineRun.started_at.desc())
            .limit(1)
        )
    db.dispose()
    folder, public = settings.site_dir / slug, settings.effective_public_url
    return {
        "audio_seconds": view.work.duration_ms / 1000,
        "transcribe_seconds": round(engine_seconds or 0.0, 2),
        "text": " ".join(segment.text for segment in view.segments),
        "page": str(folder / announcement_id / "index.html"),
        "feed": str(folder / "feed.xml"),
        "announcement": announcement_id,
        "page_url": f"{public}/{slug}/{announcement_id}/",
        "feed_url": f"{public}/{slug}/feed.xml",
    }


def _show(settings: Settings, stage: Stage, figures: dict[str, Any]) -> None:
    public = settings.effective_public_url
    click.echo(f"Máy chép được:  {figures['text']}")
    click.echo(f"Trang bản tin:  {figures['page_url']}")
    click.echo(f"Trang đơn vị:   {public}/{UNIT_SLUG}/")
    click.echo(f"Nguồn tin RSS:  {figures['feed_url']}")
    click.echo(f"Phòng làm việc: {public}/lam-viec/")
    for role, (email, _) in PEOPLE.items():
        click.echo(f"  {email}  {stage.passwords[role]}")
    click.echo(f"Dữ liệu:        {settings.data_dir}")


def _free_port(host: str) -> int:
    """The first free port from 8000 on: a demo must not fail because another one runs."""
    for port in range(_FIRST_PORT, _FIRST_PORT + _PORTS_TO_TRY):
        try:
            require_free_port(host, port)
        except Conflict:
            continue
        return port
    raise Conflict("port_taken", host=host, port=_FIRST_PORT)
