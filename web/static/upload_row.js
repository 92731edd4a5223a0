/** One file on the upload page's list: how far it is, what is wrong, what can be done about it. */

import { problemInWords } from "./capture_fates.js";
import { mebibytes, sizeInWords } from "./file_sizes.js";

const RATE_MS = 15000; // over which the speed is taken
const LEAST_RATE_MS = 3000;
// The file here is not the one that was begun: only from the beginning can it be sent.
const DIFFERENT = ["chunk_differs", "capture_hash_differs", "capture_key_used"];

/** @type {Record<string, string>} a shape beside the words, in the form of its state */
const SHAPES = { received: "approved", refused: "failed" };

/**
 * @typedef {import("./capture_sending.js").CaptureSender} CaptureSender
 * @typedef {import("./capture_sending.js").State} State
 * @typedef {(name: string, values?: Record<string, string | number>) => string} Words
 * @typedef {"pause" | "go_on" | "again" | "anew" | "now" | "choose" | "remove"} Act
 */

export class Row {
  /**
   * @param {string} fileName
   * @param {number} sizeBytes
   * @param {Words} words
   * @param {string} login address of the page where one signs in
   */
  constructor(fileName, sizeBytes, words, login) {
    this.fileName = fileName;
    this.sizeBytes = sizeBytes;
    this.words = words;
    this.login = login;
    /** @type {CaptureSender | null} null for a file that is refused before it is sent */
    this.sender = null;
    /** @type {import("./capture_left.js").Left | null} what an earlier page left of it */
    this.left = null;
    this.ready = false; // waits for its turn
    this.refusal = ""; // why it is not sent at all
    this.hint = ""; // about what the person has just done
    this.asking = false; // whether it is really to be removed
    /** @type {(act: Act) => void} */
    this.onact = () => {};
    /** @type {{ at: number, bytes: number }[]} */
    this.samples = [];
    this.build();
  }

  /** Whether something would be lost by leaving the page: what is left of it has to be asked for. */
  get busy() {
    return this.ready || ["sending", "finishing"].includes(this.sender?.phase || "");
  }

  get isUrgent() {
    return this.sender?.record.priority === "urgent";
  }

  /** Whether it waits for the person to say that it is to be sent. */
  get fresh() {
    return this.sender?.phase === "waiting" && !this.ready && !this.left && !this.refusal;
  }

  build() {
    this.item = document.createElement("li");
    const head = document.createElement("p");
    head.className = "file-head";
    const size = made("span", "soft figures", sizeInWords(this.sizeBytes));
    this.urgent = made("strong", "urgent-word", this.words("urgent"));
    head.append(made("span", "file-name", this.fileName), " ", this.urgent, size);
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.setAttribute("aria-label", this.fileName);
    this.figures = made("p", "file-figures soft figures", "");
    this.status = made("p", "file-state", "");
    this.status.setAttribute("role", "status");
    this.acts = made("p", "file-acts", "");
    this.item.append(head, this.bar, this.figures, this.status, this.acts);
  }

  show() {
    const state = this.sender?.state || null;
    const kind = this.kindOf(state);
    this.item.className = `file-${kind}`;
    // What was sent before stays as urgent as it is.
    this.urgent.hidden = !this.isUrgent || Boolean(state?.receipt?.duplicate_of);
    this.showBar(kind, state);
    this.showStatus(kind, state);
    this.showActs(this.asking ? [] : this.actsFor(kind, state));
  }

  /** @param {State | null} state */
  kindOf(state) {
    if (this.refusal) return "refused";
    if (!state) return "left";
    if (state.phase === "finished") return "received";
    if (state.phase === "failed" || state.phase === "discarded") return "refused";
    if (this.ready && state.phase !== "sending" && state.phase !== "finishing") return "waiting";
    if (this.left && !this.sender?.file) return "left";
    return state.phase;
  }

  /**
   * @param {string} kind
   * @param {State | null} state
   */
  showBar(kind, state) {
    const shown = ["sending", "paused", "finishing", "left"].includes(kind);
    this.bar.hidden = !shown;
    this.figures.hidden = kind !== "sending" || Boolean(state?.problem);
    if (kind === "finishing") this.bar.removeAttribute("value");
    else if (shown) this.bar.value = this.percent(state);
    if (kind === "sending" && state) this.figures.textContent = this.speed(state);
    else this.samples = [];
  }

  /** @param {State | null} state */
  percent(state) {
    const bytes = state?.sentBytes || this.left?.seen?.received_bytes || 0;
    return Math.floor((bytes * 100) / Math.max(1, this.sizeBytes));
  }

  /**
   * "12,5 / 80,0 MB, còn khoảng 3 phút"
   * @param {State} state
   */
  speed(state) {
    const { samples, words } = this;
    const at = Date.now();
    samples.push({ at, bytes: state.sentBytes });
    while (at - samples[0].at > RATE_MS) samples.shift();
    const amount = words("amount", { sent: mebibytes(state.sentBytes), total: mebibytes(this.sizeBytes) });
    const spent = at - samples[0].at;
    const rate = (state.sentBytes - samples[0].bytes) / spent;
    if (spent < LEAST_RATE_MS || rate <= 0) return amount;
    const minutes = Math.ceil((this.sizeBytes - state.sentBytes) / rate / 60000);
    const time = minutes <= 1 ? words("time_short") : words("time_left", { minutes });
    return `${amount}, ${time}`;
  }

