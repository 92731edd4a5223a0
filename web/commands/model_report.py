"""What `loa model` says: lists, findings and verdicts as text for people and JSON for programs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError
from transcribe.bootstrap import Estimate
from transcribe.model_check import (
    DRAFT,
    GOOD,
    LOADS,
    TIMES_BROKEN,
    TIMES_GOOD,
    TIMES_POOR,
    TIMES_UNKNOWN,
    UNUSABLE,
    ModelReport,
    Style,
    WordTimes,
)
from transcribe.model_choice import ListedModel
from transcribe.model_folder import (
    DAMAGED,
    MISSING,
    NO_ALIGNMENT,
    OTHER_BANDS,
    OTHER_TOKENS,
    UNCONVERTED,
    FolderFault,
    UnreadableWeights,
    find_faults,
    read_weights,
)
from transcribe.speech_model import SpeechModel
from web.labels import describe_error

BETTER_MODEL = (
    "Mô hình kèm sẵn chỉ để chép nháp: khoảng bốn chữ sai một. Muốn chép đúng hơn, lấy PhoWhisper "
    "hoặc large-v3-turbo ở dạng CTranslate2: docs/models.md chỉ từng bước."
)

_SHORT_HASH = 12
_MIB = 1024 * 1024

_FAULTS = {
    MISSING: "Thiếu tệp %s.",
    UNCONVERTED: "Chỉ có %s, chưa đổi sang dạng CTranslate2. Xem docs/models.md.",
    DAMAGED: "Tệp %s bị hỏng hoặc tải chưa hết. Chép lại tệp này.",
    NO_ALIGNMENT: "Trong %s không có “alignment_heads” dùng được, nên không biết giờ của từng chữ. "
    "Chép mục này từ config.json của mô hình Whisper gốc cùng cỡ.",
    OTHER_BANDS: "Tệp %s là của mô hình khác (số dải âm không khớp). Lấy tệp đi cùng mô hình.",
    OTHER_TOKENS: "Tệp %s là của mô hình khác (mã từ không khớp). Lấy tệp đi cùng mô hình.",
}
_MISSING = {
    "model.bin": "Thiếu tệp model.bin, phần chính của mô hình. Xem lại tên thư mục.",
    "tokenizer.json": "Thiếu tệp tokenizer.json. Chuyển lại với --copy_files tokenizer.json.",
    "preprocessor_config.json": "Thiếu tệp preprocessor_config.json, mô hình 128 dải âm cần tệp "
    "này. Chuyển lại với --copy_files preprocessor_config.json.",
}
_TIMES = {
    TIMES_GOOD: "tốt",
    TIMES_POOR: "kém, bấm vào chữ có thể nghe lệch chỗ",
    TIMES_BROKEN: "hỏng, chữ và tiếng không khớp nhau",
    TIMES_UNKNOWN: "chưa rõ, nghe đúng quá ít chữ",
}
_FIX_TIMES = (
    "Sửa “alignment_heads” trong config.json theo mô hình Whisper gốc cùng cỡ rồi kiểm tra lại."
)
_FOREIGN = (
    "Hơn một nửa số chữ sai: đây không phải mô hình nghe được tiếng Việt, hoặc các tệp trong thư "
    "mục không cùng một mô hình."
)
_VERDICTS = {
    UNUSABLE: "KHÔNG dùng được cho Loa.",
    DRAFT: "dùng được để chép nháp; biên tập viên phải sửa nhiều.",
    GOOD: "dùng tốt; biên tập viên vẫn phải nghe lại số, giờ, ngày và tên.",
    LOADS: "nạp và chạy được. Chưa đo đúng sai: bỏ --no-samples để đo.",
}
_WHEN_TRYING = {
    "engine_died": "Máy chép lời dừng đột ngột khi dùng mô hình này.",
    "engine_failed": "Máy chép lời báo lỗi khi dùng mô hình này.",
    "engine_silent": "Máy chép lời không trả lời quá lâu: máy này quá chậm với mô hình này.",
    "engine_garbled": "Máy chép lời trả lời sai khi dùng mô hình này.",
    "engine_out_of_memory": "Máy này thiếu bộ nhớ cho mô hình này. Chọn mô hình nhỏ hơn.",
    "model_damaged": "Không nạp được mô hình: tệp bị hỏng. Chép lại cả thư mục.",
    "model_unknown": "Không có thư mục hay mô hình nào tên như vậy. Xem “loa model list”.",
    "model_unreachable": "Không có thư mục này trên máy, và không tải được từ kho mô hình.",
}
_MEASURES = (
    ("wer", "Sai âm tiết (WER)"),
    ("toneless", "Sai âm tiết, không kể thanh điệu"),
    ("cer", "Sai ký tự (CER)"),
)


def describe_fault(fault: FolderFault) -> str:
    """One sentence for one thing wrong with a folder."""
    if fault.kind == MISSING and fault.file in _MISSING:
        return _MISSING[fault.file]
    return _FAULTS[fault.kind] % fault.file


def describe_trouble(error: BridgeError) -> str:
    """What went wrong, for who tries a model and has no recording to wait for."""
    return _WHEN_TRYING.get(error.code) or describe_error(error)


def describe_place(place: str | Path | None) -> str:
    """Where the choice of the model is set down."""
    if place is None:
        return "Chưa đặt “model” ở đâu, nên dùng mô hình kèm sẵn."
    if isinstance(place, Path):
        return f"Đặt bằng dòng “model” trong {place}."
    return f"Đặt bằng biến môi trường {place}; biến này thắng dòng “model” trong tệp cài đặt."


def list_as_text(models: list[ListedModel], place: str | Path | None) -> str:
    """Each model on a line of its own, the one in use with a star, then what decides."""
    lines = [_list_line(entry) for entry in models]
    lines += ["", "* đang dùng. " + describe_place(place)]
    if any(entry.in_use and entry.model and entry.model.bundled for entry in models):
        lines.append(BETTER_MODEL)
    return "\n".join(lines)


def list_as_json(models: list[ListedModel], place: str | Path | None) -> dict[str, Any]:
    """The same for programs. `set_by`: "environment", "file" or "default"."""
    kinds = {str: "environment", type(None): "default"}
    return {
        "models": [_entry_as_json(entry) for entry in models],
        "set_by": kinds.get(type(place), "file"),
        "set_in": None if place is None else str(place),
    }


def report_as_text(report: ModelReport) -> str:
    """What was found out, from the facts to the verdict."""
    lines = [*_facts(report)]
    if report.evaluation is not None:
        lines += ["", *_accuracy(report)]
    if report.times is not None:
        lines.append(_times_line(report.times))
    if report.style is not None:
        lines.append(f"Cách viết: {_describe_style(report.style)}.")
    if report.failure is not None:
        lines += ["", describe_trouble(report.failure)]
    lines += ["", f"Kết luận: {_VERDICTS[report.verdict]}"]
    if report.hears_nothing_right:
        lines.append(_FOREIGN)
    if report.times is not None and report.times.grade in (TIMES_POOR, TIMES_BROKEN):
        lines.append(_FIX_TIMES)
    if report.model.bundled:
        lines.append(BETTER_MODEL)
    return "\n".join(lines)


def report_as_json(report: ModelReport) -> dict[str, Any]:
    """The same for programs; rates as fractions, null where nothing was measured."""
    ready, times = report.ready, report.times
    return {
        **_model_as_json(report.model),
        "device": ready.device if ready else None,
        "compute_type": ready.compute_type if ready else None,
        "parallel": ready.parallel if ready else None,
        "load_seconds": ready.load_seconds if ready else None,
        "peak_memory_bytes": report.memory_bytes,
        "measures": {
            name: {"value": estimate.value, **asdict(estimate)}
            for name, _ in _MEASURES
            if (estimate := report.measure(name)).value is not None
        },
        "rtf": report.rtf,
        "word_times": {"grade": times.grade, **asdict(times)} if times else None,
        "style": asdict(report.style) if report.style else None,
        "error": report.failure.code if report.failure else None,
        "verdict": report.verdict,
        "usable": report.usable,
    }


def faults_as_json(path: Path, faults: tuple[FolderFault, ...]) -> dict[str, Any]:
    """A folder that was not even loaded."""
    return {
        "path": str(path),
        "faults": [{**asdict(fault), "message": describe_fault(fault)} for fault in faults],
        "verdict": UNUSABLE,
        "usable": False,
    }


def _list_line(entry: ListedModel) -> str:
    star = "*" if entry.in_use else " "
    if entry.error is not None:
        return f"{star} {entry.name}: {_describe_broken(entry)}"
    if entry.model is None:
        return f"{star} {entry.name}: tên trên kho mô hình, tải về ở lần dùng đầu"
    model = entry.model
    if not model.path.is_dir():
        return f"{star} {entry.name}: {model.name}, kèm sẵn, ghép ra ở lần dùng đầu"
    whose = "kèm sẵn, để chép nháp" if model.bundled else "tự đem vào"
    size = _number(model.size_bytes / _MIB, 0)
    return (
        f"{star} {entry.name}: {model.name}, {whose}, {size} MiB, "
        f"sha256 {model.sha256[:_SHORT_HASH]}, {model.path}"
    )


def _describe_broken(entry: ListedModel) -> str:
    assert entry.error is not None  # noqa: S101  asked by the caller
    if entry.path is None or not entry.path.is_dir():
        return describe_error(entry.error)
    faults = find_faults(entry.path)
    return f"không dùng được, {entry.path}. " + " ".join(map(describe_fault, faults))


def _entry_as_json(entry: ListedModel) -> dict[str, Any]:
    known = entry.model is not None and entry.model.path.is_dir()
    return {
        "use_as": entry.name,
        "in_use": entry.in_use,
        "error": entry.error.code if entry.error else None,
        **(
            _model_as_json(entry.model)
            if entry.model is not None and known
            else {"path": str(entry.path) if entry.path else None}
        ),
    }


def _model_as_json(model: SpeechModel) -> dict[str, Any]:
    kind, stored_as = _read_kind(model)
    return {
        "name": model.name,
        "path": str(model.path),
        "bundled": model.bundled,
        "kind": kind,
        "stored_as": stored_as,
        "size_bytes": model.size_bytes,
        "sha256": model.sha256,
    }


def _facts(report: ModelReport) -> list[str]:
    model, ready = report.model, report.ready
    kind, stored_as = _read_kind(model)
    whose = " (kèm sẵn)" if model.bundled else ""
    memory = (
        f"{_number(report.memory_bytes / _MIB, 0)} MiB" if report.memory_bytes else "không đo được"
    )
    lines = [
        f"Mô hình: {model.name}{whose}, cỡ {kind or 'lạ'}, lưu dạng {stored_as or 'lạ'}, "
        f"{_number(model.size_bytes / _MIB, 0)} MiB.",
        f"Thư mục: {model.path}",
    ]
    if ready is not None:
        lines.append(
            f"Chạy trên {ready.device}, kiểu tính {ready.compute_type}, {ready.parallel} đoạn cùng "
            f"lúc; nạp mất {_number(ready.load_seconds, 1)} giây."
        )
    return [*lines, f"Bộ nhớ lúc cao nhất: {memory}."]


def _accuracy(report: ModelReport) -> list[str]:
    assert report.evaluation is not None  # noqa: S101  asked by the caller
    spoken_s = sum(result.duration_ms for result in report.evaluation.files) / 1000
    wer = report.measure("wer")
    lines = [
        f"Nghe {len(report.evaluation.files)} mẫu, {_number(spoken_s, 1)} giây, "
        f"{wer.denominator:.0f} âm tiết (ít mẫu nên chênh vài phần trăm chưa nói lên điều gì):"
    ]
    for name, words in _MEASURES:
        lines.append(f"  {words}: {_rate(report.measure(name))}")
    if report.rtf is not None:
        lines.append(
            f"  Thời gian chép so với thời lượng (RTF): {_number(report.rtf, 2)}, đo trên một bản "
            f"tin {_number(report.announcement_ms / 1000, 0)} giây"
        )
    return lines


def _times_line(times: WordTimes) -> str:
    counted = f"{times.placed - times.misplaced}/{times.placed} chữ nghe đúng nằm đúng chỗ"
    return (
        f"Giờ của từng chữ: {_TIMES[times.grade]} ({counted}; "
        f"{times.without_length}/{times.words} chữ dài 0 giây)."
    )


def _describe_style(style: Style) -> str:
    parts = [
        "có chữ hoa" if style.capitals else "toàn chữ thường",
        "có dấu câu" if style.punctuation else "không có dấu câu",
    ]
    if style.digits is not None:
        parts.append("số viết bằng chữ số" if style.digits else "số viết bằng chữ")
    return ", ".join(parts)


def _read_kind(model: SpeechModel) -> tuple[str | None, str | None]:
    try:
        weights = read_weights(model.path / "model.bin")
    except UnreadableWeights:
        return None, None
    if weights is None:
        return None, None
    return (None if weights.kind == "?" else weights.kind), weights.stored_as or None


def _rate(estimate: Estimate) -> str:
    if estimate.value is None:
        return "không đo được"
    value = f"{_number(estimate.value * 100, 1)}%"
    if estimate.low is None or estimate.high is None:
        return value
    low, high = (_number(bound * 100, 0) for bound in (estimate.low, estimate.high))
    return f"{value} (khoảng 95%: {low}–{high}%)"


def _number(value: float, places: int) -> str:
    """A number with a decimal comma."""
    return f"{value:.{places}f}".replace(".", ",")
