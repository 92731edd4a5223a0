/** What is asked of the server for one capture, in which order, and what follows from its answers. */

import { Refusal, renewToken } from "./asking.js";
import * as server from "./capture_calls.js";
import { fateOf, problemOf } from "./capture_fates.js";
import { FileParts } from "./capture_parts.js";
import { CaptureState } from "./capture_state.js";
import { removeCapture } from "./capture_store.js";
import { sha256, sha256OfBlob } from "./hashing.js";

const LANES = 2;
const MOST_TRIES = 4; // of what should have been right the second time

/** @typedef {import("./capture_parts.js").RecordedParts} RecordedParts */

/** The working side of `CaptureSender`, which is what pages use. */
export class CaptureWork extends CaptureState {
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
    // Chosen on a page that was gone before the server had heard of it.
    const { priority } = record;
    if (priority && priority !== seen.priority) this.changes = { priority, ...this.changes };
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

  /** Whose session is it? A capture belongs to who began it. */
  async checkPerson() {
    const person = await renewToken();
    if (person === null) throw new Refusal(0, "no_answer", "", {});
    if (!person) throw new Refusal(401, "signed_out", "", {});
    if (person !== this.record.person) throw new Refusal(401, "other_person", "", {});
    this.mustCheckPerson = false;
    this.tries++; // the right person, and yet refused: not for ever
  }
}
