"""The transcription task: from the stored original to text that waits for an editor."""

import atexit
import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.errors import MediaRejected, TaskFailed
from bridge.failpoints import reach
from bridge.glossary import list_terms
from bridge.media import LISTENING_COPY, WORKING_COPY
from bridge.models import Segment
from bridge.settings import Settings
from bridge.tasks import TaskContext, TaskRun, hold, report_progress
from bridge.transcription import (
    Assignment,
    begin_transcription,
    drop_unfinished,
    finish_piece,
    finish_transcription,
    open_engine_run,
    save_levels,
    save_segments,
)
from transcribe.copies import GrowingCopy, WorkingCopy
from transcribe.decoder_client import start_decoding
from transcribe.engine_client import EngineClient, EngineReady
from transcribe.flagging import flag_announcement, flag_music
from transcribe.hearing import (
    HeardAgain,
    HeardLines,
    HeardPiece,
    HearingEvent,
    HearingProgress,
    hear_pieces,
    silence,
    sweep_pieces,
)
from transcribe.hotwords import hotwords_for
from transcribe.remaining import RemainingTime
from transcribe.scripts import apply_waiting_script
from transcribe.sound import cut_pieces
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
    lost its lease, or was cancelled, writes nothing more and ends within seconds (LeaseLost).

    Raises TaskFailed where another try changes nothing: `media_missing`, the decoder's `media_`
    codes, the `model_` codes, `engine_device_missing`, `engine_option_unsupported`. EngineFailed
    costs one attempt; it comes only after the engine was started again several times in vain.
    """
    with context.db.writing() as session:
        assignment = begin_transcription(session, run)
    total_ms = assignment.end_ms - assignment.start_ms
    report_progress(context.db, run, assignment.resume_from_ms - assignment.start_ms, total_ms)
    with _sound(context, assignment) as sound:
        model = find_model(context.settings)
        engine = _warm_engine(model, context.settings)
        hotwords = _hotwords(context, assignment, model)
        engine_run_id, resume_from_ms = _open_run(
            context, run, assignment, model, engine.start(), hotwords
        )
        context.settings.run_dir.mkdir(parents=True, exist_ok=True)
        sweep_pieces(context.settings.run_dir)
        pieces = cut_pieces(sound, resume_from_ms, assignment.end_ms)
        progress = _Progress(context, run, assignment, resume_from_ms)
        with closing(
            hear_pieces(engine, pieces, context.settings.run_dir, hotwords=hotwords)
        ) as events:
            for event in events:
                _take_down(context, run, engine_run_id, event)
                progress.note(event)
        if isinstance(sound, GrowingCopy):
            sound.wait()
            if sound.levels is not None:
                with context.db.writing() as session:
                    save_levels(
                        session, run, sound.levels.loudness_lufs, sound.levels.true_peak_dbtp
                    )
    reach("transcribe.heard")
    with context.db.writing() as session:
        _say_silence(session, run, assignment, engine_run_id)
        apply_waiting_script(session, assignment.announcement_id)
        flag_announcement(session, assignment.announcement_id)
        finish_transcription(session, run, engine_run_id)
        reach("transcribe.ended")


def close_engine() -> None:
    """End the warm engine, for a worker that stops."""
    for engine in _warm.values():
        engine.close()
    _warm.clear()


atexit.register(close_engine)


@contextmanager
def _sound(context: TaskContext, assignment: Assignment) -> Iterator[WorkingCopy | GrowingCopy]:
    """The sound to hear; the copies are made on the way where one is missing."""
    working = context.media.derived(assignment.sha256, WORKING_COPY)
    listening = context.media.derived(assignment.sha256, LISTENING_COPY)
    if working.is_file() and listening.is_file():
        yield WorkingCopy(working)
        return
    original = context.media.original(assignment.sha256)
    if not original.is_file():
        raise TaskFailed("media_missing", sha256=assignment.sha256)
    try:
        decoding = start_decoding(original, context.settings)
        with closing(GrowingCopy(decoding, working, listening)) as copy:
            yield copy
    except MediaRejected as error:
        if not error.for_good:
            raise  # one attempt is lost
        raise TaskFailed(error.code, **error.data) from error


def _open_run(
    context: TaskContext,
    run: TaskRun,
    assignment: Assignment,
    model: SpeechModel,
    ready: EngineReady,
    hotwords: str,
) -> tuple[str, int]:
    with context.db.writing() as session:
        return open_engine_run(
            session,
            run,
            assignment,
            model_name=model.name,
            model_sha256=model.sha256,
            device=ready.device,
            compute_type=ready.compute_type,
            options={**ready.options, "hotwords": hotwords},
        )


def _take_down(context: TaskContext, run: TaskRun, engine_run_id: str, event: HearingEvent) -> None:
    """Commit what was heard."""
    if isinstance(event, HeardLines):
        with context.db.writing() as session:
            save_segments(session, run, engine_run_id, event.segments)
    elif isinstance(event, HeardAgain):
        with context.db.writing() as session:
            drop_unfinished(session, run, event.start_ms)
    elif isinstance(event, HeardPiece):
        pauses = [[pause.start_ms, pause.end_ms] for pause in event.pauses]
        with context.db.writing() as session:
            finish_piece(
                session, run, engine_run_id, event.piece.end_ms, event.engine_seconds, pauses
            )
            flag_music(session, run.announcement_id or "", event.sung)


def _say_silence(
    session: Session, run: TaskRun, assignment: Assignment, engine_run_id: str
) -> None:
    """One segment that says so where nothing at all was heard."""
    hold(session, run)
    heard = select(Segment.id).where(
        Segment.announcement_id == assignment.announcement_id, Segment.kind != "silence"
    )
    if session.scalar(heard.limit(1)) is None:
        drop_unfinished(session, run, assignment.start_ms)
        nothing = silence(assignment.start_ms, assignment.end_ms)
        save_segments(session, run, engine_run_id, [nothing])


def _hotwords(context: TaskContext, assignment: Assignment, model: SpeechModel) -> str:
    """The unit's names for the model's ear, where the settings ask for it."""
    if not context.settings.hotwords:
        return ""
    with context.db.reading() as session:
        terms = list_terms(session, assignment.unit_id)
    return hotwords_for(model, terms)


class _Progress:
    """Says how much has been heard, and how long the rest will take."""

    def __init__(
        self, context: TaskContext, run: TaskRun, assignment: Assignment, begin_ms: int
    ) -> None:
        self._context = context
        self._run = run
        self._done_ms = begin_ms - assignment.start_ms
        self._total_ms = assignment.end_ms - assignment.start_ms
        self._reported_at = 0.0
        self._estimate = RemainingTime(self._total_ms - self._done_ms)

    def note(self, event: HearingEvent) -> None:
        """Report once a second, and at the end. Raises LeaseLost."""
        if not isinstance(event, HearingProgress):
            return
        now = time.monotonic()
        remaining_s = self._estimate.note(now, event.heard_ms)
        done_ms = self._done_ms + event.heard_ms
        if now - self._reported_at >= _PROGRESS_EVERY_S or done_ms == self._total_ms:
            report_progress(self._context.db, self._run, done_ms, self._total_ms, remaining_s)
            self._reported_at = now


def _warm_engine(model: SpeechModel, settings: Settings) -> EngineClient:
    """The engine for a model: the one of the last task where it fits."""
    key = (model, settings.device, settings.compute_type)
    if key not in _warm:
        close_engine()
        _warm[key] = EngineClient(model, settings)
    return _warm[key]
