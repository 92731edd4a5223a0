"""Sound that a retention rule took away: the pages say so and offer nothing that cannot work."""

from datetime import timedelta

import pytest

from bridge.db import utc_now
from bridge.housekeeping import apply_retention
from bridge.retention import set_rule
from tests.web.conftest import Office


@pytest.mark.parametrize("part", ["am-thanh", "ban-goc"])
def test_the_answer_says_why_there_is_nothing_to_hear(office: Office, part: str) -> None:
    announcement_id = office.failed()
    db = office.services.db
    with db.writing() as session:
        set_rule(session, unit_id=office.unit.id, kind="failed", days=7, actor_id=None)
    apply_retention(db, office.services.media, utc_now() + timedelta(days=8))
    editor = office.browser("editor")
    address = f"/lam-viec/ban-tin/{announcement_id}"
    answer = editor.ask("GET", f"{address}/{part}")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "sound_removed"
    assert "xóa tệp tiếng theo quy định lưu giữ 7 ngày" in editor.text(address)
    tried = editor.post(f"{address}/thu-lai", {}, follow_redirects=True)
    assert "đã xóa theo quy định lưu giữ" in tried.get_data(as_text=True)
