/** What a page knows of one capture on its way to the server, and what it shows of it. */

import { Confirmed } from "./capture_confirmed.js";
import { hold, newRecord } from "./capture_left.js";
import { RecordedParts } from "./capture_parts.js";
import { saveCapture } from "./capture_store.js";
import { Patience } from "./patience.js";

/** @typedef {import("./capture_parts.js").FileParts} FileParts */

/**
 * @typedef {import("./capture_fates.js").Problem} Problem
 *
 * @typedef {object} State
 * @property {"waiting" | "sending" | "paused" | "finishing" | "finished" | "failed" | "discarded"} phase
 * @property {number} sentBytes what has gone out, half chunks included
 * @property {number} storedBytes what the server has confirmed
 * @property {number} totalBytes
 * @property {number} waitingBytes what the server has not confirmed
 * @property {boolean} offline whether the last try got no answer
 * @property {boolean} unsaved whether something is in this page's memory alone
 * @property {number} retryAt ms since 1970 of the next try; 0 while nothing is waited for
 * @property {Problem | null} problem why it waits or has failed; `problemInWords` has the sentence
 * @property {Problem | null} refusedChange why the last `change` was not taken
 * @property {"" | "waiting" | "kept" | "refused"} script what became of the approved script
 * @property {Problem | null} refusedScript why it was refused
 * @property {any} receipt of the server, in the phase "finished": announcement, url, ...
 */

export class CaptureState {
  /** @param {Partial<import("./capture_store.js").CaptureRecord>} about */
  constructor(about) {
    /** @type {import("./capture_store.js").CaptureRecord} */
    this.record = { ...newRecord(), ...about };
    const isRecording = this.record.kind !== "upload";
    /** @type {FileParts | RecordedParts | null} null until the server has said how to cut the file */
    this.parts = isRecording ? new RecordedParts(this.record) : null;
    /** @type {File | null} */
    this.file = null;
    this.resumed = false; // whether the file was begun by an earlier page
    /** @type {(state: State) => void} */
    this.onchange = () => {};
    this.on = this.started = isRecording; // a recording goes out as it comes in
    /** @type {"" | "finished" | "failed" | "discarded"} */
    this.end = "";
    this.finishing = false;
    this.known = false; // whether this page has heard from the server what it has
    this.closedThere = false; // the server has finished it for its silence; new sound opens it
    this.insists = false; // the person wants it tried again
    this.mustCheckPerson = false;
    this.confirmed = new Confirmed();
    /** @type {Parameters<typeof import("./capture_calls.js").changeCapture>[1] | null} */
    this.changes = null;
    /** @type {Problem | null} */
    this.problem = null;
    /** @type {Problem | null} */
    this.refusedChange = null;
    /** @type {FormData | null} the approved script, until the server has it */
    this.script = null;
    /** @type {State["script"]} */
    this.scriptState = "";
    /** @type {Problem | null} */
    this.refusedScript = null;
    this.partial = false; // whether to make do with what there is
    /** @type {any} */
    this.receipt = null;
    this.offline = false;
    this.patience = new Patience();
    this.tries = 0;
    this.cut = new AbortController();
    this.working = this.again = this.trouble = false;
    /** @type {((state: State) => void)[]} */
    this.waiters = [];
    this.release = hold(this.record.key);
    this.aliveTimer = 0;
  }

  /** @returns {State} */
  get state() {
    const totalBytes = this.parts?.totalBytes ?? this.record.sizeBytes ?? 0;
    return {
      phase: this.phase,
      sentBytes: this.confirmed.sentBytes,
      storedBytes: this.confirmed.bytes,
      totalBytes,
      waitingBytes: totalBytes - this.confirmed.bytes,
      offline: this.offline,
      unsaved: this.parts?.unsaved || false,
      retryAt: this.patience.until,
      problem: this.problem,
      refusedChange: this.refusedChange,
      script: this.scriptState,
      refusedScript: this.refusedScript,
      receipt: this.receipt,
    };
  }

  /** @returns {State["phase"]} */
  get phase() {
    if (this.end) return this.end;
    if (!this.on) return this.started ? "paused" : "waiting";
    return this.finishing ? "finishing" : "sending";
  }

  /** Write down what is to be sent, before its turn comes: a reload then asks for the file. */
  async save() {
    // A browser that keeps nothing still sends; a reload then finds it by asking the server.
    if (!this.end || this.record.discarded) await saveCapture(this.record).catch(() => {});
  }

  get isComplete() {
    return this.record.ended && this.parts && this.confirmed.next(this.parts) < 0;
  }

  /**
   * Whether the server misses something that is not here either.
   * @param {[number, number][]} runs
   */
  lacksSomething(runs = []) {
    return runs.some(([first, last]) => {
      for (let number = first; number <= last; number++) {
        if (!this.parts?.sizeOf(number)) return true;
      }
      return false;
    });
  }

  /** @param {Problem} problem */
  fail(problem) {
    this.problem = { code: problem.code, message: problem.message };
    this.offline = false;
    this.ended("failed");
  }

  /** @param {"finished" | "failed" | "discarded"} end */
  ended(end) {
    this.end = end;
    this.patience.nudge();
    clearInterval(this.aliveTimer);
    if (end !== "failed") this.release();
    this.show();
  }

  show() {
    const { state } = this;
    this.onchange(state);
    if (!["finished", "failed", "discarded", "paused"].includes(state.phase)) return;
    for (const resolve of this.waiters.splice(0)) resolve(state);
  }
}
