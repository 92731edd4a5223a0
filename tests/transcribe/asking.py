"""One request to an engine, for tests that need no more."""

from pathlib import Path

from transcribe.engine_client import EngineClient, EngineDone, EngineEvent


def ask(engine: EngineClient, pcm_path: Path, offset_ms: int = 0) -> list[EngineEvent]:
    """Everything that the engine says of one piece."""
    number = engine.submit(pcm_path, offset_ms)
    events: list[EngineEvent] = []
    while not events or not isinstance(events[-1], EngineDone):
        answer = engine.next_event(60.0)
        if answer is not None:
            assert answer[0] == number
            events.append(answer[1])
    return events
