"""`loa model`: which speech models there are, whether one is fit, which one is used."""

from pathlib import Path

import click
from tqdm import tqdm

from bridge.errors import BridgeError, EngineFailed, ModelUnavailable
from bridge.settings import Settings
from transcribe.model_check import ModelReport, check_model
from transcribe.model_choice import list_models, resolve_model, use_model, where_model_is_set
from transcribe.model_folder import FolderFault, find_faults
from transcribe.samples import Sample, fetch_samples
from transcribe.speech_model import BUNDLED, SpeechModel, find_model
from web.commands.model_report import (
    BETTER_MODEL,
    describe_fault,
    describe_trouble,
    faults_as_json,
    list_as_json,
    list_as_text,
    report_as_json,
    report_as_text,
)
from web.commands.options import print_json, settings_with, with_settings

_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Dạng kết quả.",
)


@click.group(short_help="Mô hình tiếng nói: xem, kiểm tra, chọn.")
def model() -> None:
    """Mô hình tiếng nói: xem, kiểm tra, chọn.

    Mô hình kèm sẵn chỉ để chép nháp (khoảng bốn chữ sai một). Cách lấy mô hình tốt hơn:
    docs/models.md.
    """


@model.command("list", short_help="Liệt kê mô hình có trên máy.")
@_format
@with_settings
def list_known(settings: Settings, form: str) -> None:
    """Liệt kê mô hình có trên máy, mô hình đang dùng và chỗ đặt nó."""
    models, place = list_models(settings), where_model_is_set(settings)
    if form == "json":
        print_json(list_as_json(models, place), indent=2)
    else:
        click.echo(list_as_text(models, place))


@model.command(short_help="Kiểm tra một mô hình.")
@click.argument("name", metavar="[DIR]", required=False)
@click.option("--no-samples", is_flag=True, help="Không tải giọng mẫu, chỉ nạp và chạy thử.")
@_format
@with_settings
def check(settings: Settings, name: str | None, no_samples: bool, form: str) -> int:
    """Kiểm tra thư mục DIR (bỏ trống: mô hình đang dùng), nạp thử, rồi cho nghe giọng mẫu.

    DIR cũng có thể là “bundled” hoặc tên trong “loa model list”. Kết quả ra stdout, tiến độ ra
    stderr; kết thúc bằng 0 chỉ khi mô hình dùng được.
    """
    wanted = settings_with(settings, model=resolve_model(name or settings.model, settings))
    if faults := _faults(wanted):
        if form == "json":
            print_json(faults_as_json(Path(wanted.model), faults), indent=2)
        else:
            _tell_faults(wanted.model, faults)
        return 1
    clips = [] if no_samples else _fetch_clips(wanted)
    try:
        found = find_model(wanted, verify=True)
    except ModelUnavailable as error:
        click.echo(f"Lỗi: {describe_trouble(error)}", err=True)
        return 1
    report = _check(found, wanted, clips)
    if form == "json":
        print_json(report_as_json(report), indent=2)
    else:
        click.echo(report_as_text(report))
    return 0 if report.usable else 1


@model.command(short_help="Chọn mô hình để dùng.")
@click.argument("name", metavar="DIR")
@with_settings
def use(settings: Settings, name: str) -> int:
    """Nạp thử mô hình trong thư mục DIR rồi ghi vào tệp cài đặt; hỏng thì không ghi gì.

    “loa model use bundled” quay về mô hình kèm sẵn. Chữ đã chép giữ nguyên.
    """
    wanted = settings_with(settings, model=resolve_model(name, settings))
    if faults := _faults(wanted):
        _tell_faults(wanted.model, faults)
        return 1
    click.echo("Đang nạp thử…", err=True)
    try:
        choice = use_model(settings, name)
    except (EngineFailed, ModelUnavailable) as error:
        click.echo(f"Lỗi: {describe_trouble(error)} Chưa đổi gì.", err=True)
        return 1
    if choice.changed:
        click.echo(f"Đã chọn {choice.model.name}, ghi trong {choice.file}.")
        click.echo("Loa đang chạy thì khởi động lại mới dùng. Chữ đã chép giữ nguyên.")
    else:
        click.echo(f"Đã chọn {choice.model.name} từ trước, không có gì để đổi.")
    if choice.overridden_by:
        click.echo(
            f"Nhưng biến {choice.overridden_by} đang đặt “{settings.model}” và thắng tệp cài đặt. "
            "Bỏ biến này đi thì lựa chọn mới có hiệu lực.",
            err=True,
        )
    if choice.model.bundled:
        click.echo(BETTER_MODEL)
    else:
        click.echo("Đo xem đúng đến đâu: loa model check, loa evaluate THƯ_MỤC.")
    return 0


def _faults(settings: Settings) -> tuple[FolderFault, ...]:
    folder = Path(settings.model)
    return find_faults(folder) if settings.model != BUNDLED and folder.is_dir() else ()


def _tell_faults(folder: str, faults: tuple[FolderFault, ...]) -> None:
    click.echo(f"Lỗi: không dùng được mô hình trong {folder}.", err=True)
    for fault in faults:
        click.echo(f"  {describe_fault(fault)}", err=True)


def _fetch_clips(settings: Settings) -> list[Sample]:
    try:
        return fetch_samples(settings.cache_dir)
    except BridgeError as error:
        raise click.ClickException(
            "chưa tải được giọng mẫu. Kiểm tra mạng rồi thử lại, hoặc thêm --no-samples."
        ) from error


def _check(found: SpeechModel, settings: Settings, clips: list[Sample]) -> ModelReport:
    with tqdm(total=None, unit="s", desc="Đang kiểm tra", leave=False) as bar:

        def show(done_ms: int, total_ms: int) -> None:
            bar.total = total_ms // 1000
            bar.n = done_ms // 1000
            bar.refresh()

        return check_model(found, settings, clips, show)
