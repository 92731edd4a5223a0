"""What a model's folder holds and what is wrong with it, from its files alone: nothing is loaded.

The form is CTranslate2's for Whisper: `model.bin`, `config.json`, `vocabulary.*`, beside them
Hugging Face's `tokenizer.json` and, for models of 128 mel bands, `preprocessor_config.json`.
"""

import json
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

REQUIRED = ("model.bin", "config.json", "tokenizer.json")
PREPROCESSOR = "preprocessor_config.json"

MISSING = "missing"
UNCONVERTED = "unconverted"  # weights are there, in another program's form
DAMAGED = "damaged"
NO_ALIGNMENT = "no_alignment"  # the engine gives no word times without, or dies of wrong ones
OTHER_BANDS = "other_bands"  # sound would be prepared for another model
OTHER_TOKENS = "other_tokens"  # every special token would be read as its neighbour

_MODEL_FORMAT = 6  # of CTranslate2's model.bin; newer ones may be laid out otherwise
_NUMBER_KINDS = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
_SMALL_MELS = 80  # what faster-whisper assumes where nothing says otherwise
_HEAD_WIDTH = 64  # of every Whisper: heads = width / 64
_OTHER_FORMS = ("*.safetensors", "pytorch_model*.bin", "*.pt", "ggml*.bin", "*.gguf", "*.onnx")
_LAYER = re.compile(r"decoder/layer_(\d+)/")
_TURBO_LAYERS = 4
_SIZES = {384: "tiny", 512: "base", 768: "small", 1024: "medium", 1280: "large"}
# Tokens whose place differs between the generations of Whisper.
_TELLING_TOKENS = ("<|transcribe|>", "<|notimestamps|>")


@dataclass(frozen=True, slots=True)
class FolderFault:
    """One thing wrong with a file of the folder; `kind` is one of the constants above.

    For UNCONVERTED `file` is the weights found instead of `model.bin`.
    """

    kind: str
    file: str


@dataclass(frozen=True, slots=True)
class Weights:
    """What the weights say of themselves."""

    mel_bands: int
    width: int  # of the encoder
    decoder_layers: int
    stored_as: str  # number kind of the first layer's weights: float16, int8, …

    @property
    def kind(self) -> str:
        """The Whisper that this is one of, by its measures: "base", "large-v3-turbo", …

        "?" for measures that no published Whisper has.
        """
        size = _SIZES.get(self.width, "?")
        if size != "large":
            return size
        if self.decoder_layers == _TURBO_LAYERS:
            return "large-v3-turbo"
        return "large-v3" if self.mel_bands > _SMALL_MELS else "large"


class UnreadableWeights(Exception):
    """model.bin is cut short or is no model."""


def find_faults(folder: Path) -> tuple[FolderFault, ...]:
    """Everything wrong with a model's folder that its files show; empty for a whole one.

    Without tokenizer.json the library would go to the network; without preprocessor_config.json
    it feeds 80 mel bands to a model that wants 128.
    """
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if not any(folder.glob("vocabulary.*")):
        missing.append("vocabulary.json")
    faults = [FolderFault(MISSING, name) for name in missing]
    weights: Weights | None = None
    if "model.bin" not in missing:
        try:
            weights = read_weights(folder / "model.bin")
        except UnreadableWeights:
            faults.append(FolderFault(DAMAGED, "model.bin"))
    elif others := sorted(path.name for form in _OTHER_FORMS for path in folder.glob(form)):
        return (FolderFault(UNCONVERTED, others[0]),)  # the rest comes with the conversion
    faults += _check_config(folder, weights)
    faults += _check_preprocessor(folder, weights)
    faults += _check_tokenizer(folder)
    return tuple(faults)


