"""Taking a segment's sound and text out of what is published."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bridge.flags import cover_segment
from bridge.models import Announcement, Recording, User
from publish.levels import tone_level
from tests.functional.running import wait_for
from tests.web.conftest import Office
from tests.web.desk import lines, page_of, put_sound

TEXTS = ("Kính thưa bà con.", "Chuyện riêng của một người.", "Xin cảm ơn.")


def place(announcement: str, segment: str) -> str:
    return f"{page_of(announcement)}/doan/{segment}/chon"


@pytest.mark.parametrize(
    ("cover", "words"), [("cut", "Đã cắt, không đăng"), ("beep", "Đã che tiếng bằng tiếng bíp")]
)
def test_a_segment_is_covered_and_published_again(office: Office, cover: str, words: str) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    digest = office.view(announcement).digest
    private = office.view(announcement).segments[1].id
    answer = browser.post(place(announcement, private), {"decision": cover})
    assert answer.status_code == 303
    segment = office.view(announcement).segments[1]
    assert (segment.cover, segment.hidden) == (cover, True)
    assert office.view(announcement).digest != digest
    page = browser.text(page_of(announcement))
    assert words in page
    assert f'data-cover="{cover}"' in page
    browser.post(place(announcement, private), {"decision": "keep"})
    segment = office.view(announcement).segments[1]
    assert (segment.cover, segment.hidden) == (None, False)
    assert office.view(announcement).digest == digest


def test_cutting_hiding_and_covering_are_three_texts_to_approve(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("editor")
    private = office.view(announcement).segments[1].id
    digests = set()
    for decision in ("cut", "beep", "hide", "keep"):
        browser.post(place(announcement, private), {"decision": decision})
        digests.add(office.view(announcement).digest)
    assert len(digests) == 4


def test_an_announcement_of_which_nothing_is_left_is_not_approved(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    browser = office.browser("approver")
    for segment in office.view(announcement).segments:
        browser.post(place(announcement, segment.id), {"decision": "cut"})
    digest = office.view(announcement).digest
    other = office.browser("approver")
    answer = other.post(f"{page_of(announcement)}/duyet", {"digest": digest})
    assert answer.status_code in (400, 409)
    assert office.view(announcement).work.state == "in_review"


def test_another_word_for_it_is_refused(office: Office) -> None:
    announcement = office.in_review(texts=TEXTS)
    segment = office.view(announcement).segments[1].id
    answer = office.browser("editor").post(place(announcement, segment), {"decision": "mute"})
    assert answer.status_code == 400
    assert office.view(announcement).segments[1].cover is None


@pytest.mark.browser
def test_on_the_desk_it_is_chosen_and_heard_as_it_will_be_published(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    complaints: list[str],
    tmp_path: Path,
) -> None:
    announcement = office.in_review(texts=TEXTS)
    put_sound(office, announcement, tmp_path)
    page, _user = sign_in("editor", path=page_of(announcement))
    lines(page).nth(1).focus()
    page.get_by_role("button", name="Không đăng đoạn này").click()
    page.keyboard.press("Escape")  # for the dialog, not for the sound
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("() => document.querySelector('audio').paused")
    lines(page).nth(1).focus()
    page.get_by_role("button", name="Không đăng đoạn này").click()
    page.get_by_role("button", name="Cắt cả tiếng và chữ").click()
    line = page.locator(".lines [data-segment]").nth(1)
    expect(line).to_contain_text("Đã cắt, không đăng tiếng lẫn chữ.")
    segment = office.view(announcement).segments[1]
    assert segment.cover == "cut"
    page.get_by_label("Nghe thử như sẽ đăng").check()
    page.evaluate(METER)
    page.evaluate(
        "(from) => { const audio = document.querySelector('audio'); window.jumps = [];"
        " audio.addEventListener('seeking', () => jumps.push(audio.currentTime * 1000));"
        " audio.currentTime = from; audio.play(); }",
        segment.start_ms / 1000 - 0.6,
    )
    page.wait_for_function(
        f"() => heard.some(([at, level]) => level && at > {segment.end_ms + 300})"
    )
    # A busy page jumps a little late; nothing is heard until then.
    assert page.evaluate("jumps.at(-1)") > segment.end_ms - 60
    inside = [
        at
        for at, level in page.evaluate("heard")
        if level and segment.start_ms + 60 < at < segment.end_ms - 60
    ]
    assert inside == []
    page.get_by_role("button", name="Hoàn tác: cắt cả tiếng và chữ").click()
    expect(page.locator(".lines [data-segment]").nth(1).locator("details")).to_have_count(0)
    expect(page.get_by_role("button", name="Hoàn tác")).to_have_count(0)
    assert office.view(announcement).segments[1].cover is None
    assert complaints == []


# Notes the loudest sample of the last few milliseconds, frame by frame, with the place.
METER = """() => {
  const connect = AudioNode.prototype.connect;
  window.heard = [];
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      window.meter ||= new AnalyserNode(this.context, { fftSize: 256 });
      connect.call(this, window.meter);
    }
    return connect.call(this, target, ...rest);
  };
  const audio = document.querySelector("audio");
  const samples = new Float32Array(256);
  const note = () => {
    window.meter?.getFloatTimeDomainData(samples);
    heard.push([audio.currentTime * 1000, Math.max(...samples.map(Math.abs))]);
    requestAnimationFrame(note);
  };
  note();
}"""


@pytest.mark.browser
def test_the_tone_on_the_desk_is_as_loud_as_the_publications(
    office: Office,
    sign_in: Callable[..., tuple[Page, User]],
    complaints: list[str],
    tmp_path: Path,
) -> None:
    announcement = office.in_review(texts=TEXTS)
    put_sound(office, announcement, tmp_path)
    spoken, beep, cut = office.view(announcement).segments
    actor = office.person("editor").id
    with office.services.db.writing() as session:
        cover_segment(session, segment_id=beep.id, cover="beep", actor_id=actor)
        cover_segment(session, segment_id=cut.id, cover="cut", actor_id=actor)
        recording = select(Recording).join(Announcement).where(Announcement.id == announcement)
        session.scalars(recording).one().loudness_lufs = -30.0
    page, _user = sign_in("editor", path=page_of(announcement))
    page.evaluate(METER)
    page.get_by_label("Nghe thử như sẽ đăng").check()
    settled: list[float] = []
    covered: list[float] = []
    skipped: list[float] = []

    def is_heard_enough() -> bool:
        """Hear it all once more: how often the meter is read meanwhile hangs on the machine."""
        page.evaluate(
            "(from) => { const audio = document.querySelector('audio');"
            " heard.length = 0; heard.push([0, 0]);"
            " audio.currentTime = from; audio.playbackRate = 1.5; audio.play(); }",
            beep.start_ms / 1000 - 0.6,
        )
        page.wait_for_function(f"() => heard.at(-1)[0] > {cut.end_ms}")
        heard = [(at, level) for at, level in page.evaluate("heard") if level]
        for one, levels in ((beep, covered), (cut, skipped)):
            levels += [level for at, level in heard if one.start_ms + 80 < at < one.end_ms - 80]
        # The sound of `put_sound`, once it is faded in.
        spoken_now = [level for at, level in heard if at < spoken.end_ms - 80]
        settled.extend(itertools.dropwhile(lambda level: level < 0.26, spoken_now))
        return len(settled) > 5 and len(covered) > 20

    wait_for(is_heard_enough, 120, "enough of the sound and of the tone")
    assert settled == pytest.approx([0.3] * len(settled), rel=0.15)
    level = tone_level(-30.0)
    assert covered == pytest.approx([level] * len(covered), rel=0.1)
    assert skipped == []
    assert complaints == []
