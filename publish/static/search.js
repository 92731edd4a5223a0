// The search page of a portal on a plain web host: reads the texts that lie beside it, the newest
// month first, and shows what it finds. Where the application runs, it answers and this is not loaded.

import { abbreviations, splitWords } from "./search_readings.js";
import { indexEntries, markText, parseQuery, rank, snippet } from "./search_query.js";

/**
 * @typedef {import("./search_query.js").Bulletin & {at: string}} Bulletin
 * @typedef {{month: string, files: string[], count: number}} Month
 * @typedef {{rank: number, bulletin: Bulletin}} Found
 */

/** So many are enough for once, and so many files, where little is found, before it asks. */
const ENOUGH = 30;
const MOST_FILES = 12;

const one = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const label = (/** @type {string} */ text) =>
  splitWords(text.normalize("NFC")).map((word) => word.folded).join("_");

/** @param {string} address */
async function fetchJson(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** @param {HTMLElement} parent @param {{text: string, hit: boolean}[]} pieces */
function showPieces(parent, pieces) {
  for (const piece of pieces) {
    const mark = piece.hit ? document.createElement("mark") : null;
    mark?.append(piece.text);
    parent.append(mark ?? piece.text);
  }
}

/** @param {number} seconds @returns {string} "2:14", "1:02:03" */
function clock(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

class Search {
  /** @param {URLSearchParams} asked @param {any} contents */
  constructor(asked, contents) {
    this.short = abbreviations(contents.abbreviations);
    this.words = (asked.get("q") ?? "").trim();
    this.query = parseQuery(this.words, contents.names, this.short);
    this.category = label(asked.get("loai") ?? "");
    this.area = label(asked.get("noi") ?? "");
    this.begin = asked.get("tu") ?? "";
    this.end = asked.get("den") ?? "";
    /** @type {Found[]} */
    this.found = [];
    /** @type {string[]} */
    this.files = contents.months
      .filter((/** @type {Month} */ one) => (!this.begin || one.month >= this.begin.slice(0, 7))
        && (!this.end || one.month <= this.end.slice(0, 7)))
      .flatMap((/** @type {Month} */ one) => [...one.files].reverse());
  }

  get isAsked() {
    return this.words ? true : Boolean(this.category || this.area || this.begin || this.end);
  }

  /** Read on, the newest first, until there is enough to show. */
  async readOn() {
    let read = 0;
    const before = this.found.length;
    if (this.words && !this.query.clauses.length) this.files = [];
    while (this.files.length && read < MOST_FILES && this.found.length < before + ENOUGH) {
      /** @type {Bulletin[]} */
      const bulletins = await fetchJson(this.files[0]);
      this.files.shift();
      read += 1;
      for (const bulletin of bulletins) if (this.suits(bulletin)) this.weigh(bulletin);
    }
    this.found.sort((left, right) => left.rank - right.rank
      || (left.bulletin.at < right.bulletin.at ? 1 : left.bulletin.at > right.bulletin.at ? -1
        : left.bulletin.id < right.bulletin.id ? 1 : -1));
  }

  /** @param {Bulletin} bulletin */
  suits(bulletin) {
    const day = bulletin.at.slice(0, 10);
    const areas = bulletin.area.split(/[,;\n]/).map(label);
    return (!this.begin || day >= this.begin) && (!this.end || day <= this.end)
      && (!this.category || label(bulletin.category) === this.category)
      && (!this.area || areas.includes(this.area));
  }

  /** @param {Bulletin} bulletin */
  weigh(bulletin) {
    const place = this.query.clauses.length ? rank(this.query, indexEntries(bulletin, this.short)) : 0;
    if (place >= 0) this.found.push({ rank: place, bulletin });
  }

  /** @param {Bulletin} bulletin */
  slip(bulletin) {
    const slip = /** @type {HTMLElement} */ (
      /** @type {HTMLTemplateElement} */ (one("[data-slip]")).content.cloneNode(true));
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (slip.querySelector(name));
    const [day, hour] = bulletin.at.split("T");
    part("time").textContent = hour;
    part("time").setAttribute("datetime", bulletin.at);
    part("[data-day]").textContent = day.split("-").reverse().join("/");
    showPieces(part("[data-title]"), markText(this.query, bulletin.title, this.short));
    part("[data-title]").setAttribute("href", `../${bulletin.id}/`);
    part("[data-subject]").textContent = [bulletin.category, bulletin.area].filter(Boolean).join(" · ");
    const { pieces, startMs } = snippet(this.query, bulletin, this.short);
    showPieces(part("[data-snippet]"), pieces);
    const moment = part("[data-moment]");
    if (startMs === null) moment.parentElement?.remove();
    else {
      const second = Math.floor(Math.max(0, startMs - 1000) / 1000);
      moment.setAttribute("href", `../${bulletin.id}/#t=${second}`);
      moment.textContent = (moment.dataset.words ?? "").replace("{length}", clock(second));
    }
    return slip;
  }

  show() {
    const count = one("[data-count]");
    count.hidden = !this.found.length;
    count.textContent = (count.dataset.found ?? "").replace("{count}", this.found.length.toLocaleString("vi"));
    one("[data-list]").replaceChildren(...this.found.map((one) => this.slip(one.bulletin)));
    one("[data-older]").hidden = !this.files.length;
    one("[data-none]").hidden = Boolean(this.found.length || this.files.length);
  }
}

/** @param {Search} search */
async function readAndShow(search) {
  const count = one("[data-count]");
  count.hidden = false;
  count.textContent = count.dataset.busy ?? "";
  one("[data-older]").hidden = true;
  one("[data-trouble]").hidden = true;
  try {
    await search.readOn();
    search.show();
  } catch {
    search.show();
    one("[data-none]").hidden = true;
    one("[data-trouble]").hidden = false;
  }
}

/** What was asked stands in the address; the form shows it again. */
async function begin() {
  one("[data-unscripted]").hidden = true;
  const form = /** @type {HTMLFormElement} */ (one("[data-search]"));
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of asked) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
  }
  if (![...asked.values()].some((value) => value.trim())) return;
  if (["tu", "den", "loai", "noi"].some((name) => asked.get(name))) {
    form.querySelector("details")?.setAttribute("open", "");
  }
  one("[data-results]").hidden = false;
  try {
    const search = new Search(asked, await fetchJson(form.dataset.search ?? ""));
    one("[data-older]").addEventListener("click", () => readAndShow(search));
    if (search.isAsked) await readAndShow(search);
  } catch {
    one("[data-trouble]").hidden = false;
  }
}

begin();
