"""Folders that look like a speech model, made on the spot; nothing in them can be loaded."""

import json
import struct
from pathlib import Path

TOKENS = ("<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>")


def named_array(name: str, shape: tuple[int, ...], content: bytes, kind: int = 4) -> bytes:
    """One array of a model.bin; kind 4 is float16."""
    encoded = name.encode() + b"\0"
    return (
        struct.pack("<H", len(encoded))
        + encoded
        + struct.pack(f"<B{len(shape)}I", len(shape), *shape)
        + struct.pack("<BI", kind, len(content))
        + content
    )


def write_model(
    folder: Path, mels: int, *, width: int = 512, layers: int = 6, leave_out: str = ""
) -> Path:
    """A folder that looks like a model with `mels` mel bands, weights and all."""
    folder.mkdir(parents=True)
    arrays = [
        named_array(f"decoder/layer_{number}/ffn/linear_0/weight", (4, 2), bytes(16))
        for number in range(layers)
    ]
    arrays.append(named_array("encoder/conv1/weight", (width, mels, 3), bytes(24)))
    arrays.append(named_array("encoder/z", (), bytes(1)))
    kind = b"WhisperSpec\0"
    head = struct.pack("<IH", 6, len(kind)) + kind + struct.pack("<II", 3, len(arrays))
    (folder / "model.bin").write_bytes(head + b"".join(arrays))
    write_json(folder / "config.json", {"alignment_heads": [[layers - 1, 0]]})
    write_json(folder / "vocabulary.json", list(TOKENS))
    added = [{"id": number, "content": token} for number, token in enumerate(TOKENS)]
    write_json(folder / "tokenizer.json", {"added_tokens": added})
    if mels != 80:
        write_json(folder / "preprocessor_config.json", {"feature_size": mels})
    if leave_out:
        (folder / leave_out).unlink()
    return folder


def write_json(path: Path, content: object) -> None:
    """A JSON file."""
    path.write_text(json.dumps(content), encoding="utf-8")
