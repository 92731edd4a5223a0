/** A clock that can be stopped and go on. */

/** Counts only while it runs. */
export class Stopwatch {
  constructor() {
    this.before = 0;
    /** @type {number | null} */
    this.since = null;
  }

  get ms() {
    return this.before + (this.since === null ? 0 : performance.now() - this.since);
  }

  /** @param {number} ms */
  set(ms) {
    this.before = ms;
    this.since = null;
  }

  start() {
    if (this.since === null) this.since = performance.now();
  }

  stop() {
    this.set(this.ms);
  }
}
