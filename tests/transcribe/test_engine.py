"""The engine's own side of the protocol, spoken to over its pipes as any client would."""

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import pytest

from bridge.settings import Settings
from tests.transcribe.asking import ask
from transcribe.child import full_environment, python_command
from transcribe.engine_client import EngineClient, HeardSegment
from transcribe.speech_model import find_model

# A GPU is tested where there is one.
DEVICES = ["cpu", "cuda"] if ctranslate2.get_cuda_device_count() else ["cpu"]


def converse(
    settings: Settings, *lines: str, env: dict[str, str] | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Start an engine, send it all lines, and return its events and exit status."""
    command = python_command("transcribe.engine", "--model", str(find_model(settings).path))
    finished = subprocess.run(
        command,
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        env=env or full_environment(),
        timeout=300,
    )
    return [json.loads(line) for line in finished.stdout.splitlines()], finished.returncode


@pytest.mark.model
def test_a_bad_request_harms_no_other(model_settings: Settings, clip_pcm: Path) -> None:
    events, status = converse(
        model_settings,
        "this is no request",
        json.dumps({"id": 5, "pcm": "/nonexistent", "offset_ms": 0}),
        json.dumps({"id": 6, "pcm": str(clip_pcm), "offset_ms": 1000}),
    )
    assert status == 0  # the end of its input is the end of its work
    ready, *rest = events
    assert ready["event"] == "ready"
    assert ready["device"] in {"cpu", "cuda"}
    assert ready["compute_type"] == ("int8" if ready["device"] == "cpu" else "float16")
    assert "initial_prompt" not in ready["options"]
    assert ready["parallel"] >= 1
    errors = [(event["event"], event["id"]) for event in rest if event["id"] != 6]
    assert sorted(errors, key=str) == [("error", 5), ("error", None)]
    answers = [event for event in rest if event["id"] == 6]
    kinds = [event["event"] for event in answers]
    assert kinds[-1] == "done"
    assert kinds.count("done") == 1
    assert kinds.index("segment") < kinds.index("progress")
    segment = answers[kinds.index("segment")]
    assert set(segment["words"][0]) == {"text", "start_ms", "end_ms", "probability"}
    assert segment["start_ms"] >= 1000


@pytest.mark.model
def test_it_tells_nobody_of_this_machine_and_leaves_no_name_for_it(
    model_settings: Settings, clip_pcm: Path, tmp_path: Path
) -> None:
    # As on a server: libraries that report to their makers keep still where tests run.
    told = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    places = {name: value for name, value in full_environment().items() if name == "PYTHONPATH"}
    request = json.dumps({"id": 1, "pcm": str(clip_pcm), "offset_ms": 0})
    events, _status = converse(model_settings, request, env=told | places)
    assert events[-1]["event"] == "done"
    assert [path.name for path in tmp_path.rglob("*")] == []


@pytest.mark.model
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("compute_type", ["auto", "float32"])
def test_every_device_that_is_here_hears_a_clip(
    device: str, compute_type: str, model_settings: Settings, clip_pcm: Path
) -> None:
    settings = replace(model_settings, device=device, compute_type=compute_type)
    with closing(EngineClient(find_model(settings), settings)) as engine:
        ready = engine.start()
        usual = "int8" if device == "cpu" else "float16"
        assert ready.device == device
        assert ready.compute_type == (usual if compute_type == "auto" else compute_type)
        segments = [event for event in ask(engine, clip_pcm) if isinstance(event, HeardSegment)]
    assert "muốn được nhìn nhận" in " ".join(heard.segment.text for heard in segments).lower()


@pytest.mark.model
@pytest.mark.skipif("cuda" in DEVICES, reason="a GPU is here")
def test_device_that_is_not_there_is_said_before_the_model_is_loaded(tmp_path: Path) -> None:
    command = python_command("transcribe.engine", "--model", str(tmp_path), "--device", "cuda")
    finished = subprocess.run(command, capture_output=True, text=True, env=full_environment())
    (event,) = [json.loads(line) for line in finished.stdout.splitlines()]
    assert (event["event"], event["code"]) == ("error", "engine_device_missing")
    assert finished.returncode == 1


@pytest.mark.model
def test_compute_type_that_does_not_exist_is_said(model_settings: Settings) -> None:
    command = python_command("transcribe.engine", "--model", str(find_model(model_settings).path))
    finished = subprocess.run(
        [*command, "--compute-type", "int3"], capture_output=True, text=True, env=full_environment()
    )
    (event,) = [json.loads(line) for line in finished.stdout.splitlines()]
    assert event["code"] == "engine_option_unsupported"


def test_stray_prints_do_not_reach_the_events() -> None:
    script = (
        "import os; from transcribe.engine import reserve_stdout; events = reserve_stdout();"
        "print('stray', flush=True); os.write(1, b'raw stray\\n');"
        "events.write('event\\n'); events.flush()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ)
    )
    assert finished.stdout == "event\n"
    assert finished.stderr == "stray\nraw stray\n"


def test_nothing_else_of_ours_loads_the_speech_library() -> None:
    # The worker and the web server import these; the model belongs to the engine's process.
    script = (
        "import sys, transcribe.jobs, transcribe.plain, transcribe.engine;"
        "print(sorted({'faster_whisper', 'ctranslate2'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert finished.stdout == "[]\n"
