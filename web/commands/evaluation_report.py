"""The result of `loa evaluate` as a table for people and as one JSON object for programs."""

from dataclasses import asdict
from typing import Any

from transcribe.bootstrap import FEW_FILES, Estimate
from transcribe.comparison import Tally
from transcribe.degrade import Degradation
from transcribe.evaluation import Evaluation, FileResult, Material

_WORST_FILES = 10
_NOTHING = "–"

_SYLLABLES, _CHARACTERS, _SECONDS = "âm tiết", "ký tự", "giây"
# Measure, its words, what it counts. A row stands in the table where there was something to count.
_ROWS = (
    ("wer", "Sai âm tiết (WER)", _SYLLABLES),
    ("substitutions", "  chép nhầm", _SYLLABLES),
    ("deletions", "  bỏ sót", _SYLLABLES),
    ("insertions", "  chép thừa", _SYLLABLES),
    ("toneless", "Sai âm tiết, không kể thanh điệu", _SYLLABLES),
    ("cer", "Sai ký tự (CER)", _CHARACTERS),
    ("figures", "Số, giờ, ngày chép đúng", "chỗ"),
    ("names", "Tên riêng chép đúng", "chỗ"),
    ("listed_names", "  trong đó theo names.txt", "chỗ"),
    ("unsure_precision", "Chữ máy ngờ mà sai thật", "chữ"),
    ("unsure_recall", "Chữ sai được máy ngờ", "chữ"),
    ("marks_precision", "Chữ có dấu bất kỳ mà sai thật", "chữ"),
    ("marks_recall", "Chữ sai có dấu bất kỳ", "chữ"),
    ("invented", "Bịa chữ lúc không ai nói", _SECONDS),
    ("invented_flagged", "  phần bịa được gắn cờ", _SECONDS),
)
_MILLISECONDS = frozenset({"invented", "invented_flagged"})


def as_table(evaluation: Evaluation) -> str:
    """The measures over all files with their 95 % intervals, then the files that came out worst."""
    lines = [*_heading(evaluation), ""]
    lines += _columns(
        ("", "Kết quả", "Khoảng 95%", "Đếm được"),
        [
            _row(name, words, unit, evaluation.measures[name])
            for name, words, unit in _ROWS
            if evaluation.measures[name].value is not None
        ]
        + [_speed_row(evaluation.measures["rtf"])],
    )
    lines += ["", *_remarks(evaluation)]
    worst = sorted(
        (result for result in evaluation.files if result.speech),
        key=lambda result: -_error_rate(result),
    )[:_WORST_FILES]
    if len(evaluation.files) > 1 and worst:
        lines += ["", "Tệp sai nhiều nhất:"]
        lines += [f"  {_percent(_error_rate(result)):>7}  {result.path.name}" for result in worst]
    return "\n".join(lines)


def as_json(evaluation: Evaluation, material: Material) -> dict[str, Any]:
    """Everything measured, by file and over all; times in seconds or, where named so, in ms."""
    return {
        "model": evaluation.model,
        "load_seconds": evaluation.load_seconds,
        "degradation": asdict(evaluation.degradation),
        "seed": evaluation.seed,
        "measures": {
            name: {"value": estimate.value, **asdict(estimate)}
            for name, estimate in evaluation.measures.items()
        },
        "figures_by_kind": {
            kind: asdict(tally) for kind, tally in sorted(_figures_by_kind(evaluation).items())
        },
        "invented_names": sum(
            result.speech.invented_names for result in evaluation.files if result.speech
        ),
        "invented_seconds": evaluation.measures["invented"].numerator / 1000,
        "files": [_file_as_json(result) for result in evaluation.files],
        "refused": [
            {"file": refusal.path.name, "error": refusal.error.code}
            for refusal in evaluation.refused
        ],
        "without_text": [path.name for path in material.without_text],
        "without_sound": [path.name for path in material.without_sound],
    }


