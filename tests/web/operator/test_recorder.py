"""The recorder page: who gets it, and what becomes of sound from a (pretended) microphone."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Route, expect
from sqlalchemy import select

from bridge.db import utc_now
from bridge.models import Capture
from tests.web.conftest import Office
from tests.web.operator.recording import (
    NAMED,
    PAGE,
    Enter,
    button,
    duration_ms,
    expect_phase,
    finish,
    forget_clock,
    record,
    wait_for_clock,
)

# What a page needs to notice, to draw and to hand out the second under way.
SLACK_MS = 1500

# A microphone that is far too loud until the test makes it silent.
LOUD = """
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { type: "square" });
    window.volume = new GainNode(context, { gain: 4 });
    const microphone = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    tone.connect(window.volume).connect(microphone);
    tone.start();
    return microphone.stream;
  };
"""
# A pretended microphone cannot be pulled out; its sound can be ended.
HOLD_STREAM = """
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (open) navigator.mediaDevices.getUserMedia = async (wanted) =>
    (window.opened = await open(wanted));
"""
FORBID = """
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("no", "NotAllowedError");
  };
"""


# A sound card that takes its time; the test lets it go on.
SLOW = """
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const released = new Promise((release) => (window.release = release));
  navigator.mediaDevices.getUserMedia = (wanted) => released.then(() => open(wanted));
"""


# The page's clock, which the test sets forward.
LATER = """
  const now = Date.now;
  window.later = 0;
  Date.now = () => now() + window.later;
