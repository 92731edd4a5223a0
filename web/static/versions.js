/** Every text that a segment had: compared, and taken back into the line as if it were typed. */

import { ask, Refusal } from "./asking.js";
import { notice } from "./player.js";

export class Versions {
  /**
   * @param {HTMLElement} desk
   * @param {import("./saving.js").Saving} saving
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(desk, saving, words) {
    this.desk = desk;
    this.saving = saving;
    this.words = words;
    this.dialog = /** @type {HTMLDialogElement} */ (desk.querySelector("[data-versions]"));
    this.body = /** @type {HTMLElement} */ (desk.querySelector("[data-versions-body]"));
    /** @type {import("./lines.js").Line | null} */
    this.line = null;
    this.dialog.addEventListener("change", (event) => {
      const base = /** @type {HTMLSelectElement} */ (event.target);
      if (base.matches("[data-versions-base]")) this.show(base.value);
    });
    this.dialog.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button[data-restore]");
      if (button) this.restore(/** @type {HTMLElement} */ (button).dataset.restore || "");
    });
  }

  /** Show those of the open line; what is typed there is saved first, and so one of them. */
  async open() {
    this.line = this.saving.field.line;
    if (!this.line) return;
    if (!(await this.saving.saveAll())) return notice(this.desk, this.words("unsaved_first"));
    if (await this.show()) this.dialog.showModal();
  }

  /**
   * @param {string} [base] the number of the version that each is compared with
   * @returns {Promise<boolean>}
   */
  async show(base = "") {
    const query = base ? `?${new URLSearchParams({ so: base })}` : "";
    try {
      this.body.innerHTML = (await ask(`${this.line?.url}/lich-su${query}`)).html;
      if (base) /** @type {HTMLElement} */ (this.body.querySelector("[data-versions-base]")).focus();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.dialog.close();
      notice(this.desk, error.message || this.words("no_answer"));
      return false;
    }
  }

  /** @param {string} text */
  restore(text) {
    const { saving } = this;
    this.dialog.close();
    const line = saving.lines.byId.get(this.line?.id || ""); // it may have been made anew meanwhile
    if (!line) return;
    saving.field.open(line);
    saving.field.element.value = text; // nobody types: the dialog had the keyboard
    saving.field.typed();
    saving.saveAll();
  }
}
