"""How long the machine still needs, as a person would say it."""

from dataclasses import replace

import pytest

from tests.web.conftest import Office
from web.progress import detail_of, remaining_of


@pytest.mark.parametrize(
    ("remaining_s", "phrase"),
    [
        (None, None),
        (0, "còn chưa đến 1 phút"),
        (59, "còn chưa đến 1 phút"),
        (60, "còn khoảng 1 phút"),
        (170, "còn khoảng 3 phút"),
        (3_560, "còn khoảng 59 phút"),
        (3_580, "còn khoảng 1 giờ"),
        (4_700, "còn khoảng 1 giờ 20 phút"),
        (7_190, "còn khoảng 2 giờ"),
    ],
)
def test_remaining_time_is_as_exact_as_it_is_known(
    office: Office, remaining_s: int | None, phrase: str | None
) -> None:
    announcement, _run = office.transcribing()
    work = replace(office.view(announcement).work, remaining_s=remaining_s)
    with office.app.test_request_context():
        assert remaining_of(work) == phrase
        assert detail_of(work) == "Đã nghe 0:03 / 0:09" + (f", {phrase}" if phrase else "")


def test_what_a_lost_run_said_is_not_shown(office: Office) -> None:
    announcement, _run = office.transcribing()
    work = replace(office.view(announcement).work, remaining_s=60, task_state="queued")
    with office.app.test_request_context():
        assert remaining_of(work) is None
