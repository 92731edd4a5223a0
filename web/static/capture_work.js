/** What is asked of the server for one capture, in which order, and what follows from its answers. */

import { Refusal, renewToken } from "./asking.js";
import * as server from "./capture_calls.js";
import { Confirmed } from "./capture_confirmed.js";
import { fateOf, problemOf } from "./capture_fates.js";
import { hold, newRecord } from "./capture_left.js";
import { FileParts, RecordedParts } from "./capture_parts.js";
import { removeCapture, saveCapture } from "./capture_store.js";
import { sha256, sha256OfBlob } from "./hashing.js";
import { Patience } from "./patience.js";

const LANES = 2;
const MOST_TRIES = 4; // of what should have been right the second time

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

/** The working side of `CaptureSender`, which is what pages use. */
export class CaptureWork {
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
    /** @type {{ title?: string, broadcast_at?: string, bookmarks?: number[], alive?: true } | null} */
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

  /** Give it up, here and on the server. Without an answer a later page asks the server again. */
  async discard() {
    const { record } = this;
    record.discarded = true;
    this.ended("discarded");
    this.cut.abort();
    await this.parts?.storing;
    try {
      if (record.asked) {
        await this.save();
        if (!record.id) record.id = (await server.openCapture(record)).id;
        await server.discardCapture(record.id);
      }
      await removeCapture(record.key);
    } catch (error) {
      // Not there any more is as good as discarded. Else the record says what is to be done.
      if (/** @type {any} */ (error).status === 404) await removeCapture(record.key).catch(() => {});
    }
  }

  async work() {
    this.again = true;
    if (this.working) return;
    this.working = true;
    while (this.again && this.on && !this.end) {
      this.again = this.trouble = false;
      try {
        while (this.on && !this.end && (await this.step()) && !this.end) this.recovered();
      } catch (error) {
        await this.overcome(error);
      }
    }
    this.working = false;
    this.show();
  }

  /** @returns {Promise<boolean>} false when there is nothing to do for now */
  async step() {
    if (this.mustCheckPerson) await this.checkPerson();
    else if (!this.known) await this.meet();
    else if (this.script) await this.sendScript(this.script);
    else if (this.parts && this.confirmed.next(this.parts) >= 0) await this.sendWaiting(this.parts);
    else if (this.changes) await this.tell();
    else if (this.parts && this.record.ended) await this.finishThere(this.parts);
    else return false;
    return true;
  }

  recovered() {
    this.problem = null;
    this.offline = false;
    this.patience.renew();
    this.show();
  }

  /** Ask the server what it has. */
  async meet() {
    const { record } = this;
    if (!record.asked && record.ended && this.parts?.count === 0) return this.discard();
    if (!record.asked) {
      record.asked = true;
      await this.save();
    }
    const seen = await (record.id ? server.readCapture(record.id) : server.openCapture(record));
    record.id = seen.id;
    record.chunkBytes = seen.chunk_bytes;
    await this.save();
    // A recording that fell silent was finished with its chunks kept, for what may still come. A
    // capture whose chunks are gone is finished for good, or was swept away as never begun.
    const isOver = seen.state === "discarded" || (seen.state === "finished" && !seen.received.length);
    if (isOver && this.parts?.exceeds(seen)) return this.renew();
    if (isOver) return seen.receipt ? this.received(seen.receipt) : this.ended("discarded");
    this.closedThere = seen.state !== "open";
    if (this.file) this.parts = new FileParts(this.file, seen.chunk_bytes);
    if (!this.parts) return this.fail({ code: "file_unreadable", message: "" });
    this.confirmed.learn(seen.received, this.parts);
    // A file of this name and size was begun elsewhere; its first chunk shows whether it is this.
    if (this.resumed && !record.firstSha256) this.confirmed.doubt(0, this.parts);
    this.known = true;
    if (seen.state === "failed" && seen.failure && this.isComplete && !this.insists) {
      this.fail({ code: seen.failure.code, message: seen.failure.sentence });
    }
    this.insists = false;
  }

  /** Give the server all that is here as another capture: it takes nothing more into this one. */
  async renew() {
    const { record } = this;
    record.renewed++;
    record.id = "";
    record.asked = this.partial = false;
    if (record.bookmarks.length) this.changes = { bookmarks: record.bookmarks, ...this.changes };
    await this.save();
  }

  get isComplete() {
    return this.record.ended && this.parts && this.confirmed.next(this.parts) < 0;
  }

