/**
 * Suggestions by the keyboard: the next one, taking it, putting it away.
 *
 * Nothing is taken that was not open before the key was pressed: where the open line has no
 * suggestion the key goes to the next line that has one, or to the next question (kept or hidden).
 */

import { notice } from "./player.js";

const WAITING = "[data-offers] [data-take], .asked-open .asked-acts button";

export class SuggestionKeys {
  /**
   * @param {HTMLElement} desk
   * @param {import("./saving.js").Saving} saving
   * @param {import("./player.js").Player | null} player
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(desk, saving, player, words) {
    this.desk = desk;
    this.saving = saving;
    this.player = player;
    this.words = words;
    this.caret = -1; // where it belongs once the answer is there; -1: nothing was pressed
    desk.addEventListener("suggestion-answered", (event) => {
      const { line } = /** @type {CustomEvent} */ (event).detail;
      const { caret } = this;
      this.caret = -1;
      if (line && caret >= 0 && !saving.field.line) saving.field.open(line, Math.min(caret, line.text.length));
    });
  }

  take() {
    this.press("[data-take]:not([data-refuse])");
  }

  refuse() {
    this.press("[data-take][data-refuse]");
  }

  /** @param {string} selector of a button in the open line's first row */
  press(selector) {
    const { field } = this.saving;
    const { line } = field;
    const button = /** @type {HTMLButtonElement | null | undefined} */ (
      line?.item.querySelector(`[data-offers] ${selector}`)
    );
    if (!line || !button) return this.next();
    const wanted = new URLSearchParams(button.value);
    const refuses = button.matches("[data-refuse]");
    this.caret = Number(wanted.get("start")) + (wanted.get(refuses ? "heard" : "written") || "").length;
    // The field's own text is never set under the caret: it is closed, and opens with the new one.
    field.close();
    button.click();
  }

  /** Go to the next line with a suggestion or an open question; after the last, to the first. */
  next() {
    const waiting = [...this.desk.querySelectorAll(WAITING)].flatMap((button) => this.saving.lines.of(button) || []);
    const lines = [...new Set(waiting)];
    const from = this.saving.field.line || this.saving.lines.of(document.activeElement);
    const line = lines.find((one) => from && from !== one && isAfter(from.item, one.item)) || lines[0];
    if (!line) return notice(this.desk, this.words("no_offers"));
    notice(this.desk, "");
    this.show(line);
    this.player?.hear(line.startMs / 1000, line.endMs / 1000);
  }

  /** @param {import("./lines.js").Line} line */
  show(line) {
    const { field } = this.saving;
    const offer = /** @type {HTMLButtonElement | null} */ (line.item.querySelector("[data-offers] [data-take]"));
    if (!offer) {
      field.close();
      const question = /** @type {HTMLElement | null} */ (line.item.querySelector(".asked-open .asked-acts button"));
      question?.focus();
      line.item.scrollIntoView({ block: "nearest" });
      return;
    }
    const wanted = new URLSearchParams(offer.value);
    const start = Number(wanted.get("start"));
    field.open(line, start);
    field.element.setSelectionRange(start, start + (wanted.get("heard") || "").length);
  }
}

/** @param {Element} one @param {Element} other @returns {boolean} whether `other` comes after */
function isAfter(one, other) {
  return (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}