def _heading(evaluation: Evaluation) -> list[str]:
    seconds = evaluation.measures["rtf"].denominator
    silent = sum(result.non_speech is not None for result in evaluation.files)
    without = f", trong đó {silent} tệp không có tiếng nói" if silent else ""
    return [
        f"Bộ nhận dạng: {evaluation.model}. {len(evaluation.files)} tệp{without}, "
        f"{_number(seconds, 0)} giây tiếng.",
        f"Âm thanh: {_describe(evaluation.degradation, evaluation.seed)}.",
    ]


def _describe(degradation: Degradation, seed: int) -> str:
    if not degradation.changes_sound:
        return "để nguyên"
    steps = []
    if degradation.gain_db is not None:
        steps.append(f"khuếch đại {_number(degradation.gain_db, 1)} dB")
    if degradation.band:
        steps.append("chỉ giữ 300–3400 Hz")
    if degradation.echo:
        steps.append("tiếng vang")
    if degradation.noise_db is not None:
        steps.append(f"tạp âm nhỏ hơn tiếng {_number(degradation.noise_db, 1)} dB")
    return f"làm xấu đi ({', '.join(steps)}; số gieo {seed})"


def _row(name: str, words: str, unit: str, estimate: Estimate) -> tuple[str, str, str, str]:
    numerator, denominator = estimate.numerator, estimate.denominator
    if name in _MILLISECONDS:
        counted = f"{_number(numerator / 1000, 1)}/{_number(denominator / 1000, 1)} {unit}"
    else:
        counted = f"{numerator:.0f}/{denominator:.0f} {unit}"
    return words, _percent(estimate.value), _interval(estimate, 100, "%"), counted


def _speed_row(estimate: Estimate) -> tuple[str, str, str, str]:
    value = _NOTHING if estimate.value is None else _number(estimate.value, 2)
    counted = f"{_number(estimate.numerator, 1)}/{_number(estimate.denominator, 1)} giây"
    return "Thời gian chép so với thời lượng (RTF)", value, _interval(estimate, 1, ""), counted


def _interval(estimate: Estimate, factor: int, sign: str) -> str:
    if estimate.low is None or estimate.high is None:
        return _NOTHING
    places = 1 if sign else 2
    low, high = (_number(value * factor, places) for value in (estimate.low, estimate.high))
    return f"{low}–{high}{sign}"


def _columns(head: tuple[str, ...], rows: list[tuple[str, str, str, str]]) -> list[str]:
    """The first column to the left, the others to the right, as wide as their longest entry."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    return [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in (head, *rows)
    ]


def _remarks(evaluation: Evaluation) -> list[str]:
    invented = sum(result.speech.invented_names for result in evaluation.files if result.speech)
    remarks = [
        f"Khoảng 95%: lấy mẫu lại theo tệp (bootstrap, Bisani và Ney 2004), số gieo "
        f"{evaluation.seed}."
    ]
    if len(evaluation.files) < FEW_FILES:
        remarks.append(
            f"Chỉ có {len(evaluation.files)} tệp nên khoảng này rất rộng và chính nó cũng chưa "
            "chắc: chênh nhau vài phần trăm chưa nói lên điều gì."
        )
    if invented:
        remarks.append(f"Tên trong names.txt bị chép vào chỗ không ai nói: {invented} lần.")
    return remarks


def _file_as_json(result: FileResult) -> dict[str, Any]:
    return {
        "file": result.path.name,
        "duration_ms": result.duration_ms,
        "seconds": result.seconds,
        "reference": result.reference,
        "heard": result.heard,
        "wer": _error_rate(result) if result.speech else None,
        "speech": asdict(result.speech) if result.speech else None,
        "non_speech": asdict(result.non_speech) if result.non_speech else None,
    }


def _figures_by_kind(evaluation: Evaluation) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for result in evaluation.files:
        for kind, tally in (result.speech.figures if result.speech else {}).items():
            tallies[kind] = tallies.get(kind, Tally()) + tally
    return tallies


def _error_rate(result: FileResult) -> float:
    return result.speech.words.rate if result.speech else 0.0


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{_number(value * 100, 1)}%"


def _number(value: float, places: int) -> str:
    """A number with a decimal comma."""
    return f"{value:.{places}f}".replace(".", ",")
