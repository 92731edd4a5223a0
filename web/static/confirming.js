/**
 * A person's word that a line was heard and is right, and the list of those that need it.
 *
 * A tick stands only where the server has it. What is changed afterwards has to be heard again.
 */

import { offerApproval } from "./approval.js";
import { ask, Refusal } from "./asking.js";
import { notice } from "./player.js";

/** @typedef {import("./lines.js").Line} Line */

export class Confirming {
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
    this.panel = /** @type {HTMLElement | null} */ (desk.querySelector("[data-must]"));
    this.rows = /** @type {HTMLElement | null} */ (desk.querySelector("[data-must-rows]"));
    if (!this.panel) return; // the text is not under review
    desk.addEventListener("click", (event) => this.pressed(event));
    desk.addEventListener("line-saved", (event) => {
      const { line } = /** @type {CustomEvent} */ (event).detail;
      if (Number(line.item.dataset.confirmed) !== line.version) this.mark(line, false);
    });
    for (const name of ["line-renewed", "rearranged"]) {
      desk.addEventListener(name, () => this.list());
    }
    saving.field.onopened = (line) => this.follow(line);
  }

  /**
   * Confirm a line as it stands once what is typed into it is saved.
   * @param {Line} line
   */
  async confirm(line) {
    if (!this.panel || !(await this.saving.saveAll())) return;
    if (line.dirty || line.conflict) return;
    const headers = { "If-Match": `"${line.version}"` };
    const { version } = line;
    if (!(await this.send(line, "da-nghe", headers))) return;
    const now = this.saving.lines.byId.get(line.id); // it may have been shown anew meanwhile
    if (!now || now.version !== version) return; // or changed: what was heard is not what stands there
    const told = now.item.querySelector("[data-confirmed-by]");
    if (told) told.textContent = this.words("you_heard");
    this.mark(now, true);
  }

  /** @param {Line} line */
  async takeBack(line) {
    if (!(await this.send(line, "chua-nghe"))) return;
    const now = this.saving.lines.byId.get(line.id);
    if (now) this.mark(now, false);
  }

  /**
   * @param {Line} line
   * @param {string} act
   * @param {Record<string, string>} [headers]
   * @returns {Promise<boolean>}
   */
  async send(line, act, headers = {}) {
    try {
      await ask(`${line.url}/${act}`, { method: "POST", headers });
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const overtaken = error.status === 412 || error.status === 404;
      notice(this.desk, (overtaken ? "" : error.message) || this.words(overtaken ? "changed_first" : "no_answer"));
      return false;
    }
  }

  /**
   * @param {Line} line
   * @param {boolean} confirmed
   */
  mark(line, confirmed) {
    if (confirmed) line.item.dataset.confirmed = String(line.version);
    else delete line.item.dataset.confirmed;
    const row = this.rows?.querySelector(`[data-for="${CSS.escape(line.id)}"]`);
    if (row) this.showRow(row, confirmed);
    this.count();
  }

  /** @param {Event} event */
  pressed(event) {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("[data-confirm], [data-take-back]");
    const row = target.closest("[data-must-rows] li");
    const line = button
      ? this.saving.lines.of(button)
      : this.saving.lines.byId.get(/** @type {HTMLElement | null} */ (row)?.dataset.for || "");
    if (!line) return;
    event.preventDefault();
    if (!button) {
      this.saving.field.open(line);
      this.player?.hear(line.startMs / 1000, line.endMs / 1000);
    } else if (button.matches("[data-confirm]")) {
      this.confirm(line).then(() => this.keepFocus(line, "[data-take-back]"));
    } else {
      this.takeBack(line).then(() => this.keepFocus(line, "[data-confirm]"));
    }
  }

  /**
   * A button that was pressed may be gone: the keyboard goes on from the one in its place.
   * @param {Line} line
   * @param {string} selector
   */
  keepFocus(line, selector) {
    if (document.activeElement !== document.body) return;
    const item = this.saving.lines.byId.get(line.id)?.item;
    /** @type {HTMLElement | null} */ (item?.querySelector(selector))?.focus({ preventScroll: true });
  }

  /** Make the list anew from the lines of the page. */
  list() {
    const rows = this.saving.lines.all.flatMap((line) => {
      const passages = [...line.item.querySelectorAll(".marks-must [lang]")];
      if (!passages.length || !line.item.querySelector("[data-confirm]")) return [];
      const row = document.createElement("li");
      row.dataset.for = line.id;
      const link = document.createElement("a");
      link.href = `#${line.item.id}`;
      link.lang = "vi";
      link.textContent = passages.map((passage) => passage.textContent).join(", ");
      row.append(link, document.createElement("span"));
      this.showRow(row, "confirmed" in line.item.dataset);
      return [row];
    });
    this.rows?.replaceChildren(...rows);
    this.count();
  }

  /**
   * @param {Element} row
   * @param {boolean} confirmed
   */
  showRow(row, confirmed) {
    row.classList.toggle("was-heard", confirmed);
    const told = row.querySelector("span");
    if (told) told.textContent = this.words(confirmed ? "must_heard" : "must_hear");
  }

  /**
   * Bring what must be heard from a line on into the list's sight.
   * @param {Line} line that was opened
   */
  follow(line) {
    const { all } = this.saving.lines;
    const rows = new Map([...(this.rows?.children || [])].map((row) => [/** @type {HTMLElement} */ (row).dataset.for, row]));
    const next = all.slice(all.indexOf(line)).find((one) => rows.has(one.id));
    const row = next && rows.get(next.id)?.getBoundingClientRect();
    const list = this.rows?.getBoundingClientRect();
    if (!this.rows || !row || !list || (row.top >= list.top && row.bottom <= list.bottom)) return;
    this.rows.scrollTop += row.top - list.top;
  }

  count() {
    const all = this.rows?.children.length || 0;
    const count = all - (this.rows?.querySelectorAll(".was-heard").length || 0);
    if (this.panel) this.panel.hidden = !all;
    const title = this.panel?.querySelector("[data-must-title]");
    if (title) title.textContent = count ? this.words("must_left", { count }) : this.words("must_none");
    offerApproval(this.desk, count, this.words);
  }
}