  /** @param {FileParts | RecordedParts} parts */
  async sendWaiting(parts) {
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, () => this.lane(parts)));
    const broken = lanes.flatMap((lane) => (lane.status === "rejected" ? [lane.reason] : []));
    // An answer says more than none.
    broken.sort((one, other) => (other.status ?? Infinity) - (one.status ?? Infinity));
    if (broken.length) throw broken[0];
  }

  /** @param {FileParts | RecordedParts} parts */
  async lane(parts) {
    let number;
    while (this.on && !this.end && !this.trouble && (number = this.confirmed.next(parts)) >= 0) {
      this.confirmed.flying.set(number, 0);
      try {
        await this.send(number, parts);
      } catch (error) {
        this.trouble = true; // the other lane ends its chunk and stops too
        throw error;
      } finally {
        this.confirmed.flying.delete(number);
      }
      this.confirmed.add(number, parts);
      this.tries = 0;
      this.closedThere = false;
      this.recovered();
    }
  }

  /**
   * @param {number} number
   * @param {FileParts | RecordedParts} parts
   */
  async send(number, parts) {
    const chunk = await parts.read(number);
    const sum = await sha256(chunk.bytes);
    if (number === 0 && this.file && !this.record.firstSha256) {
      this.record.firstSha256 = sum;
      await this.save();
    }
    await server.sendChunk(this.record.id, number, chunk, sum, this.cut.signal, (bytes) => {
      this.confirmed.flying.set(number, bytes);
      this.show();
    });
  }

  /** @param {FormData} script */
  async sendScript(script) {
    try {
      await server.giveScript(this.record.id, script);
      this.scriptState = "kept";
    } catch (error) {
      if (fateOf(error) !== "lasting") throw error;
      this.scriptState = "refused"; // the sound goes on; the script can be attached later
      this.refusedScript = problemOf(error);
    }
    this.script = null;
  }

  /** Tell the server what has changed about it. */
  async tell() {
    const changes = this.changes || {};
    this.changes = null;
    try {
      await server.changeCapture(this.record.id, changes);
      if (!changes.alive) this.refusedChange = null;
    } catch (error) {
      const fate = fateOf(error);
      if (fate === "closed" || fate === "lasting") {
        this.refusedChange = problemOf(error); // the sound matters more: it goes on without
      } else {
        this.changes = { ...changes, .../** @type {{} | null} */ (this.changes) };
        throw error;
      }
    }
  }

  /** @param {FileParts | RecordedParts} parts */
  async finishThere(parts) {
    if (!parts.count) return this.discard();
    this.finishing = true;
    this.show();
    try {
      // Two halves sent by two pages: only the sum of the whole shows that they are of one file.
      const twice = this.resumed && this.file;
      const sum = twice ? await sha256OfBlob(this.file, () => this.on) : "";
      if (twice && !sum) return; // paused
      const end = { chunks: parts.count, ...(this.partial && { partial: true }) };
      await this.received(await server.finishCapture(this.record.id, sum ? { ...end, sha256: sum } : end));
    } finally {
      this.finishing = false;
    }
  }

  /** @param {any} receipt */
  async received(receipt) {
    this.receipt = receipt;
    this.ended("finished");
    await this.parts?.storing;
    await removeCapture(this.record.key).catch(() => {});
  }

  /**
   * What to do about a refusal; resolves when it is time to try again.
   * @param {any} error
   */
  async overcome(error) {
    if (!this.on || this.end) return; // stopped by the person
    const fate = fateOf(error);
    // What neither side has any more must not keep back the rest.
    if (fate === "incomplete") this.partial = this.lacksSomething(error.data.missing);
    if (fate !== "later" && fate !== "signed_out") this.tries++;
    if (fate === "lasting" || this.tries > MOST_TRIES) return this.fail(problemOf(error));
    if (fate === "hidden" || fate === "signed_out") this.mustCheckPerson = true;
    // Gone from the server: it begins anew, under the same key, from what is here.
    if (error.status === 404) this.record.id = "";
    if (["hidden", "closed", "incomplete"].includes(fate)) this.known = false;
    this.problem = problemOf(error);
    this.offline = error.status === 0;
    const rest = this.patience.rest(error.retryAfterMs);
    this.show();
    await rest;
    this.again = true;
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

  /** Whose session is it? A capture belongs to who began it. */
  async checkPerson() {
    const person = await renewToken();
    if (person === null) throw new Refusal(0, "no_answer", "", {});
    if (!person) throw new Refusal(401, "signed_out", "", {});
    if (person !== this.record.person) throw new Refusal(401, "other_person", "", {});
    this.mustCheckPerson = false;
    this.tries++; // the right person, and yet refused: not for ever
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
