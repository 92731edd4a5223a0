"""The transcription task: from the stored original to text that waits for an editor."""

import atexit
import logging
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from bridge.errors import MediaRejected, TaskFailed
from bridge.media import LISTENING_COPY, WORKING_COPY
from bridge.models import Segment
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, report_progress
from bridge.transcription import (
    Assignment,
    begin_transcription,
    finish_piece,
    finish_transcription,
    open_engine_run,
    save_segments,
)
from transcribe.decoder_client import decode_sound
from transcribe.engine_client import EngineClient, EngineDone, EngineProgress, HeardSegment
from transcribe.hearing import hear_piece, silence, sweep_pieces
from transcribe.sound import Piece, cut_pieces, write_copies
from transcribe.speech_model import SpeechModel, find_model

logger = logging.getLogger(__name__)

_PROGRESS_EVERY_S = 1.0

# The engine of the last task, kept so that the next one need not load the model again.
_warm: dict[tuple[SpeechModel, str, str], EngineClient] = {}


def transcribe_announcement(context: TaskContext, run: TaskRun) -> None:
    """Transcribe one announcement and hand it to the editors.

    Text is committed as it is heard; each finished piece is a checkpoint. Run twice: the copies
    of the sound are made only where they are missing, hearing goes on after the last checkpoint,
    and what an unfinished piece left is taken out first, so no segment stands twice. A run that
    lost its lease writes nothing more (LeaseLost ends it).

    Raises TaskFailed where another try changes nothing: `media_missing`, the decoder's `media_`
    codes, the `model_` codes, `engine_device_missing`, `engine_option_unsupported`. EngineFailed
    costs one attempt.
    """
    with context.db.writing() as session:
        assignment = begin_transcription(session, run)
    total_ms = assignment.end_ms - assignment.start_ms
    report_progress(context.db, run, assignment.resume_from_ms - assignment.start_ms, total_ms)
    working = _make_copies(context, assignment)
    model = find_model(context.settings)
    engine = _warm_engine(model, context.settings)
    ready = engine.start()
    with context.db.writing() as session:
        engine_run_id, resume_from_ms = open_engine_run(
            session,
            run,
            assignment,
            model_name=model.name,
            model_sha256=model.sha256,
            device=ready.device,
            compute_type=ready.compute_type,
            options=ready.options,
        )
    context.settings.run_dir.mkdir(parents=True, exist_ok=True)
    sweep_pieces(context.settings.run_dir)
    for piece in cut_pieces(working, resume_from_ms, assignment.end_ms):
        _hear(context, run, assignment, engine_run_id, engine, piece)
    with context.db.writing() as session:
        heard = select(Segment.id).where(Segment.engine_run_id == engine_run_id).limit(1)
        if session.scalar(heard) is None:
            nothing = silence(assignment.start_ms, assignment.end_ms)
            save_segments(session, run, engine_run_id, [nothing])
        finish_transcription(session, run, engine_run_id)


def close_engine() -> None:
    """End the warm engine, for a worker that stops."""
    for engine in _warm.values():
        engine.close()
    _warm.clear()


atexit.register(close_engine)


def _make_copies(context: TaskContext, assignment: Assignment) -> Path:
    """The working copy of the recording; it and the listening copy are made where missing."""
    working = context.media.derived(assignment.sha256, WORKING_COPY)
    listening = context.media.derived(assignment.sha256, LISTENING_COPY)
    if working.is_file() and listening.is_file():
        return working
    original = context.media.original(assignment.sha256)
    if not original.is_file():
        raise TaskFailed("media_missing", sha256=assignment.sha256)
    try:
        with closing(decode_sound(original, context.settings)) as pcm:
            write_copies(pcm, working, listening)
    except MediaRejected as error:
        raise TaskFailed(error.code, **error.data) from error
    return working


def _hear(
    context: TaskContext,
    run: TaskRun,
    assignment: Assignment,
    engine_run_id: str,
    engine: EngineClient,
    piece: Piece,
) -> None:
    """Commit a piece's text as the engine gives it, then the checkpoint."""
    total_ms = assignment.end_ms - assignment.start_ms
    reported_at = 0.0
    with closing(hear_piece(engine, piece, context.settings.run_dir)) as events:
        for event in events:
            if isinstance(event, HeardSegment):
                with context.db.writing() as session:
                    save_segments(session, run, engine_run_id, [event.segment])
            elif isinstance(event, EngineProgress):
                if time.monotonic() - reported_at >= _PROGRESS_EVERY_S:
                    done_ms = event.done_ms - assignment.start_ms
                    report_progress(context.db, run, done_ms, total_ms)
                    reported_at = time.monotonic()
            elif isinstance(event, EngineDone):
                with context.db.writing() as session:
                    finish_piece(session, run, engine_run_id, piece.end_ms, event.seconds)
    report_progress(context.db, run, piece.end_ms - assignment.start_ms, total_ms)


def _warm_engine(model: SpeechModel, settings: Settings) -> EngineClient:
    """The engine for a model: the one of the last task where it fits."""
    key = (model, settings.device, settings.compute_type)
    if key not in _warm:
        close_engine()
        _warm[key] = EngineClient(model, settings)
    return _warm[key]