def read_weights(path: Path) -> Weights | None:
    """The measures of a model.bin; None for a format newer than is known here.

    It is a list of named arrays behind a short header (CTranslate2's `model_spec.py`, format 6):
    walking it by seeking reads a few kilobytes, and finds out when it is cut short. Raises
    UnreadableWeights.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if _read_number(file, "<I") > _MODEL_FORMAT:
                return None
            _read_name(file)
            _read_number(file, "<I")
            mels, width, layers, stored_as = 0, 0, 0, ""
            for _ in range(_read_number(file, "<I")):
                name, shape, kind = _skip_array(file)
                if name == "encoder/conv1/weight" and len(shape) == 3:
                    width, mels = shape[:2]
                elif found := _LAYER.match(name):
                    layers = max(layers, int(found[1]) + 1)
                    if not stored_as and name.endswith("/linear_0/weight"):
                        stored_as = kind
            if mels == 0 or file.tell() > size:
                raise UnreadableWeights(str(path))
            return Weights(mels, width, layers, stored_as)
    except (struct.error, UnicodeDecodeError) as error:
        raise UnreadableWeights(str(path)) from error


def _check_config(folder: Path, weights: Weights | None) -> Iterator[FolderFault]:
    path = folder / "config.json"
    if not path.is_file():
        return
    config = _read_object(path)
    if config is None:
        yield FolderFault(DAMAGED, path.name)
    elif not _is_alignment(config.get("alignment_heads"), weights):
        yield FolderFault(NO_ALIGNMENT, path.name)


def _is_alignment(heads: object, weights: Weights | None) -> bool:
    """Pairs of (layer, head) that the decoder has; CTranslate2 crashes on others."""
    if not isinstance(heads, list) or not heads:
        return False
    layers = weights.decoder_layers if weights else 1_000
    most = weights.width // _HEAD_WIDTH if weights else 1_000
    return all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(number, int) for number in pair)
        and 0 <= pair[0] < layers
        and 0 <= pair[1] < most
        for pair in heads
    )


def _check_preprocessor(folder: Path, weights: Weights | None) -> Iterator[FolderFault]:
    path = folder / PREPROCESSOR
    if not path.is_file():
        if weights is not None and weights.mel_bands != _SMALL_MELS:
            yield FolderFault(MISSING, PREPROCESSOR)
        return
    content = _read_object(path)
    if content is None:
        yield FolderFault(DAMAGED, PREPROCESSOR)
    elif weights and content.get("feature_size", _SMALL_MELS) != weights.mel_bands:
        yield FolderFault(OTHER_BANDS, PREPROCESSOR)


def _check_tokenizer(folder: Path) -> Iterator[FolderFault]:
    path = folder / "tokenizer.json"
    if not path.is_file():
        return
    content = _read_object(path)
    if content is None:
        yield FolderFault(DAMAGED, path.name)
        return
    added = content.get("added_tokens")
    numbers = {
        token.get("content"): token.get("id")
        for token in (added if isinstance(added, list) else ())
        if isinstance(token, dict)
    }
    vocabulary = _read_vocabulary(folder)
    for token in _TELLING_TOKENS:
        number, place = numbers.get(token), vocabulary.get(token)
        if number is not None and place is not None and number != place:
            yield FolderFault(OTHER_TOKENS, path.name)
            return


def _read_vocabulary(folder: Path) -> dict[str, int]:
    """Token to number; empty where the file cannot be read here (the engine will say)."""
    try:
        if (folder / "vocabulary.json").is_file():
            tokens = json.loads((folder / "vocabulary.json").read_bytes())
        else:
            tokens = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    except (ValueError, FileNotFoundError):
        return {}
    if not isinstance(tokens, list):
        return {}
    return {token: place for place, token in enumerate(tokens) if isinstance(token, str)}


def _read_object(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _skip_array(file: BinaryIO) -> tuple[str, tuple[int, ...], str]:
    name = _read_name(file)
    rank = _read_number(file, "<B")
    shape = struct.unpack(f"<{rank}I", file.read(4 * rank))
    kind = _read_number(file, "<B")
    file.seek(_read_number(file, "<I"), os.SEEK_CUR)
    return name, shape, _NUMBER_KINDS[kind] if kind < len(_NUMBER_KINDS) else ""


def _read_name(file: BinaryIO) -> str:
    length = _read_number(file, "<H")
    return file.read(length).rstrip(b"\0").decode("utf-8")


def _read_number(file: BinaryIO, layout: str) -> int:
    return int(struct.unpack(layout, file.read(struct.calcsize(layout)))[0])
