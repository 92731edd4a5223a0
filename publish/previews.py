"""The tasks that make the sound as it would be published, before anybody has approved it."""

from bridge.media import WORKING_COPY
from bridge.previews import may_be_published, planned_sound
from bridge.tasks import (
    TaskContext,
    TaskRun,
    finish_task,
    hold,
    others_wait,
    report_progress,
    step_aside,
)
from bridge.turns import PREPARE
from publish.audio import prepare_audio


class _OthersWait(Exception):
    """Something else is to be done that somebody waits for."""


def make_preview(context: TaskContext, run: TaskRun) -> None:
    """Make what residents would hear if it were approved now: for whoever has asked to hear it,
    and, as `prepare`, so that publishing has nothing left to encode.

    Nothing is recorded but the task's end: the files' names say what they are. Run twice, or killed
    and run again: the files are there already, or replaced by the same. What is cut meanwhile makes
    it other files, which somebody has to order; publishing makes what is not there. As `prepare`,
    nothing is made of what does not wait to be published any more, and whatever else comes to wait
    is done first: then it begins again. Raises TaskFailed `media_missing`, `media_unreadable`;
    LeaseLost; OSError.
    """
    with context.db.writing() as session:
        hold(session, run)
        announcement_id = run.announcement_id or ""
        planned = planned_sound(session, announcement_id)
        is_wanted = run.kind != PREPARE or may_be_published(session, announcement_id)

    def tell(done: int, total: int) -> None:
        report_progress(context.db, run, done, total)
        if run.kind == PREPARE:
            with context.db.reading() as session:
                if others_wait(session, run):
                    raise _OthersWait

    try:
        if is_wanted and planned.cut_list.spans:
            prepare_audio(
                context.media.derived(planned.sha256, WORKING_COPY),
                context.media.derived(planned.sha256, planned.stem),
                cut_list=planned.cut_list,
                on_progress=tell,
            )
    except _OthersWait:
        with context.db.writing() as session:
            step_aside(session, run, "")
        return
    with context.db.writing() as session:
        hold(session, run)
        finish_task(session, run)
