"""How many presses make the sample clips' drafts right, and how many it takes to type them anew.

    python -m tests.bench.keystrokes

The drafts are those of the bundled model, each clip an announcement of its own. Every press of a
person at the keyboard counts: those that go to the line and say that it is right, every letter as
Telex has it, Shift and Ctrl. On the other side only the letters of the segments that are wrong
count, and nothing for getting there. The plans are replayed in a real browser, typing as Unikey
does; the texts that the server then has are the clips' own, letter for letter.
"""

import contextlib
import functools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from bridge.media import MediaStore
from bridge.models import Unit
from bridge.queries import SegmentView, announcement_view
from bridge.settings import load_settings
from bridge.tasks import TaskContext
from tests.bench.key_plan import Act, Selected, count_all, done_by, plan
from tests.conftest import CHROMIUM_ARGUMENTS
from tests.functional.running import EDITOR, PASSWORD, RunningLoa, wait_for
from tests.machine import needed_program
from tests.samples import shared_cache
from tests.telex import count_presses
from tests.transcribe.desk import Desk
from tests.web.desk import type_as_unikey
from transcribe.jobs import close_engine, transcribe_announcement
from transcribe.samples import fetch_samples
from transcribe.speech_model import find_model
from web.editor.marks import SegmentMarks, page_marks

OPEN_FIRST, NEXT_DOUBT, ACCEPT = "Alt+ArrowDown", "F8", "Enter"


@dataclass(frozen=True, slots=True)
class Correction:
    """One segment: what stands there, what is to stand there, and how it is done."""

    draft: str
    wanted: str
    opening: str  # the key that leads into it; empty where the one before has led here
    acts: tuple[Act, ...]

    @property
    def presses(self) -> int:
        """Every press, with the one that says that the line is right."""
        opening = Act(self.opening, count=1) if self.opening else None
        return count_all([*([opening] if opening else []), *self.acts]) + 1

    @property
    def presses_anew(self) -> int:
        """Those of typing all of it, if anything is wrong."""
        return count_presses(self.wanted) if self.draft != self.wanted else 0


def corrections(segments: Sequence[SegmentView], wanted: str) -> list[Correction]:
    """For the segments of one announcement, in their order, the cheapest way to the text."""
    shares = shared_out([segment.text for segment in segments], wanted)
    marks = page_marks(segments, ())
    made = []
    for number, (segment, share) in enumerate(zip(segments, shares, strict=True)):
        ways = [(OPEN_FIRST if number == 0 else "", plan(segment.text, share))]
        selected = first_mark(marks.segments[segment.id]) if segment.id in marks.segments else None
        if number == 0 and selected is not None:
            # Where something before the mark is wrong, the line is opened at its beginning.
            with contextlib.suppress(ValueError):
                ways.append((NEXT_DOUBT, plan(segment.text, share, selected)))
        found = [Correction(segment.text, share, key, tuple(acts)) for key, acts in ways]
        best = min(found, key=lambda one: one.presses)
        chosen = selected if best.opening == NEXT_DOUBT else None
        assert done_by(best.draft, list(best.acts), chosen) == best.wanted
        made.append(best)
    return made


def first_mark(marks: SegmentMarks) -> Selected | None:
    """What F8 selects in a segment."""
    at = 0
    for piece in marks.pieces:
        if piece.title:
            return Selected(at, at + len(piece.text))
        at += len(piece.text) + 1
    return None


def shared_out(drafts: Sequence[str], wanted: str) -> list[str]:
    """The words of the wanted text to the segments, so that the least has to be changed."""
    words = wanted.split()

    @functools.cache
    def best(number: int, first: int) -> tuple[int, tuple[int, ...]]:
        if number == len(drafts) - 1:
            return _price(drafts[number], words[first:]), (len(words),)
        found = []
        for end in range(first, len(words) + 1):
            rest, ends = best(number + 1, end)
            found.append((_price(drafts[number], words[first:end]) + rest, (end, *ends)))
        return min(found)

    ends = best(0, 0)[1]
    return [" ".join(words[first:end]) for first, end in zip((0, *ends[:-1]), ends, strict=True)]


