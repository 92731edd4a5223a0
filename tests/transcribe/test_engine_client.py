"""The engine client against engines that misbehave, and against the real one."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bridge.errors import BridgeError, EngineFailed, ModelUnavailable, TaskFailed
from bridge.settings import Settings
from tests.transcribe.asking import ask
from transcribe.engine_client import EngineClient, EngineDone, EngineProgress, HeardSegment
from transcribe.speech_model import SpeechModel, find_model

FAKE = Path(__file__).with_name("fake_engine.py")
NO_MODEL = SpeechModel("none", Path("/nonexistent"), "0" * 64, bundled=False)
PCM = Path("/dev/null")


@pytest.fixture
def misbehaving(limits: Settings) -> Iterator[Callable[[str], EngineClient]]:
    """Makes a client of an engine that misbehaves in the way named."""
    clients = []

    def make(way: str) -> EngineClient:
        settings = replace(limits, engine_silence_s=1.0 if way == "never ready" else 60.0)
        client = EngineClient(NO_MODEL, settings, [sys.executable, str(FAKE), way])
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


Make = Callable[[str], EngineClient]


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("hangs", "engine_silent"),
        ("dies", "engine_died"),
        ("garbles", "engine_garbled"),
        ("answers another", "engine_garbled"),
        ("floods", "engine_garbled"),
        ("closes its mouth", "engine_died"),
        ("fails", "engine_out_of_memory"),
    ],
)
def test_engine_that_fails_is_named_and_gone(way: str, code: str, misbehaving: Make) -> None:
    client = misbehaving(way)
    client.start()
    process = psutil.Process(client.process_id)
    if way == "hangs":
        client._silence_s = 1.0  # only now: to start takes a busy machine longer
    with pytest.raises(EngineFailed) as caught:
        ask(client, PCM)
    assert caught.value.code == code
    assert client.process_id is None
    assert not process.is_running()


def test_death_is_told_with_its_status_and_last_words(
    misbehaving: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(EngineFailed) as caught:
        ask(misbehaving("dies"), PCM)
    assert caught.value.data["exit"] == 7
    assert "terminate called" in caplog.text


@pytest.mark.parametrize(
    ("way", "code"), [("never ready", "engine_silent"), ("garbled start", "engine_garbled")]
)
def test_engine_that_never_gets_ready_is_given_up(way: str, code: str, misbehaving: Make) -> None:
    client = misbehaving(way)
    with pytest.raises(EngineFailed) as caught:
        client.start()
    assert caught.value.code == code
    assert client.process_id is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("model_damaged", ModelUnavailable),
        ("engine_device_missing", TaskFailed),
        ("engine_option_unsupported", TaskFailed),
        ("engine_out_of_memory", EngineFailed),
    ],
)
def test_what_another_try_cannot_cure_fails_the_task(
    code: str, kind: type[BridgeError], misbehaving: Make
) -> None:
    with pytest.raises(kind) as caught:
        misbehaving(f"refuses: {code}").start()
    assert caught.value.code == code


def test_next_request_after_a_failure_gets_a_new_engine(misbehaving: Make) -> None:
    client = misbehaving("well")
    first = client.start() and client.process_id
    psutil.Process(first).kill()
    psutil.Process(first).wait()
    assert ask(client, PCM)[-1] == EngineDone(0.5)
    assert client.process_id != first


def test_engine_stays_warm_between_requests(misbehaving: Make) -> None:
    client = misbehaving("well")
    seen = set()
    for _ in range(3):
        assert ask(client, PCM) == [EngineProgress(1000), EngineDone(0.5)]
        seen.add(client.process_id)
    assert len(seen) == 1


def test_nothing_said_in_time_is_no_failure(misbehaving: Make) -> None:
    client = misbehaving("hangs")
    client.submit(PCM, 0)
    assert client.next_event(60.0) == (1, EngineProgress(1000))
    asked_at = time.monotonic()
    assert client.next_event(0.05) is None
    assert time.monotonic() - asked_at < 30  # half of what is called silence
    assert client.process_id is not None


def test_several_requests_are_open_at_once(misbehaving: Make) -> None:
    client = misbehaving("well")
    numbers = [client.submit(PCM, 0) for _ in range(3)]
    seen = [client.next_event(60.0) for _ in range(6)]
    assert [answer for answer in seen if answer and isinstance(answer[1], EngineDone)] == [
        (number, EngineDone(0.5)) for number in numbers
    ]


@pytest.mark.parametrize(
    "ask_again", [EngineClient.start, lambda client: client.submit(PCM, 0)], ids=["start", "submit"]
)
def test_engine_that_died_with_answers_due_is_not_replaced_unseen(
    ask_again: Callable[[EngineClient], object], misbehaving: Make
) -> None:
    client = misbehaving("hangs")
    client.submit(PCM, 0)
    process = psutil.Process(client.process_id)
    process.kill()
    process.wait()
    with pytest.raises(EngineFailed) as caught:
        ask_again(client)
    assert caught.value.code == "engine_died"
    assert client.process_id is None
    assert client.submit(PCM, 0) > 1


def test_closed_engine_never_answers_an_old_request(misbehaving: Make) -> None:
    client = misbehaving("well")
    client.submit(PCM, 0)
    client.close()
    assert client.process_id is None
    assert ask(client, PCM) == [EngineProgress(1000), EngineDone(0.5)]


def test_starting_from_another_thread_is_refused(misbehaving: Make) -> None:
    # The kernel would end the engine together with that thread.
    raised: list[BaseException] = []

    def start() -> None:
        try:
            misbehaving("well").start()
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(raised) == 1


@pytest.mark.model
def test_real_engine_hears_a_clip(engine: EngineClient, clip_pcm: Path) -> None:
    events = ask(engine, clip_pcm, 60_000)
    assert isinstance(events[-1], EngineDone)
    assert any(isinstance(event, EngineProgress) for event in events)
    segments = [event.segment for event in events if isinstance(event, HeardSegment)]
    text = " ".join(segment.text for segment in segments).lower()
    assert "muốn được nhìn nhận" in text
    length_ms = clip_pcm.stat().st_size // 32
    for segment in segments:
        assert 60_000 <= segment.start_ms < segment.end_ms <= 60_000 + length_ms
        assert " ".join(word.text for word in segment.words) == segment.text
        times = [time for word in segment.words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert segment.start_ms <= times[0] <= times[-1] <= segment.end_ms
        assert all(0 < (word.probability or 0) <= 1 for word in segment.words)


@pytest.mark.model
def test_the_same_piece_gives_the_same_text_again(engine: EngineClient, clip_pcm: Path) -> None:
    def segments() -> list[HeardSegment]:
        return [e for e in ask(engine, clip_pcm) if isinstance(e, HeardSegment)]

    assert segments() == segments()


@pytest.mark.model
@pytest.mark.parametrize("samples", [0, 1600, 16_000 * 40])
def test_silence_of_any_length_is_heard_as_nothing(
    samples: int, engine: EngineClient, tmp_path: Path
) -> None:
    (tmp_path / "s.pcm").write_bytes(bytes(samples * 2))
    (done,) = ask(engine, tmp_path / "s.pcm")
    assert isinstance(done, EngineDone)


@pytest.mark.model
def test_piece_that_cannot_be_read_costs_an_attempt(
    model_settings: Settings, tmp_path: Path
) -> None:
    client = EngineClient(find_model(model_settings), model_settings)
    with pytest.raises(EngineFailed) as caught:
        ask(client, tmp_path / "gone.pcm")
    assert caught.value.code == "engine_failed"


@pytest.mark.model
def test_weights_that_do_not_load_are_called_damaged(limits: Settings, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x06\x00\x00\x00 not weights")
    client = EngineClient(SpeechModel("broken", tmp_path, "0" * 64, bundled=False), limits)
    with pytest.raises(ModelUnavailable) as caught:
        client.start()
    assert caught.value.code == "model_damaged"


@pytest.mark.model
def test_engine_dies_with_a_parent_that_is_killed(model_settings: Settings) -> None:
    script = """
import sys, time
from bridge.settings import load_settings
from transcribe.engine_client import EngineClient
from transcribe.speech_model import find_model
settings = load_settings({}, data_dir=sys.argv[1])
client = EngineClient(find_model(settings), settings)
client.start()
print(client.process_id, flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", script, str(model_settings.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        engine_id = int(parent.stdout.readline())
        assert is_alive(engine_id)
        parent.kill()
    deadline = time.monotonic() + 30.0
    while is_alive(engine_id):
        assert time.monotonic() < deadline, "the engine outlived its parent"
        time.sleep(0.02)


def is_alive(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_child_whose_parent_is_already_gone_ends_at_once() -> None:
    script = "import sys; from transcribe.child import die_with_parent;"
    script += "die_with_parent(int(sys.argv[1])); print('still here')"
    for parent_id, expected in ((os.getpid(), "still here\n"), (1, "")):
        finished = subprocess.run(
            [sys.executable, "-c", script, str(parent_id)], capture_output=True, text=True
        )
        assert finished.stdout == expected
