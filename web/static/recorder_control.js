/** One recording after another: what a person, the microphone or the sender may bring about. */

import { problemInWords } from "./capture_fates.js";
import { saveAsFile } from "./capture_rescue.js";
import { CaptureSender } from "./capture_sending.js";
import { Listening } from "./recorder_listening.js";
import { dropNote, writeNote } from "./recorder_notes.js";
import { Tape, canFollow, fileName, isAllowed } from "./recorder_sound.js";
import { clock } from "./recorder_view.js";
import { Stopwatch } from "./stopwatch.js";

const REOPEN_MS = 1500; // between two tries to get a lost microphone back
const LIMIT_WARNING_MS = 5 * 60 * 1000;
const LIMIT_MARGIN_MS = 5000; // the encoder's own rounding must not carry it over the limit

export class Recorder extends Listening {
  /** @param {import("./recorder_form.js").RecorderForm} form */
  constructor(form) {
    super(form);
    this.watch = new Stopwatch();
    /** @type {Tape | null} */
    this.tape = null;
    /** @type {CaptureSender | null} */
    this.sender = null;
    /** @type {number[]} */
    this.marks = [];
    this.handedMs = 0; // how much sound has been given to the sender
    this.keptMs = 0; // how much of it outlives this page
    this.maxMs = form.maxMs - LIMIT_MARGIN_MS;
    this.view.clearLine();
  }

  /** Whether there is something that would be cut short by leaving. */
  get busy() {
    return ["recording", "paused", "cut", "sending", "failed"].includes(this.phase);
  }

  /**
   * Begin a recording.
   * @param {string} [note] to be said while it runs
   */
  async start(note = "") {
    if (!this.form.unit) return this.view.showProblem("unit_missing");
    this.form.setHour();
    this.note = this.form.momentIsRight() ? note : this.words("moment_wrong");
    this.view.showDone("");
    this.view.showProblem("");
    if (this.trying) {
      this.view.showPhase("asking");
      await this.trying;
    }
    if (!this.microphone) {
      this.enter("asking");
      if (!(await this.openMicrophone())) return this.enter("idle");
    }
    navigator.storage?.persist?.().catch(() => {}); // so that a full disk spares what waits here
    this.watch.set(0);
    this.handedMs = this.keptMs = 0;
    this.marks = [];
    this.view.showMarks([]);
    this.view.clearLine();
    const tape = this.newTape();
    if (!tape) return this.enter("idle");
    this.take(
      new CaptureSender({
        unit: this.form.unit,
        kind: "recorder",
        fileName: fileName(tape.mediaType),
        mediaType: tape.mediaType,
        sizeBytes: null,
        ...this.form.said,
        broadcastAt: this.form.moment,
      }),
    );
    this.roll(tape);
  }

  /**
   * Go on with a recording that an earlier page left behind.
   * @param {CaptureSender} sender
   * @param {import("./recorder_notes.js").Note} note
   */
  async goOn(sender, note) {
    this.take(sender);
    this.watch.set(note.elapsedMs);
    this.handedMs = this.keptMs = note.elapsedMs;
    this.marks = note.marks;
    this.view.showClock(note.elapsedMs);
    this.view.showMarks(this.marks);
    await this.resume();
  }

  /** @param {CaptureSender} sender */
  take(sender) {
    this.sender = sender;
    sender.onchange = (state) => this.showSending(state);
  }

  /** @returns {Tape | null} */
  newTape() {
    if (!this.microphone) return null;
    try {
      return new Tape(this.microphone.stream, (chunk) => this.keep(chunk));
    } catch {
      this.view.showProblem("too_old");
      return null;
    }
  }

  /** @param {Tape} tape */
  roll(tape) {
    this.tape = tape;
    this.microphone?.wake();
    tape.onbreak = () => this.cut();
    tape.start();
    this.watch.start();
    this.enter("recording");
  }

  /** @param {Blob} chunk */
  async keep(chunk) {
    const { sender } = this;
    if (!sender) return;
    const handedMs = this.watch.ms;
    const soundMs = Math.max(0, Math.round(handedMs - this.handedMs));
    this.handedMs = handedMs;
    await sender.add(chunk, soundMs);
    if (sender !== this.sender) return;
    // Only now: the clock of a page that goes on begins with what there is, not with what was said.
    this.keptMs = handedMs;
    this.remember();
  }

  remember() {
    if (!this.sender) return;
    writeNote(this.sender.record.key, { elapsedMs: Math.round(this.keptMs), marks: this.marks });
  }

  pause() {
    this.tape?.pause();
    this.watch.stop();
    this.enter("paused");
  }

