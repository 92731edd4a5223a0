"""A model's folder: everything wrong with it is found without loading it."""

from pathlib import Path

import pytest

from tests.transcribe.model_folders import TOKENS, write_json, write_model
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


@pytest.mark.parametrize("mels", [80, 128])
def test_a_whole_folder_has_no_faults(mels: int, tmp_path: Path) -> None:
    assert find_faults(write_model(tmp_path / "model", mels)) == ()


def test_every_missing_file_is_named_at_once(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 128, leave_out="preprocessor_config.json")
    (folder / "tokenizer.json").unlink()
    (folder / "vocabulary.json").unlink()
    assert find_faults(folder) == tuple(
        FolderFault(MISSING, name)
        for name in ("tokenizer.json", "vocabulary.json", "preprocessor_config.json")
    )
    (tmp_path / "empty").mkdir()
    assert [fault.file for fault in find_faults(tmp_path / "empty")] == [
        *("model.bin", "config.json", "tokenizer.json", "vocabulary.json")
    ]


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "ggml-base.bin"])
def test_a_model_in_another_form_is_told_from_an_empty_folder(name: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80, leave_out="model.bin")
    (folder / "vocabulary.json").unlink()
    (folder / name).touch()
    assert find_faults(folder) == (FolderFault(UNCONVERTED, name),)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "preprocessor_config.json"])
@pytest.mark.parametrize("text", ["<html>", "[]", ""])
def test_a_file_that_is_no_json_object_is_damaged(name: str, text: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80)
    (folder / name).write_text(text)
    assert find_faults(folder) == (FolderFault(DAMAGED, name),)


@pytest.mark.parametrize(
    "heads", [None, [], [[6, 0]], [[0, 8]], [[-1, 0]], [[0]], [0], ["00"], "x", {}, [[0, "0"]]]
)
def test_alignment_heads_that_the_decoder_does_not_have_are_found(
    heads: object, tmp_path: Path
) -> None:
    # CTranslate2 ends with a segmentation fault on numbers out of range.
    folder = write_model(tmp_path / "model", 80, width=512, layers=6)
    write_json(folder / "config.json", {"alignment_heads": heads})
    assert find_faults(folder) == (FolderFault(NO_ALIGNMENT, "config.json"),)


def test_alignment_heads_up_to_the_last_are_taken(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80, width=512, layers=6)
    write_json(folder / "config.json", {"alignment_heads": [[0, 0], [5, 7]]})
    assert find_faults(folder) == ()


@pytest.mark.parametrize(("mels", "stated"), [(128, 80), (128, None), (80, 128)])
def test_preprocessor_settings_of_another_model_are_found(
    mels: int, stated: int | None, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "model", mels)
    content = {} if stated is None else {"feature_size": stated}
    write_json(folder / "preprocessor_config.json", content)
    assert find_faults(folder) == (FolderFault(OTHER_BANDS, "preprocessor_config.json"),)


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_tokenizer_of_another_generation_is_found(form: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80)
    tokens = [TOKENS[0], "<|yue|>", *TOKENS[1:]]  # large-v3 has one language more
    if form == "json":
        write_json(folder / "vocabulary.json", tokens)
    else:
        (folder / "vocabulary.json").unlink()
        (folder / "vocabulary.txt").write_text("\n".join(tokens) + "\n")
    assert find_faults(folder) == (FolderFault(OTHER_TOKENS, "tokenizer.json"),)


def test_weights_cut_short_are_damaged_wherever_the_cut_is(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80)
    weights = (folder / "model.bin").read_bytes()
    for length in (0, 3, 10, 40, 200, len(weights) - 1):
        (folder / "model.bin").write_bytes(weights[:length])
        assert find_faults(folder) == (FolderFault(DAMAGED, "model.bin"),)
        with pytest.raises(UnreadableWeights):
            read_weights(folder / "model.bin")


@pytest.mark.parametrize(
    ("mels", "width", "layers", "kind"),
    [
        (80, 384, 4, "tiny"),
        (80, 512, 6, "base"),
        (80, 768, 12, "small"),
        (80, 1024, 24, "medium"),
        (80, 1280, 32, "large"),
        (128, 1280, 32, "large-v3"),
        (128, 1280, 4, "large-v3-turbo"),
        (80, 64, 2, "?"),
    ],
)
def test_weights_tell_which_whisper_they_are(
    mels: int, width: int, layers: int, kind: str, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "model", mels, width=width, layers=layers)
    weights = read_weights(folder / "model.bin")
    assert weights is not None
    assert (weights.kind, weights.stored_as) == (kind, "float16")


def test_a_newer_format_is_left_to_the_engine(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 80)
    (folder / "model.bin").write_bytes(b"\x07\x00\x00\x00 laid out otherwise")
    assert find_faults(folder) == ()
