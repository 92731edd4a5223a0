/**
 * What is filled in beside the text and not sent yet: the details, notes, comments.
 *
 * Unlike the text it does not save itself: it goes out when the person says so. What other forms
 * make of the page does not cost it: the tab keeps it, and the page that comes has it again.
 */

import { personOfPage } from "./asking.js";
import { otherText } from "./other_text.js";
import { sendAs } from "./sending.js";

const NOBODY_S = ["csrf_token", "version", "template", "filled_by"]; // say nothing by themselves

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Entry */

/**
 * @typedef {object} Kept
 * @property {string | null} form where it is sent to
 * @property {string} name of the field
 * @property {string} value that was filled in
 * @property {string} stood what the server had then
 */

export class Unsent {
  /**
   * @param {HTMLElement} desk
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(desk, words) {
    this.desk = desk;
    this.words = words;
    // The next one at this machine never sees it.
    this.key = `loa-unsent ${personOfPage()} ${location.pathname}`;
    this.leaving = false; // and all that matters is kept
    /** @type {Kept[]} what this page has no field for */
    this.rest = [];
    this.putBack();
    desk.addEventListener("input", () => (this.leaving = false));
    desk.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      if (!event.defaultPrevented && form.method !== "dialog") this.leave(form);
    });
    addEventListener("beforeunload", (event) => {
      if (!this.leaving && this.any) event.preventDefault();
    });
    addEventListener("pagehide", () => this.leaving || this.keep());
  }

  /** @returns {Entry[]} */
  get entries() {
    const forms = /** @type {NodeListOf<HTMLFormElement>} */ (this.desk.querySelectorAll("form[data-after-saving]"));
    return [...forms].flatMap((form) => /** @type {Entry[]} */ ([...form.elements].filter(isEntry)));
  }

  get changed() {
    return this.entries.filter(isChanged);
  }

  get any() {
    return this.changed.length > 0;
  }

  /** Whether the details differ from what the server has. */
  get hasDetails() {
    return this.changed.some((entry) => entry.form?.matches("[data-details]"));
  }

  /**
   * Send a form, and keep what the others hold.
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} button that was pressed
   */
  send(form, button) {
    this.leave(form);
    sendAs(form, button);
  }

  /** @param {HTMLFormElement} form that takes the page away */
  leave(form) {
    this.leaving = this.keep(form.getAttribute("action"));
  }

  /**
   * @param {string | null} [sent] where what is sent right now goes to
   * @returns {boolean} whether nothing would be lost with this page
   */
  keep(sent) {
    const held = this.changed.map((entry) => ({
      form: placeOf(entry),
      name: entry.name,
      value: entry.value,
      stood: standing(entry),
    }));
    const kept = [...held, ...this.rest].filter((one) => !sent || one.form !== sent);
    try {
      if (kept.length) sessionStorage.setItem(this.key, JSON.stringify(kept));
      else sessionStorage.removeItem(this.key);
      return true;
    } catch {
      return !kept.length; // a browser that keeps nothing asks before the page goes
    }
  }

  /** Fill in again what an earlier page of this tab could not send. */
  putBack() {
    /** @type {Set<HTMLFormElement>} */
    const filled = new Set();
    for (const one of this.taken()) {
      const entry = this.entries.find((it) => it.name === one.name && placeOf(it) === one.form);
      if (!entry) {
        this.rest.push(one);
        continue;
      }
      const stands = standing(entry);
      if (plain(stands) === plain(one.value)) continue; // it has been saved
      entry.value = one.value;
      if (plain(stands) !== plain(one.stood)) this.showOther(entry, stands);
      for (let box = entry.closest("details"); box; box = box.parentElement?.closest("details") || null) {
        box.open = true;
      }
      entry.dispatchEvent(new Event("input", { bubbles: true }));
      if (entry.form) filled.add(entry.form);
    }
    for (const form of filled) {
      const told = document.createElement("p");
      told.className = "filled note";
      told.role = "status";
      told.textContent = this.words("put_back");
      form.prepend(told);
    }
  }

  /** @returns {Kept[]} */
  taken() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key) || "[]");
      sessionStorage.removeItem(this.key);
      return kept;
    } catch {
      return [];
    }
  }

  /**
   * Somebody changed the same field meanwhile: the person chooses.
   * @param {Entry} entry
   * @param {string} theirs
   */
  showOther(entry, theirs) {
    const option = entry instanceof HTMLSelectElement && [...entry.options].find((one) => one.value === theirs);
    const box = otherText(this.words("theirs"), (option ? option.text : theirs) || "–", {
      [this.words("keep_mine")]: () => box.remove(),
      [this.words("take_theirs")]: () => {
        entry.value = theirs;
        entry.dispatchEvent(new Event("input", { bubbles: true }));
        box.remove();
      },
    });
    entry.after(box);
  }
}

/** @param {Element} element @returns {boolean} whether a person writes there what the form says */
function isEntry(element) {
  const entry = /** @type {Entry} */ (element);
  if (!entry.name || NOBODY_S.includes(entry.name)) return false;
  if (entry instanceof HTMLSelectElement) return entry.form?.matches("[data-details]") || false;
  return entry instanceof HTMLTextAreaElement || (entry instanceof HTMLInputElement && entry.type === "text");
}

/** @param {Entry} entry */
function isChanged(entry) {
  return plain(entry.value) !== plain(standing(entry));
}

/**
 * What the server has: of the details what the page was made with, of a note or a comment nothing.
 * @param {Entry} entry
 * @returns {string}
 */
function standing(entry) {
  const { form } = entry;
  if (!form?.matches("[data-details]")) return "";
  // A form that was refused comes back as it was filled in.
  if (form.dataset.standing) return JSON.parse(form.dataset.standing)[entry.name] || "";
  if (!(entry instanceof HTMLSelectElement)) return entry.defaultValue;
  return [...entry.options].find((option) => option.defaultSelected)?.value ?? entry.options[0].value;
}

/** @param {Entry} entry */
function placeOf(entry) {
  return entry.form?.getAttribute("action") || null;
}

/** @param {string} text */
function plain(text) {
  return text.replace(/\r\n?/g, "\n").trim();
}
