"""`loa evaluate`: how well a folder of recordings with their texts is transcribed."""

import math
from pathlib import Path

import click
from tqdm import tqdm

from bridge.settings import Settings
from transcribe.degrade import LOUDSPEAKER, Degradation
from transcribe.evaluation import Evaluation, Material, Pair, find_material
from transcribe.evaluation import evaluate as evaluate_pairs
from web.commands.evaluation_report import as_json, as_table
from web.commands.options import print_json, with_settings
from web.labels import describe_error


@click.command(short_help="Đo máy chép đúng đến đâu trên một thư mục mẫu.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--echo", is_flag=True, help="Thêm tiếng vang ngoài trời.")
@click.option("--band", is_flag=True, help="Chỉ giữ 300–3400 Hz, như loa nén.")
@click.option(
    "--noise",
    "noise_db",
    type=click.FloatRange(-20, 80),
    metavar="DB",
    help="Thêm tạp âm hồng, nhỏ hơn tiếng DB đề-xi-ben.",
)
@click.option(
    "--gain",
    "gain_db",
    type=click.FloatRange(-60, 60),
    metavar="DB",
    help="Tăng âm lượng DB đề-xi-ben; quá mức thì vỡ tiếng.",
)
@click.option(
    "--loudspeaker",
    is_flag=True,
    help="Giả tiếng loa phường: --gain 6 --band --echo --noise 15.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Số gieo: cùng số thì cùng kết quả.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Dạng kết quả.",
)
@with_settings
def evaluate(
    settings: Settings,
    folder: Path,
    echo: bool,
    band: bool,
    noise_db: float | None,
    gain_db: float | None,
    loudspeaker: bool,
    seed: int,
    form: str,
) -> int:
    """Chép từng tệp tiếng trong FOLDER rồi so với tệp chữ cùng tên (a.mp3 với a.txt, mã UTF-8).

    Tệp chữ trống nghĩa là trong tiếng không có ai nói: mọi chữ chép ra đều là bịa. Tên cần chép
    đúng ghi trong names.txt, mỗi dòng một tên. Kết quả ra stdout, tiến độ ra stderr; kết thúc bằng
    1 nếu có tệp không nghe được.
    """
    degradation = Degradation(echo, band, noise_db, gain_db)
    if loudspeaker:
        degradation = degradation.completed_by(LOUDSPEAKER)
    material = find_material(folder)
    _tell_of_lonely_files(material)
    evaluation = _evaluate(material, settings, degradation, seed)
    for refusal in evaluation.refused:
        click.echo(f"{refusal.path.name}: {describe_error(refusal.error)}", err=True)
    if form == "json":
        print_json(as_json(evaluation, material), indent=2)
    elif evaluation.files:
        click.echo(as_table(evaluation))
    return 1 if evaluation.refused else 0


def _tell_of_lonely_files(material: Material) -> None:
    for path in material.without_text:
        click.echo(f"{path.name}: bỏ qua vì không có tệp chữ {path.stem}.txt.", err=True)
    for path in material.without_sound:
        click.echo(f"{path.name}: bỏ qua vì không có tệp tiếng cùng tên.", err=True)


def _evaluate(
    material: Material, settings: Settings, degradation: Degradation, seed: int
) -> Evaluation:
    pairs: tuple[Pair, ...] = material.pairs
    with tqdm(total=len(pairs), unit="tệp", desc="Đang đo", leave=False) as bar:

        def show(finished: int, done_ms: int, total_ms: int) -> None:
            # Whole files and the share of this one that is heard, as the bar counts files.
            share = done_ms / total_ms if total_ms else 0.0
            bar.n = math.floor((finished + share) * 10) / 10
            bar.set_postfix_str(pairs[finished].path.name, refresh=False)
            bar.refresh()

        return evaluate_pairs(
            pairs, settings, show, names=material.names, degradation=degradation, seed=seed
        )