@functools.cache
def _distance(one: str, other: str) -> int:
    """Letters to put in, take out or change (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, there in enumerate(other, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (letter != there)),
            )
    return row[-1]


def _price(draft: str, words: Sequence[str]) -> int:
    return _distance(draft, " ".join(words))


@dataclass(frozen=True)
class Draft:
    """One clip as the machine heard it, and what is said in it."""

    announcement: str
    segments: tuple[SegmentView, ...]
    wanted: str


def measure(browser: Browser, folder: Path) -> float:
    """The share, after every plan was replayed in the browser and the clips' texts were there.

    `folder` is one that may be filled. Prints what each clip took.
    """
    loa = RunningLoa(folder / "clips", "", shared_cache())
    loa.prepare()
    drafts = transcribed(loa, folder)
    loa.process = subprocess.Popen([sys.executable, "-m", "web.cli", "web"], env=loa.environment)
    try:
        wait_for(loa.answers, 60, "the pages")
        page = signed_in(browser, loa)
        presses = anew = 0
        for draft in drafts:
            made = corrections(draft.segments, draft.wanted)
            replay(page, f"{loa.url}/lam-viec/ban-tin/{draft.announcement}", made)
            text = text_of(loa, draft.announcement)
            if text != draft.wanted:
                raise SystemExit(f"the replayed plan made {text!r} of {draft.wanted!r}")
            presses += sum(one.presses for one in made)
            anew += sum(one.presses_anew for one in made)
            for one in made:
                tell(one)
        page.context.close()
    finally:
        loa.process.terminate()
        loa.process.wait(30)
        loa.process = None
        loa.close()
    share = presses / anew
    print(f"{presses} presses against {anew} for typing anew: {share:.3f}", flush=True)
    return share


def transcribed(loa: RunningLoa, folder: Path) -> list[Draft]:
    """Every clip by the bundled model, as the worker does it."""
    settings = load_settings({}, data_dir=loa.data, cache_dir=shared_cache())
    find_model(settings)
    with loa.database.reading() as session:
        unit_id = session.scalars(select(Unit.id)).one()
    desk = Desk(TaskContext(settings, loa.database, MediaStore(settings.media_dir)), unit_id)
    drafts = []
    for clip in fetch_samples(shared_cache()):
        announcement = desk.accept(clip.wav_path)
        transcribe_announcement(desk.context, desk.claim(announcement))
        with loa.database.reading() as session:
            segments = announcement_view(session, announcement).segments
        drafts.append(Draft(announcement, tuple(segments), clip.text))
    close_engine()
    return drafts


def signed_in(browser: Browser, loa: RunningLoa) -> Page:
    """A page of an editor who has signed in."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    page = context.new_page()
    page.goto(f"{loa.url}/lam-viec/")
    page.fill("#email", EDITOR)
    page.fill("#password", PASSWORD)
    page.click("button.button-main")
    page.wait_for_url("**/lam-viec/")
    return page


def replay(page: Page, address: str, made: Sequence[Correction]) -> None:
    """Press every key of the plans; the page has saved when it is over."""
    page.goto(address)
    field = page.locator(".lines textarea")
    for one in made:
        if one.opening:
            page.keyboard.press(one.opening)
        expect(field).to_be_focused()
        for act in one.acts:
            for _ in range(act.count if act.key else 0):
                page.keyboard.press(act.key)
            type_as_unikey(page, act.typed)
        expect(field).to_have_value(one.wanted)
        page.keyboard.press(ACCEPT)
    page.wait_for_function("() => !document.querySelector('.lines .unsaved')")


def text_of(loa: RunningLoa, announcement: str) -> str:
    """What the server has."""
    with loa.database.reading() as session:
        segments = announcement_view(session, announcement).segments
    return " ".join(segment.text for segment in segments if segment.text)


def tell(one: Correction) -> None:
    """One segment on the terminal."""
    done = [f"{act.key} x{act.count}" if act.key else f"“{act.typed}”" for act in one.acts]
    print(f"  {one.draft}\n  {one.wanted}")
    print(
        f"    {one.presses:3} against {one.presses_anew:3}: {one.opening or '-'}, {', '.join(done)}"
    )


def main() -> None:
    """Print every clip and the share."""
    with tempfile.TemporaryDirectory(prefix="loa-keys-") as folder, sync_playwright() as playwright:
        path = needed_program("chromium", "chromium")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        measure(browser, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
