"""Scripts that measure from inside a page, and what they answer."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import CDPSession, Page

# When the first line can be typed into: its field has the keyboard, and that has been painted.
_USABLE = """(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => (window.usableAt = performance.now());
    const look = () => {
        const field = document.querySelector(".lines textarea");
        if (field && document.activeElement === field) return painted.port2.postMessage(0);
        const line = document.querySelector(".lines [data-text]");
        if (line && document.readyState !== "loading") { line.blur(); line.focus(); }
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})()"""

# From the event's own time until the frame with its letter has been painted: what is posted
# before a frame is painted is answered after it.
_KEYS = """() => {
    window.keysMs = [];
    let pressed = 0, waiting = [];
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
        const now = performance.now();
        window.keysMs.push(...waiting.splice(0).map((at) => now - at));
    };
    addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
    addEventListener("input", () => {
        const at = pressed;
        requestAnimationFrame(() => { waiting.push(at); painted.port2.postMessage(0); });
    }, true);
}"""

# `starts`: of every word of the recording, in ms; `ends`: where the next begins, or the segment
# ends; `firsts`: for each segment's id, the number of its first word. Every 5 ms the player's time
# is held against the word that was painted last. After a jump the word is as late as the jump is
# old, however far it led.
_HIGHLIGHT = """([starts, ends, firsts]) => {
    const audio = document.querySelector("audio");
    const seen = (window.highlight = { samples: 0, worst: 0, at: 0, unmarked: 0 });
    let shown = -1, jumped = performance.now();
    const numberOf = (range) => {
        if (!range) return -1;
        const text = range.startContainer.parentElement.closest("[data-text]");
        const before = document.createRange();
        before.setStart(text, 0);
        before.setEnd(range.startContainer, range.startOffset);
        const words = before.toString().split(/\\s+/).filter(Boolean).length;
        return firsts[text.closest("[data-segment]").dataset.segment] + words;
    };
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
        const [range] = CSS.highlights.get("spoken") || [];
        shown = numberOf(range);
    };
    const eachFrame = () => { painted.port2.postMessage(0); requestAnimationFrame(eachFrame); };
    requestAnimationFrame(eachFrame);
    for (const name of ["seeking", "play"]) {
        audio.addEventListener(name, () => (jumped = performance.now()));
    }
    const spokenAt = (now) => {
        let low = 0, high = starts.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (starts[middle] <= now) low = middle + 1; else high = middle;
        }
        return low - 1;
    };
    setInterval(() => {
        if (audio.paused || audio.seeking) return;
        const now = audio.currentTime * 1000;
        const word = shown < 0 ? spokenAt(now) : shown;
        const end = shown < 0 ? starts[word] : ends[word]; // unmarked: off since the word began
        const sinceJump = (performance.now() - jumped) * audio.playbackRate;
        const off = Math.min(sinceJump, Math.max(0, starts[word] - now, now - end));
        seen.samples++;
        seen.unmarked += shown < 0;
        if (off > seen.worst) Object.assign(seen, { worst: off, at: now });
    }, 5);
}"""


def watch_opening(page: Page) -> None:
    """Before the page is opened."""
    page.add_init_script(_USABLE)


def opening_s(page: Page) -> float:
    """Seconds from the beginning of the navigation until the first line could be typed into."""
    return float(page.wait_for_function("() => window.usableAt").json_value()) / 1000


def watch_keys(page: Page) -> None:
    page.evaluate(_KEYS)


def keys_ms(page: Page) -> list[float]:
    """What each letter took from its key to the frame, since `watch_keys`."""
    return [float(ms) for ms in page.evaluate("() => window.keysMs")]


def watch_highlight(
    page: Page, starts: Sequence[int], ends: Sequence[int], firsts: dict[str, int]
) -> None:
    page.evaluate(_HIGHLIGHT, [list(starts), list(ends), firsts])


def highlight(page: Page) -> dict[str, Any]:
    """`samples`, the `worst` distance in ms, `at` which ms it was, `unmarked` samples."""
    found: dict[str, Any] = page.evaluate("() => window.highlight")
    return found


def memory(session: CDPSession) -> dict[str, float]:
    """What is left after the garbage is collected: `heap_mb` of scripts, `page_mb` of the browser's
    own things for the page, `nodes`, `listeners`."""
    for _ in range(3):  # what the first round frees may free more
        session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    used = session.send("Runtime.getHeapUsage")
    return {
        "heap_mb": used["usedSize"] / 1e6,
        "page_mb": used.get("embedderHeapUsedSize", 0) / 1e6,
        "nodes": counters["nodes"],
        "listeners": counters["jsEventListeners"],
    }
