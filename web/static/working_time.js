/**
 * How long somebody is really at work on each line: hearing, typing, pressing keys.
 *
 * The time goes to the server with the line's next save, or by itself for a line that was right.
 * It is kept there for the announcement, not for the person.
 */

import { ask } from "./asking.js";

const STILL_AT_WORK_MS = 5000; // after the last key, press or moment of sound
const REPORT_EVERY_MS = 60000;
const WORTH_TELLING_MS = 1000;

/** @typedef {import("./lines.js").Line} Line */

export class WorkingTime {
  /**
   * @param {HTMLElement} desk
   * @param {import("./saving.js").Saving} saving
   * @param {import("./player.js").Player | null} player
   */
  constructor(desk, saving, player) {
    this.saving = saving;
    this.audio = player?.audio;
    /** @type {Map<string, number>} ms that the server does not have, by segment */
    this.spent = new Map();
    /** @type {Line | undefined} whose time it is */
    this.line = undefined;
    this.last = 0; // 0: nobody is at work
    for (const name of ["keydown", "input", "pointerdown"]) {
      desk.addEventListener(name, () => this.touch(), { passive: true, capture: true });
    }
    this.audio?.addEventListener("timeupdate", () => this.audio?.paused || this.touch());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") return;
      this.last = 0;
      this.report();
    });
    setInterval(() => this.report(), REPORT_EVERY_MS);
    saving.time = this;
  }

  /** Somebody is at work now. */
  touch() {
    if (document.visibilityState !== "visible") return;
    const now = performance.now();
    if (this.last && this.line) {
      const passed = Math.min(now - this.last, STILL_AT_WORK_MS);
      this.spent.set(this.line.id, (this.spent.get(this.line.id) || 0) + passed);
    }
    this.last = now;
    this.line = this.present() || this.line;
  }

  /** @returns {Line | undefined} the line that is open, else the one that sounds */
  present() {
    const { field, lines } = this.saving;
    if (field.line) return field.line;
    return this.audio && !this.audio.paused ? lines.at(this.audio.currentTime * 1000) : undefined;
  }

  /**
   * What was spent on a line and is not told yet, in whole ms.
   * @param {Line} line
   */
  of(line) {
    return Math.round(this.spent.get(line.id) || 0);
  }

  /**
   * The server has this much of a line's time.
   * @param {Line} line
   * @param {number} ms
   */
  told(line, ms) {
    const left = (this.spent.get(line.id) || 0) - ms;
    if (left > 0) this.spent.set(line.id, left);
    else this.spent.delete(line.id);
  }

  /** Tell what was spent on lines that have nothing to save. */
  async report() {
    const lines = [...this.spent.keys()].flatMap((id) => this.saving.lines.byId.get(id) || []);
    const heard = lines.filter((line) => !line.dirty && this.of(line) >= WORTH_TELLING_MS);
    if (!heard.length) return;
    const active = Object.fromEntries(heard.map((line) => [line.id, this.of(line)]));
    // Taken away before there is an answer: what is lost now and then is better than counted twice.
    for (const line of heard) this.told(line, active[line.id]);
    await ask(`${location.pathname}/cong`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ active }),
      keepalive: true,
    }).catch(() => null);
  }
}
