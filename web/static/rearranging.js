/** Cutting a segment at the caret, joining it with the next one, and taking that back. */

import { ask, Refusal } from "./asking.js";
import { notice } from "./player.js";
import { askForStep, showStep } from "./undoing.js";

/**
 * @typedef {object} Answer
 * @property {string} change names it, for undoing
 * @property {string[]} removed ids of segments that are gone
 * @property {string[]} changed ids of those in their place
 * @property {string} lines their HTML, made by the server from the templates that made the page
 * @property {number} announcement_version
 * @property {number} undecided
 * @property {string} saved_at
 * @property {string} undo the button that takes it back
 */

/**
 * @typedef {object} Shown
 * @property {import("./lines.js").Line[]} made the new lines
 * @property {[import("./lines.js").Line, number] | null} typed line and place where typing goes on,
 *   if somebody typed while the answer was on its way
 */

export class Rearranging {
  /**
   * @param {HTMLElement} desk
   * @param {import("./saving.js").Saving} saving
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(desk, saving, words) {
    this.desk = desk;
    this.saving = saving;
    this.words = words;
    this.told = /** @type {HTMLElement} */ (desk.querySelector("[data-taken]"));
    this.busy = false;
    desk.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const button = /** @type {HTMLButtonElement | null} */ (target.closest("[data-undo-change]"));
      if (!button) return;
      event.preventDefault(); // without a script it sends the whole text along
      this.undo(button.formAction);
    });
  }

  /** Cut the open segment where the caret stands. */
  async split() {
    const { line, element } = this.saving.field;
    if (!line) return notice(this.desk, this.words("split_where"));
    const at = wordAt(element.value, element.selectionStart);
    await this.change(`${line.url}/tach`, line, () => ({ at }), "split_done", (made) => [made[1], 0]);
  }

  /**
   * Join a segment with the one after it.
   * @param {import("./lines.js").Line | null} [line] without one, the open one
   */
  async merge(line = this.saving.field.line) {
    const { lines } = this.saving;
    const next = line && lines.beside(line, 1);
    if (!line || !next) return notice(this.desk, this.words("merge_where"));
    const seam = line.text.trim().length;
    const body = () => ({ next_version: next.version });
    await this.change(`${line.url}/ghep`, line, body, "merge_done", (made) => [made[0], seam]);
  }

  /**
   * Take a cutting or joining back.
   * @param {string} url that names it
   */
  async undo(url) {
    const shown = await this.send(url, null, {}, () => askForStep(this.desk));
    if (!shown) return;
    const { made, typed } = shown;
    this.tell(this.words("undone"));
    // The button is gone, or another one: the keyboard goes on from the text.
    const next = typed || (made[0] && [made[0]]);
    if (document.activeElement === document.body && next) this.saving.field.open(...next);
  }

  /**
   * @param {string} url
   * @param {import("./lines.js").Line} line
   * @param {() => object} body made when all is saved: versions grow by saving
   * @param {string} said
   * @param {(made: import("./lines.js").Line[]) => [import("./lines.js").Line, number]} next line
   *   and place of the caret
   */
  async change(url, line, body, said, next) {
    const shown = await this.send(url, line, body);
    if (!shown) return;
    this.saving.field.open(...(shown.typed || next(shown.made)));
    this.tell(this.words(said));
  }

  /**
   * @param {string} url
   * @param {import("./lines.js").Line | null} line
   * @param {object | (() => object)} body
   * @param {() => Promise<void>} [mend] what to do about a refusal before it is said: who presses
   *   again then presses what is right now
   * @returns {Promise<Shown | null>}
   */
  async send(url, line, body, mend) {
    const { saving } = this;
    if (this.busy) return null;
    this.busy = true;
    try {
      if (!(await saving.saveAll())) return notice(this.desk, this.words("unsaved_first")), null;
      const asked = ask(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(line && { "If-Match": `"${line.version}"` }),
        },
        body: JSON.stringify(typeof body === "function" ? body() : body),
      });
      const shown = await saving.hold(async () => this.show(await asked));
      notice(this.desk, "");
      return shown;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status) await mend?.();
      // What was typed meanwhile waited for this; once saved, it takes away what is said before.
      if (error.status && saving.dirty) await saving.saveAll();
      const overtaken = error.status === 412 || error.status === 404;
      notice(this.desk, (overtaken ? "" : error.message) || this.words(overtaken ? "changed_first" : "no_answer"));
      return null;
    } finally {
      this.busy = false;
    }
  }

  /**
   * Put the new lines in the place of the old ones, with what was typed there meanwhile.
   * @param {Answer} answer
   * @returns {Shown}
   */
  show(answer) {
    const { saving } = this;
    const old = answer.removed.flatMap((id) => saving.lines.byId.get(id) || []);
    const caret = caretIn(old, saving.field);
    saving.field.close();
    const made = saving.lines.replace(answer.removed, answer.lines);
    saving.savedAt = answer.saved_at;
    saving.follow(answer.announcement_version, 1);
    saving.show("saved", { time: answer.saved_at });
    const typed = saving.carryOver(old, made, caret);
    showStep(this.desk, answer.undo);
    this.desk.dispatchEvent(new CustomEvent("rearranged", { detail: answer }));
    return { made, typed };
  }

  /** @param {string} text */
  tell(text) {
    const said = document.createElement("span");
    said.textContent = text;
    this.told.replaceChildren(said);
  }
}

/**
 * Where somebody types, in the texts of some lines joined by spaces; -1 for nowhere there.
 * @param {import("./lines.js").Line[]} lines
 * @param {import("./field.js").Field} field
 */
function caretIn(lines, field) {
  const open = lines.findIndex((line) => line === field.line);
  const before = lines.slice(0, Math.max(0, open)).map((line) => `${line.text} `).join("");
  return open < 0 ? -1 : before.length + field.element.selectionStart;
}

/**
 * The word that begins at a place of a text, or that the place lies in; counted from 0.
 * @param {string} text
 * @param {number} at
 * @returns {number}
 */
function wordAt(text, at) {
  const before = text.slice(0, at).split(/\s+/).filter(Boolean).length;
  const inside = at > 0 && /\S/.test(text[at - 1]) && at < text.length && /\S/.test(text[at]);
  return inside ? before - 1 : before;
}
