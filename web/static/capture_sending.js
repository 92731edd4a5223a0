/**
 * Sends a capture to the server, however often the way there breaks.
 *
 * A recording is added piece by piece (`add`) and kept in the browser until the server has all of
 * it; a file is given whole (`addFile`) and read when its turn comes. The server is asked what it
 * has, and gets the rest, two chunks at a time. What can pass by itself is waited for, in growing
 * pauses; what cannot ends in the phase "failed", with everything still there for `retry`.
 */

import { unfinished } from "./capture_left.js";
import { FileParts, RecordedParts } from "./capture_parts.js";
import { CaptureWork } from "./capture_work.js";

const ALIVE_MS = 60000; // between signs of life of a recording, so that a long pause is no silence

/** @typedef {import("./capture_state.js").State} State */

export class CaptureSender extends CaptureWork {
  /** What earlier pages left: see `capture_left.js`. */
  static unfinished = unfinished;

  /**
   * A new capture, or one of `unfinished()` by its record; a recording's then needs `restore`.
   * @param {Partial<import("./capture_store.js").CaptureRecord>} about at least unit and kind
   */
  constructor(about) {
    super(about);
    if (this.parts) this.aliveTimer = setInterval(() => this.sayAlive(), ALIVE_MS);
  }

  /**
   * Add the next piece of a recording.
   * @param {Blob} blob of any size
   * @param {number} [soundMs] how long it sounds
   * @returns {Promise<void>} once it outlives this page, or `state.unsaved` says that it does not
   */
  async add(blob, soundMs = 0) {
    const stored = /** @type {RecordedParts} */ (this.parts).add(blob, soundMs);
    this.work();
    await stored;
    this.show();
  }

  /** Take over what an earlier page stored of a recording. */
  async restore() {
    if (this.parts instanceof RecordedParts) await this.parts.restore();
  }

  /**
   * Give the file of an upload, the first time or again after a reload.
   * @param {File} file
   */
  addFile(file) {
    this.file = file;
    this.resumed = this.record.asked;
    this.record.ended = true;
    if (this.parts instanceof FileParts) this.parts = new FileParts(file, this.parts.chunkBytes);
  }

  /**
   * Send the approved script along, before the sound.
   * @param {FormData} form `script_file` or `script_text`
   */
  addScript(form) {
    this.script = form;
    this.scriptState = "waiting";
  }

  /** Begin or go on. */
  start() {
    this.on = this.started = true;
    if (this.cut.signal.aborted) this.cut = new AbortController();
    this.work();
    this.show();
  }

  /** Stop sending at once; what is half sent will be sent again. */
  pause() {
    this.on = false;
    this.cut.abort();
    this.patience.nudge();
    this.show();
  }

  /** Try again what has failed, or at once what is waited for. */
  retry() {
    if (this.end === "failed") {
      this.end = "";
      this.problem = null;
      this.known = false;
      this.insists = true;
      this.tries = 0;
    }
    this.patience.renew();
    this.patience.nudge();
    this.start();
  }

  /**
   * Change what is known about it: title, hour of broadcast, priority, bookmarks.
   * @param {{ title?: string, broadcastAt?: string, priority?: string, bookmarks?: number[] }} about
   */
  async change(about) {
    Object.assign(this.record, about);
    const { broadcastAt, ...others } = about;
    this.changes = { ...this.changes, ...others };
    if (broadcastAt !== undefined) this.changes.broadcast_at = broadcastAt;
    this.work();
    await this.save();
  }

  /**
   * Nothing more will be added: the server makes an announcement of it once it has everything.
   * @returns {Promise<State>} once it is finished, has failed, was discarded or is paused
   */
  finish() {
    this.record.ended = true;
    clearInterval(this.aliveTimer);
    this.save();
    this.work();
    return this.settled();
  }

  /** @returns {Promise<State>} once nothing happens by itself any more */
  settled() {
    return new Promise((resolve) => {
      this.waiters.push(resolve);
      this.show();
    });
  }

  /** Leave it as it is: stored here as far as the browser stores, and free for another page. */
  close() {
    this.pause();
    clearInterval(this.aliveTimer);
    this.release();
  }

  sayAlive() {
    if (!this.on || this.record.ended || !this.known || this.closedThere) return;
    this.changes = { ...this.changes, alive: true };
    this.work();
  }
}
