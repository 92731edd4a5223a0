/** What the recorder page shows: phase, clock, line, level, words. It decides nothing. */

import { decibels, place } from "./recorder_level.js";

const LINE_MS = 24_000;
const NARROW = "(max-width: 40rem)"; // where 120 strokes would run together
const WIDTH = 480;
const HEIGHT = 40;
const PEAK_FALL_PER_MS = 0.0004; // of the scale: the stroke stays where the ear remembers it

/**
 * @typedef {"idle" | "asking" | "ready" | "recording" | "paused" | "cut" | "sending" | "failed"
 *   | "done"} Phase
 */

/** What the large button says in each phase, and the button beside it. */
const MAIN = {
  idle: "start",
  asking: "start",
  ready: "start",
  recording: "finish",
  paused: "resume",
  cut: "resume",
  sending: "sending",
  failed: "retry",
  done: "again",
};
/** @type {Partial<Record<Phase, string>>} */
const OTHER = {
  idle: "pause",
  asking: "pause",
  ready: "pause",
  recording: "pause",
  paused: "finish",
  cut: "finish",
  failed: "save",
};

/** The page's moving parts. */
export class RecorderView {
  /**
   * @param {HTMLElement} root
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(root, words) {
    this.root = root;
    this.words = words;
    /** @type {number[]} heights of the bars, 0..1, the newest last */
    this.bars = [];
    this.most = matchMedia(NARROW).matches ? 60 : 120;
    this.barMs = 0;
    this.barPeak = 0;
    this.peak = 0;
  }

  /**
   * @param {string} name of the data attribute
   * @returns {any}
   */
  part(name) {
    return document.querySelector(`[data-${name}]`);
  }

  /** @param {Phase} phase */
  showPhase(phase) {
    this.root.dataset.phase = phase;
    write(this.part("state"), this.words(`state_${phase}`));
    const main = this.part("main");
    write(this.part("main-word"), this.words(MAIN[phase]));
    // Not `disabled`: whoever came here by the keyboard would be thrown off the button.
    const waits = phase === "asking" || phase === "sending";
    main.dataset.act = waits ? "" : MAIN[phase];
    main.setAttribute("aria-disabled", String(waits));
    const other = this.part("other");
    other.hidden = !(phase in OTHER);
    if (phase in OTHER) {
      write(other, this.words(OTHER[phase] || ""));
      other.dataset.act = OTHER[phase];
    }
    // Shown before they are of use, so that nothing moves when the recording begins.
    const begins = ["idle", "asking", "ready"].includes(phase);
    const marks = this.part("mark");
    other.disabled = begins;
    marks.hidden = !begins && phase !== "recording" && phase !== "paused";
    marks.disabled = begins;
    this.part("microphone").disabled = !["idle", "ready", "cut", "done"].includes(phase);
    const unit = /** @type {HTMLSelectElement | null} */ (document.querySelector("select#unit"));
    // The unit goes with the first second that is sent.
    if (unit) unit.disabled = !["idle", "asking", "ready", "done"].includes(phase);
  }

  /** Let the large button be pressed while the microphone is still being opened. */
  allowStart() {
    const main = this.part("main");
    main.dataset.act = "start";
    main.setAttribute("aria-disabled", "false");
  }

  /** @param {number} ms */
  showClock(ms) {
    write(this.part("clock"), clock(ms));
  }

  /**
   * @param {import("./recorder_level.js").Reading} reading
   * @param {string} verdict
   * @param {boolean} running whether the line moves on
   */
  showLevel(reading, verdict, running) {
    this.peak = Math.max(place(reading.peak), this.peak - PEAK_FALL_PER_MS * reading.ms);
    const level = this.part("level");
    level.dataset.verdict = verdict;
    this.part("level-fill").style.transform = `scaleX(${place(reading.peak).toFixed(3)})`;
    this.part("level-peak").style.transform = `translateX(${(this.peak * 100).toFixed(1)}%)`;
    this.barMs += reading.ms;
    this.barPeak = Math.max(this.barPeak, reading.peak);
    if (this.barMs < LINE_MS / this.most) return;
    level.setAttribute("aria-valuenow", decibels(this.barPeak).toFixed(0));
    if (running) this.bars.push(this.barPeak);
    if (this.bars.length > this.most) this.bars.shift();
    this.barMs = 0;
    this.barPeak = 0;
    this.drawLine();
  }

  /** The level falls to nothing: no microphone is open. */
  clearLevel() {
    this.peak = 0;
    this.part("level-fill").style.transform = "scaleX(0)";
    this.part("level-peak").style.transform = "";
    delete this.part("level").dataset.verdict;
  }

  clearLine() {
    this.bars = [];
    this.drawLine();
  }

  drawLine() {
    const step = WIDTH / this.most;
    this.part("line").setAttribute("d", strokes(this.bars, 0, step));
    const ahead = new Array(this.most - this.bars.length).fill(0);
    this.part("line-ahead").setAttribute("d", strokes(ahead, this.bars.length, step));
  }

  /**
   * @param {string} text
   * @param {"" | "bad" | "note"} kind
   */
  warn(text, kind) {
    const place = this.part("warning");
    place.dataset.kind = kind;
    write(place, text);
  }

  /**
   * @param {string} text
   * @param {string} kind kept, waiting or offline
   */
  showKept(text, kind) {
    const place = this.part("kept");
    place.dataset.kind = kind;
    place.setAttribute("aria-live", kind === "offline" ? "polite" : "off"); // it changes every second
    write(place, text);
  }

  /**
   * Whether the sound is here alone, on its way, or with the server.
   * @param {import("./capture_state.js").State} state
   * @param {number} handedMs how much of it there is
   */
  showWhereItIs(state, handedMs) {
    const bytesPerMs = state.totalBytes / Math.max(1, handedMs);
    const seconds = Math.ceil(state.waitingBytes / Math.max(1, bytesPerMs * 1000));
    if (state.offline) this.showKept(this.words("offline"), "offline");
    else if (seconds > 2) this.showKept(this.words("waiting", { seconds }), "waiting");
    else if (state.storedBytes) this.showKept(this.words("kept"), "kept");
  }

  /**
   * Say what went wrong, with its ways out where the page has some; "" takes it away.
   * @param {string} code one of the page's words
   * @param {string} [text] the sentence, where the page has none for this code
   */
  showProblem(code, text) {
    const box = this.part("problem");
    box.hidden = !code;
    const sentence = text || (code && this.words(code, { address: location.origin }));
    write(this.part("problem-text"), sentence);
    for (const ways of box.querySelectorAll("[data-problem-ways]")) {
      ways.hidden = ways.dataset.problemWays !== code;
    }
  }

  /** @param {number[]} marks in ms */
  showMarks(marks) {
    this.part("marks").hidden = !marks.length;
    write(this.part("marks-list"), marks.map(clock).join(" · "));
  }

  /**
   * @param {string} text "" hides it
   * @param {string} [url]
   */
  showDone(text, url) {
    this.part("done").hidden = !text;
    write(this.part("done-text"), text);
    if (url) this.part("done-link").href = url;
  }
}

/**
 * One upright stroke a bar, as the sound lines of the portal have them.
 * @param {number[]} bars 0..1 of full scale
 * @param {number} first place of the first
 * @param {number} step from one to the next
 */
function strokes(bars, first, step) {
  return bars
    .map((peak, index) => {
      // A voice at −20 dBFS should fill half of the height: the square root lifts it there.
      const half = Math.max(1, Math.sqrt(peak) * (HEIGHT / 2 - 1.2));
      const x = (step * (first + index + 0.5)).toFixed(1);
      return `M${x} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`;
    })
    .join("");
}

/** @param {number} ms */
export function clock(ms) {
  const whole = Math.floor(ms / 1000);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * Changing nothing must not be read aloud again.
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