  /**
   * @param {string} kind
   * @param {State | null} state
   */
  showStatus(kind, state) {
    const text = this.asking ? this.words("remove_ask") : this.sentence(kind, state);
    const needsLogin = ["signed_out", "other_person"].includes(state?.problem?.code || "");
    const link = state?.receipt ? "open" : needsLogin ? "sign_in" : "";
    const key = `${kind}|${text}|${link}`;
    if (this.shownStatus === key) return; // said once
    this.shownStatus = key;
    const shape = state?.problem && kind === "sending" ? "waiting" : SHAPES[kind];
    this.status.replaceChildren(...(shape ? [icon(shape), " "] : []), text);
    if (!link) return;
    const anchor = document.createElement("a");
    anchor.textContent = this.words(link);
    anchor.href = state?.receipt?.url || this.login;
    if (link === "sign_in") {
      anchor.target = "_blank";
      anchor.rel = "noopener";
    }
    this.status.append(" ", anchor);
  }

  /**
   * @param {string} kind
   * @param {State | null} state
   */
  sentence(kind, state) {
    const { words } = this;
    if (this.hint) return this.hint;
    if (this.refusal) return this.refusal;
    if (kind === "received" && state) return this.receivedInWords(state);
    if (kind === "left") return this.leftInWords();
    if (state?.phase === "discarded") return words("discarded");
    if (state?.problem) {
      // The server's sentence speaks of pieces; the person knows files.
      if (DIFFERENT.includes(state.problem.code)) return words("different");
      return problemInWords(state.problem, words);
    }
    if (kind === "paused") return words("paused", { percent: this.percent(state) });
    return words(kind);
  }

  leftInWords() {
    const { left, words } = this;
    if (left?.seen?.state === "failed" && left.seen.failure) return left.seen.failure.sentence;
    const percent = this.percent(null);
    return percent ? words("left", { percent }) : words("left_none");
  }

  /** @param {State} state */
  receivedInWords(state) {
    const { words } = this;
    if (state.receipt.duplicate_of) {
      return state.script === "kept" ? `${words("duplicate")} ${words("script_left")}` : words("duplicate");
    }
    if (state.script === "kept") return `${words("received")} ${words("script_attached")}`;
    if (state.script !== "refused") return words("received");
    return `${words("script_refused")} ${problemInWords(state.refusedScript, words)}`;
  }

  /**
   * @param {string} kind
   * @param {State | null} state
   * @returns {Act[]}
   */
  actsFor(kind, state) {
    if (this.refusal) return ["remove"];
    if (kind === "refused") {
      if (state?.problem?.code.startsWith("media_")) return ["remove"]; // no sound by trying again
      const anew = state?.phase === "discarded" || DIFFERENT.includes(state?.problem?.code || "");
      return [anew ? "anew" : "again", "remove"];
    }
    /** @type {Record<string, Act[]>} */
    const acts = {
      waiting: ["remove"],
      sending: state?.retryAt ? ["now", "pause", "remove"] : ["pause", "remove"],
      paused: ["go_on", "remove"],
      left: this.left?.seen?.state === "failed" ? ["remove"] : ["choose", "remove"],
    };
    return acts[kind] || [];
  }

  /** @param {Act[]} acts */
  showActs(acts) {
    if (this.asking) return;
    const key = acts.join();
    if (this.shownActs === key) return;
    this.shownActs = key;
    const held = this.acts.contains(document.activeElement);
    this.acts.replaceChildren(
      ...acts.map((act) => this.button(act, () => (act === "remove" ? this.ask() : this.onact(act)))),
    );
    if (held) this.firstButton()?.focus();
  }

  /** Nothing that was sent is thrown away at one press. */
  ask() {
    if (!this.sender?.record.asked) return this.onact("remove");
    this.asking = true;
    this.shownActs = "";
    const decided = (/** @type {boolean} */ really) => {
      this.asking = false;
      if (really) return this.onact("remove");
      this.show();
      this.firstButton()?.focus();
    };
    const yes = this.button("remove_yes", () => decided(true));
    const no = this.button("remove_no", () => decided(false));
    this.acts.replaceChildren(yes, no);
    this.show();
    no.focus();
  }

  firstButton() {
    return this.acts.querySelector("button");
  }

  /**
   * @param {string} name
   * @param {() => void} pressed
   */
  button(name, pressed) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = name === "choose" ? "button" : "quiet";
    button.textContent = this.words(`act_${name}`);
    button.addEventListener("click", () => {
      this.hint = "";
      pressed();
    });
    return button;
  }
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} text
 */
function made(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** @param {string} shape */
function icon(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svg.namespaceURI, "use");
  use.setAttribute("href", `#shape-${shape}`);
  svg.append(use);
  return svg;
}