"""


def test_who_may_send_finds_it_in_the_menu_and_nobody_else_gets_it(office: Office) -> None:
    assert f'href="{PAGE}"' in office.browser("operator").text("/lam-viec/")
    approver = office.browser("approver")
    assert PAGE not in approver.text("/lam-viec/")
    assert approver.get(PAGE).status_code == 403


def test_who_has_several_units_is_asked_for_one(office: Office) -> None:
    assert 'id="unit"' not in office.browser("operator").text(PAGE)
    second = office.unit_named("xa-hai", "Xã Hai")
    user = office.person("operator")
    from bridge.accounts import grant_role

    with office.services.db.writing() as session:
        grant_role(session, user_id=user.id, unit_id=second.id, role="operator")
    page = office.browser_of(user).text(PAGE)
    assert 'id="unit"' in page
    assert "Xã Hai" in page


@pytest.mark.browser
def test_the_page_records_warns_of_a_bad_level_and_hands_over_what_was_said_of_it(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter(before=LOUD)
    page.get_by_label("Tiêu đề").fill("Họp thôn")
    record(page, 1)
    expect(page.get_by_text("Tiếng bị vỡ vì quá to.")).to_be_visible()
    button(page, "Đánh dấu").click()
    page.get_by_label("Tiêu đề").fill("Họp thôn Đông")
    page.get_by_label("Mức khẩn").select_option("Khẩn cấp")
    page.get_by_label("Giờ phát trên loa").fill("21/11/2026 05:30")
    button(page, "Tạm dừng").click()
    expect_phase(page, "paused")
    stands = page.locator("[data-clock]").text_content()
    expect(page.get_by_text("Máy chủ đã nhận đủ")).to_be_visible()
    assert page.locator("[data-clock]").text_content() == stands
    button(page, "Thu tiếp").click()
    page.evaluate("() => { window.volume.gain.value = 0; }")
    expect(page.get_by_text("Không nghe thấy tiếng.")).to_be_visible()
    capture = finish(page, office)
    assert capture.state == "finished"
    assert (capture.kind, capture.by_silence, capture.missing) == ("recorder", False, [])
    assert len(capture.bookmarks) == 1
    paused_ms = (int((stands or "").rpartition(":")[2]) + 1) * 1000
    assert 900 < capture.bookmarks[0] < paused_ms
    assert capture.announcement_id is not None
    view = office.view(capture.announcement_id)
    assert (view.work.title, view.work.priority) == ("Họp thôn Đông", "urgent")
    for label, value in (("Tiêu đề", ""), ("Mức khẩn", "normal")):
        expect(page.get_by_label(label)).to_have_value(value)  # the next one has its own
    assert view.work.broadcast_at.isoformat() == "2026-11-20T22:30:00+00:00"
    assert abs(view.work.duration_ms - capture.sound_ms) < SLACK_MS
    link = page.get_by_role("link", name="Mở bản tin")
    desk = link.get_attribute("href") or ""
    assert capture.announcement_id in desk
    assert f'data-hear data-start-ms="{capture.bookmarks[0]}"' in office.browser("editor").text(
        desk
    )
    assert complaints == []


@pytest.mark.browser
def test_a_page_that_was_opened_in_the_morning_gives_the_hour_at_which_it_records(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter(before=LATER)
    page.get_by_label("Giờ phát trên loa").fill("21/11/2026 05:30")
    record(page, 1)
    finish(page, office)
    page.evaluate("window.later = 12 * 3600 * 1000")
    page.wait_for_timeout(800)  # sooner it is a double click
    forget_clock(page)
    button(page, "Thu bản khác").click()
    expect_phase(page, "recording")
    page.get_by_label("Tiêu đề").fill("Tin chiều")
    wait_for_clock(page, 2)
    button(page, "Dừng và gửi").click()
    expect_phase(page, "done")
    with office.services.db.reading() as session:
        query = select(Capture.broadcast_at).order_by(Capture.created_at)
        morning, evening = session.scalars(query)
    assert morning is not None
    assert morning.isoformat() == "2026-11-20T22:30:00+00:00"
    assert evening is not None
    assert abs(evening - utc_now() - timedelta(hours=12)) < timedelta(minutes=3)
    assert complaints == []


@pytest.mark.browser
def test_a_press_while_the_microphone_is_being_opened_is_not_lost(
    enter: Enter, complaints: list[str]
) -> None:
    page = enter(before=SLOW)
    expect_phase(page, "asking")
    button(page, "Bắt đầu thu").click()
    expect(button(page, "Bắt đầu thu")).to_be_disabled()
    page.evaluate("release()")
    expect_phase(page, "recording")
    wait_for_clock(page, 1)
    assert complaints == []


@pytest.mark.browser
def test_a_lost_microphone_and_a_closed_page_end_no_recording(
    office: Office, enter: Enter, complaints: list[str]
) -> None:
    page = enter(before=HOLD_STREAM)
    record(page, 1)
    page.evaluate("window.opened.getTracks().forEach((track) => track.stop())")
    expect(page.locator("[data-warning]")).to_contain_text("Micro bị ngắt lúc")
    expect(page.locator("[data-warning]")).to_contain_text("nay đã thu tiếp")
    wait_for_clock(page, 2)
    page.reload()
    button(page, "Thu tiếp bản này").click()
    expect_phase(page, "recording")
    wait_for_clock(page, 4)
    capture = finish(page, office)
    # Three runs of the recorder, one after another in one file: the decoder hears all of them, and
    # the clock counted no second that was lost with the first page.
    assert capture.missing == []
    assert capture.sound_ms >= 4000
    assert abs(duration_ms(office, capture) - capture.sound_ms) < SLACK_MS
    assert complaints == []


@pytest.mark.browser
def test_a_dead_network_and_an_ended_session_are_told_and_healed(
    office: Office, enter: Enter
) -> None:
    page = enter()
    record(page, 1)
    page.context.set_offline(True)
    expect(page.get_by_text("Mất mạng. Cứ thu tiếp")).to_be_visible()
    wait_for_clock(page, 3)
    session = page.context.cookies()
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("Phiên làm việc đã hết.")
    expect(page.get_by_role("link", name="Đăng nhập ở thẻ mới")).to_be_visible()
    expect_phase(page, "recording")
    page.context.add_cookies(session)  # type: ignore[arg-type]
    # As when the person comes back from the other tab.
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("Máy chủ đã nhận đủ")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    capture = finish(page, office)
    assert capture.missing == []
    assert duration_ms(office, capture) > 2500


@pytest.mark.browser
def test_what_the_server_will_not_take_can_be_saved_as_a_file(enter: Enter) -> None:
    page = enter()
    refused = {"error": {"code": "media_too_large", "message": "Tệp quá lớn.", "data": {}}}

    def refuse(route: Route) -> None:
        route.fulfill(status=413, content_type="application/json", body=json.dumps(refused))

    page.route("**/chunks/*", refuse)
    record(page, 1)
    expect(page.get_by_role("alert")).to_contain_text("Tệp quá lớn.")
    expect_phase(page, "recording")  # nothing that the server says ends it
    button(page, "Dừng và gửi").click()
    expect_phase(page, "failed")
    with page.expect_download() as download:
        button(page, "Lưu tệp về máy").click()
    assert download.value.suggested_filename.startswith("thu-am-")
    assert Path(download.value.path()).read_bytes().startswith(b"\x1a\x45\xdf\xa3")
    page.unroute("**/chunks/*")
    button(page, "Gửi lại").click()
    expect(page.get_by_text("Đã nhận bản thu dài")).to_be_visible()


@pytest.mark.browser
def test_an_address_without_encryption_is_explained(enter: Enter, address: str) -> None:
    page = enter(address=address.replace("127.0.0.1", NAMED))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Trình duyệt không cho dùng micro")
    expect(alert).to_contain_text(NAMED)
    local = address.replace("127.0.0.1", "localhost") + PAGE
    expect(alert.get_by_role("link", name=local)).to_have_attribute("href", local)
    expect(page.locator("form[data-recorder]")).to_be_hidden()


@pytest.mark.browser
def test_a_machine_without_microphone_says_so(enter: Enter, chromium: Chromium) -> None:
    page = enter(browser=chromium)
    page.context.grant_permissions(["microphone"])
    expect_phase(page, "idle")
    button(page, "Bắt đầu thu").click()
    expect(page.get_by_role("alert")).to_contain_text("Không thấy micro nào.")
    expect_phase(page, "idle")


@pytest.mark.browser
def test_a_forbidden_microphone_is_explained(enter: Enter, chromium: Chromium) -> None:
    page = enter(browser=chromium, before=FORBID)
    button(page, "Bắt đầu thu").click()
    expect(page.get_by_role("alert")).to_contain_text("Trình duyệt chưa được phép dùng micro.")
    expect(page.get_by_text("Bấm vào hình ổ khóa")).to_be_visible()


@pytest.mark.browser
def test_levels_are_judged_by_how_long_they_last(enter: Enter) -> None:
    cases = {  # peak, tops cut off, seconds: what is said
        (0.25, 0, 20): "",
        (0.25, 1, 1): "clipping",
        (0.001, 0, 3): "",  # a pause between paragraphs
        (0.001, 0, 5): "silent",
        (0.02, 0, 5): "",
        (0.02, 0, 10): "quiet",
    }
    page = enter()
    said = page.evaluate(
        """async (cases) => {
          const { LevelJudge } = await import("/lam-viec/static/recorder_level.js");
          return cases.map(([peak, clipped, seconds]) => {
            const judge = new LevelJudge();
            let verdict = "";
            for (let ms = 0; ms < seconds * 1000; ms += 50) {
              verdict = judge.hear({ ms: 50, peak, rms: peak / 2, clipped });
            }
            return verdict;
          });
        }""",
        [list(case) for case in cases],
    )
    assert said == list(cases.values())
