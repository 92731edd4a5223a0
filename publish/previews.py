"""The task that makes the sound as it would be published, for those who have yet to approve it."""

from bridge.media import WORKING_COPY
from bridge.previews import planned_sound
from bridge.tasks import TaskContext, TaskRun, finish_task, hold, report_progress
from publish.audio import make_preview_audio


def make_preview(context: TaskContext, run: TaskRun) -> None:
    """Make what residents would hear if it were approved now, with the code that publishes.

    Nothing is recorded but the task's end: the file's name says what it is. Run twice, or killed
    and run again: the file is there already, or replaced by the same. What is cut meanwhile makes
    it another file, which somebody has to order. Raises TaskFailed `media_missing`,
    `media_unreadable`; LeaseLost; OSError.
    """
    with context.db.writing() as session:
        hold(session, run)
        planned = planned_sound(session, run.announcement_id or "")
    path = context.media.derived(planned.sha256, planned.file_name)
    if planned.cut_list.spans and not path.is_file():
        make_preview_audio(
            context.media.derived(planned.sha256, WORKING_COPY),
            path,
            cut_list=planned.cut_list,
            on_progress=lambda done, total: report_progress(context.db, run, done, total),
        )
    with context.db.writing() as session:
        hold(session, run)
        finish_task(session, run)
