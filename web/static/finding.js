/** Finding in the text, and replacing what is chosen of it in one step that can be taken back. */

import { ask, Refusal } from "./asking.js";
import { askForName, nameButton } from "./naming.js";
import { notice } from "./player.js";
import { showChanges } from "./suggestions.js";

const PAUSE_MS = 250; // of no typing, before a search
const MOST_WORDS = 4; // of a correction that may have to be made elsewhere too

/**
 * @typedef {object} Hit
 * @property {string} id of the segment
 * @property {number} version
 * @property {number} first
 * @property {number} end
 * @property {string} clock
 * @property {string} before
 * @property {string} found
 * @property {string} after
 */

export class Finding {
  /**
   * @param {HTMLElement} desk
   * @param {import("./saving.js").Saving} saving
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(desk, saving, words) {
    this.desk = desk;
    this.saving = saving;
    this.words = words;
    const part = (/** @type {string} */ name) => /** @type {any} */ (desk.querySelector(`[data-find${name}]`));
    /** @type {HTMLFormElement} */
    this.form = part("");
    /** @type {HTMLInputElement} */
    this.query = part("-query");
    /** @type {HTMLInputElement} */
    this.replacement = part("-replacement");
    /** @type {HTMLSelectElement} */
    this.mode = part("-mode");
    /** @type {HTMLButtonElement} */
    this.button = part("-replace");
    /** @type {HTMLElement} */
    this.told = part("-told");
    /** @type {HTMLElement} */
    this.list = part("-hits");
    /** @type {Map<HTMLInputElement, Hit>} what is shown, by its box */
    this.hits = new Map();
    this.timer = 0;
    this.asked = 0;
    this.listen(part("-close"));
  }

  /** @param {HTMLElement} closing */
  listen(closing) {
    this.desk.querySelector('[data-act="find"]')?.removeAttribute("hidden");
    closing.addEventListener("click", () => this.close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.search();
    });
    for (const field of [this.query, this.mode]) {
      field.addEventListener("input", () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.search(), PAUSE_MS);
      });
    }
    this.replacement.addEventListener("input", () => this.showButton());
    this.list.addEventListener("change", () => this.showButton());
    this.list.addEventListener("click", (event) => this.goTo(event));
    this.button.addEventListener("click", () => this.replace());
    this.form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation(); // here it closes, and does not play
      this.close();
    });
    this.saving.field.onclosed = (line, before) => this.offerElsewhere(line, before);
  }

  /**
   * @param {string} [query] without one: what is selected in the open line, or what was sought last
   * @param {string} [replacement]
   */
  open(query = this.selected(), replacement) {
    this.form.hidden = false;
    if (query) this.query.value = query;
    if (replacement !== undefined) this.replacement.value = replacement;
    this.query.focus();
    this.query.select();
    this.search();
  }

  close() {
    this.form.hidden = true;
    this.asked++; // an answer that still comes is nobody's
    const back = this.saving.field.line ? this.saving.field.element : this.saving.lines.list.querySelector("[data-text]");
    /** @type {HTMLElement | null} */ (back)?.focus({ preventScroll: true });
  }

  selected() {
    const { line, element } = this.saving.field;
    return line ? element.value.slice(element.selectionStart, element.selectionEnd).trim() : "";
  }

  async search() {
    clearTimeout(this.timer);
    const turn = ++this.asked;
    const query = this.query.value.trim();
    if (!query) return this.show([], "");
    try {
      await this.saving.saveAll(); // what is typed is to be found too
      const { count, segments, hits } = await this.askFor(query, this.mode.value);
      if (turn !== this.asked) return;
      const name = !count ? "find_none" : hits.length < count ? "find_more" : "find_count";
      this.show(hits, this.words(name, { count, segments, shown: hits.length }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (turn === this.asked) this.show([], error.message || this.words("no_answer"));
    }
  }

  /**
   * @param {string} query
   * @param {string} mode
   * @returns {Promise<{ count: number, segments: number, hits: Hit[] }>}
   */
  askFor(query, mode) {
    return ask(`${location.pathname}/tim?${new URLSearchParams({ chu: query, kieu: mode })}`);
  }

  /**
   * @param {Hit[]} hits
   * @param {string} told
   */
  show(hits, told) {
    this.told.textContent = told;
    this.hits = new Map();
    const canReplace = this.mode.value !== "folded";
    const rows = hits.map((hit) => {
      const row = document.createElement("li");
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = canReplace;
      box.hidden = !canReplace;
      this.hits.set(box, hit);
      const text = document.createElement("span");
      text.lang = "vi";
      const found = document.createElement("mark");
      found.textContent = hit.found;
      text.append(`${hit.before} `, found, ` ${hit.after}`);
      const place = document.createElement("a");
      place.className = "figures moment";
      place.href = `#doan-${hit.id}`;
      place.dataset.for = hit.id;
      place.textContent = hit.clock;
      label.append(box, text);
      row.append(place, label);
      return row;
    });
    this.list.replaceChildren(...rows);
    this.list.hidden = !hits.length;
    this.showButton();
  }

  chosen() {
    return [...this.hits].filter(([box]) => box.checked && !box.hidden).map(([, hit]) => hit);
  }

  showButton() {
    const count = this.chosen().length;
    this.button.disabled = !count;
    const name = !count ? "find_only" : this.replacement.value.trim() ? "find_replace" : "find_remove";
    this.button.textContent = this.words(name, { count });
  }

  /** @param {Event} event */
  goTo(event) {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-for]"));
    const line = link && this.saving.lines.byId.get(link.dataset.for || "");
    if (!line) return;
    event.preventDefault();
    this.saving.field.open(line);
    line.item.scrollIntoView({ block: "center" });
  }

  async replace() {
    const hits = this.chosen().map(({ id, version, first, end }) => ({ id, version, first, end }));
    if (!hits.length) return;
    this.button.disabled = true;
    try {
      if (!(await this.saving.saveAll())) return notice(this.desk, this.words("unsaved_first"));
      const body = JSON.stringify({
        query: this.query.value.trim(),
        mode: this.mode.value,
        replacement: this.replacement.value,
        hits,
      });
      const headers = { "Content-Type": "application/json" };
      const answer = await ask(`${location.pathname}/thay`, { method: "POST", headers, body });
      showChanges(this.desk, this.saving, this.words, answer);
      notice(this.desk, "");
      await this.search();
      if (document.activeElement === document.body) this.query.focus(); // its button has gone grey
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.told.textContent = error.message || this.words("no_answer");
      this.showButton();
    }
  }

  /**
   * A few words that were corrected may be wrong elsewhere too, and a name among them unknown to the
   * glossary: say so, and offer to see the places, and to add the name.
   * @param {import("./lines.js").Line} line that was just closed
   * @param {string} before its text when it was opened
   */
  async offerElsewhere(line, before) {
    const change = corrected(before, line.text);
    if (!change || !(await this.saving.saveAll())) return;
    const [found, name] = await Promise.all([
      this.askFor(change.from, "tone").catch(() => null),
      askForName(line, change),
    ]);
    const told = this.desk.querySelector("[data-taken]");
    if (!told || !(found?.count || name?.name)) return;
    told.replaceChildren();
    if (found?.count) told.append(...this.elsewhere(change, found.count));
    if (name?.name) told.append(nameButton(this.desk, name, this.words));
  }

  /**
   * @param {{ from: string, to: string }} change
   * @param {number} count
   * @returns {HTMLElement[]}
   */
  elsewhere(change, count) {
    const said = document.createElement("span");
    said.textContent = this.words("elsewhere", { from: change.from, count });
    const see = document.createElement("button");
    see.type = "button";
    see.className = "offer";
    see.textContent = this.words("elsewhere_see");
    see.addEventListener("click", () => {
      said.remove();
      see.remove();
      this.open(change.from, change.to);
    });
    return [said, see];
  }
}

/**
 * The one stretch in which two texts differ, if both of its sides are a few words.
 * @param {string} before
 * @param {string} after
 * @returns {{ from: string, to: string } | null}
 */
function corrected(before, after) {
  const [old, now] = [before, after].map((text) => text.split(/\s+/).filter(Boolean));
  let first = 0;
  while (first < Math.min(old.length, now.length) && old[first] === now[first]) first++;
  let last = 0;
  const most = Math.min(old.length, now.length) - first;
  while (last < most && old[old.length - 1 - last] === now[now.length - 1 - last]) last++;
  const [from, to] = [old, now].map((words) => words.slice(first, words.length - last));
  const few = (/** @type {string[]} */ words) => words.length > 0 && words.length <= MOST_WORDS;
  if (!few(from) || !few(to)) return null;
  const bare = (/** @type {string[]} */ words) => words.join(" ").replace(/^[.,;:!?…"'()“”‘’]+|[.,;:!?…"'()“”‘’]+$/g, "");
  const change = { from: bare(from), to: bare(to) };
  return change.from && change.to && change.from.toLowerCase() !== change.to.toLowerCase() ? change : null;
}