  /**
   * After a pause, or after the microphone was lost.
   * @param {boolean} [byItself] nobody pressed a button
   */
  async resume(byItself = false) {
    if (this.phase === "paused") {
      this.tape?.resume();
      this.watch.start();
      return this.enter("recording");
    }
    this.enter("asking");
    const tape = (await this.openMicrophone(byItself)) && this.newTape();
    if (tape) this.roll(tape);
    else this.enter("cut");
  }

  /** The sound stopped although nobody stopped it. What was recorded is kept either way. */
  async cut() {
    if (this.phase === "ready") return super.cut();
    if (this.phase !== "recording" && this.phase !== "paused") return;
    const { tape } = this;
    const wasRunning = this.phase === "recording";
    const time = clock(this.watch.ms);
    this.watch.stop();
    this.note = "";
    this.enter("cut");
    this.closeMicrophone();
    await tape?.stop();
    if (tape && !canFollow(tape.mediaType)) {
      this.note = this.words("cut_sent", { time });
      return this.finish();
    }
    this.view.warn(this.words("cut", { time }), "bad");
    if (wasRunning) this.waitForMicrophone(time);
  }

  /**
   * Go on by itself once the microphone is back, where nobody has to be asked for it.
   * @param {string} time of the cut
   */
  async waitForMicrophone(time) {
    while (this.phase === "cut" && (await isAllowed())) {
      await new Promise((next) => setTimeout(next, REOPEN_MS));
      if (this.phase !== "cut") return;
      this.note = this.words("cut_back", { time });
      await this.resume(true);
      if (this.phase === "cut") this.view.warn(this.words("cut", { time }), "bad");
    }
  }

  /** Mark this moment for the editors. */
  mark() {
    this.marks.push(Math.round(this.watch.ms));
    this.view.showMarks(this.marks);
    this.remember();
    this.sender?.change({ bookmarks: this.marks });
  }

  /** Stop, and send what has not been sent. */
  async finish() {
    this.watch.stop();
    this.view.showClock(this.watch.ms);
    this.note ||= this.words("not_sent");
    this.enter("sending");
    await this.tape?.stop();
    this.tape = null;
    this.closeMicrophone();
    this.sender?.finish();
  }

  /** What the server would not take, once more. */
  retry() {
    this.enter("sending");
    this.sender?.retry();
  }

  /** What the server will not take, as a file. */
  async save() {
    const saved = this.sender && (await saveAsFile(this.sender));
    if (!saved) this.view.showProblem("problem_parts_lost");
  }

  /** @param {import("./capture_state.js").State} state */
  showSending(state) {
    if (state.phase === "finished") return this.received(state.receipt);
    if (state.phase === "failed" && this.phase === "sending") this.enter("failed");
    if (state.phase === "discarded") return this.nothing();
    // No answer is nothing to be alarmed about: the line beside the clock says it.
    const quiet = !state.problem || state.problem.code === "no_answer";
    const problem = state.problem || (state.unsaved ? { code: "unsaved", message: "" } : null);
    if (quiet && !state.unsaved) this.view.showProblem("");
    else this.view.showProblem(`problem_${problem?.code}`, problemInWords(problem, this.words));
    this.view.showWhereItIs(state, this.handedMs);
  }

  /** It was ended before the first sound came. */
  nothing() {
    this.sender = null;
    this.note = this.words("nothing");
    this.enter("idle");
  }

  /** @param {any} receipt */
  received(receipt) {
    if (this.sender) dropNote(this.sender.record.key);
    this.sender = null;
    this.form.fill({ title: "", priority: "" });
    this.note = "";
    this.enter("done");
    this.view.showKept("", "");
    this.view.showProblem("");
    const length = clock(this.watch.ms);
    const told = this.words(receipt.duplicate_of ? "duplicate" : "received", { length });
    this.view.showDone(told, receipt.url);
  }

  /** Title, hour or priority were changed on the page. */
  describe() {
    this.sender?.change(this.form.said);
  }

  /** Four times a second: the clock, the limit, and whether sound still comes. */
  tick() {
    if (this.phase !== "recording") return;
    this.view.showClock(this.watch.ms);
    if (this.tape?.stalled) this.cut();
    const length = clock(this.maxMs + LIMIT_MARGIN_MS);
    if (this.watch.ms >= this.maxMs) {
      this.finish();
      this.note = this.words("full", { length });
      this.view.warn(this.note, "note");
    } else if (this.watch.ms >= this.maxMs - LIMIT_WARNING_MS) {
      this.note = this.words("almost_full", { length });
    }
  }
}
