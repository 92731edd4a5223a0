/** Suggestions under the segments: taken or put away, one or all of a kind, without a reload. */

import { ask, Refusal } from "./asking.js";
import { released } from "./field.js";
import { notice } from "./player.js";
import { askForStep, showStep } from "./undoing.js";

/**
 * @typedef {object} Answer
 * @property {{ id: string, version: number, text: string, offers: string }[]} changes
 * @property {string} lines their HTML
 * @property {number} announcement_version
 * @property {string} notice
 * @property {string} [undo] the button for the latest step
 * @property {Record<string, string>} [rows] of segments whose text stays, by their ids
 * @property {string} [refused] what was put away
 */

/**
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving} saving
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
export function startSuggestions(desk, saving, words) {
  /** @type {HTMLButtonElement | null} */
  let pressed = null;
  desk.addEventListener("click", async (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (target.closest("button[data-take]"));
    if (!button) return;
    event.preventDefault(); // without a script the button sends the whole text along
    if (pressed) return;
    pressed = button;
    await send(desk, saving, words, button).finally(() => (pressed = null));
  });
  // The rows below a text are those of the text that was there before it was saved. They stand
  // below what is being typed, so that nothing moves under the caret.
  desk.addEventListener("line-saved", (event) => {
    const { line } = /** @type {CustomEvent} */ (event).detail;
    if (line.item.contains(pressed)) return; // the answer brings its rows
    if (saving.field.line === line) refresh(desk, words, line.item);
    else renew(desk, saving, words, line);
  });
  desk.addEventListener("line-left", (event) => {
    const { line } = /** @type {CustomEvent} */ (event).detail;
    if (line.stale && !line.item.contains(pressed)) renew(desk, saving, words, line);
  });
}

/**
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving} saving
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @param {HTMLButtonElement} button
 */
async function send(desk, saving, words, button) {
  if (!(await saving.saveAll())) return notice(desk, words("unsaved_first"));
  if (saving.changedByOthers) return notice(desk, words("changed_first"));
  const item = button.closest("[data-segment]");
  const body = new URLSearchParams({ seen: String(saving.version) });
  const line = saving.lines.of(button);
  if (button.name) body.set(button.name, line ? underVersionOf(line, button.value) : button.value);
  button.disabled = true;
  try {
    showChanges(desk, saving, words, await ask(button.formAction, { method: "POST", body }));
    notice(desk, "");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What is right now stands there before the sentence says so: who presses again presses that.
    if (error.status && item) await refresh(desk, words, item);
    if (error.status && button.closest("[data-undo]")) await askForStep(desk);
    button.disabled = false;
    notice(desk, error.message || words("no_answer"));
  }
  // The button is gone; the keyboard goes on from the next one, or from the beginning of the line.
  const now = (line && saving.lines.byId.get(line.id)?.item) || item;
  const next = now?.querySelector("[data-take]") || now?.querySelector("a.moment");
  if (next && document.activeElement === document.body) {
    /** @type {HTMLElement} */ (next).focus({ preventScroll: true });
  }
  saving.tell("suggestion-answered", { line: (line && saving.lines.byId.get(line.id)) || null });
}

/**
 * A suggestion under the version that this page knows: what was typed just now may be newer than
 * the row. The server takes it only if the same words still stand in the same place.
 * @param {import("./lines.js").Line} line
 * @param {string} value
 * @returns {string}
 */
function underVersionOf(line, value) {
  const wanted = new URLSearchParams(value);
  wanted.set("version", String(line.version));
  return wanted.toString();
}

/**
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving} saving
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @param {Answer} answer
 */
export function showChanges(desk, saving, words, answer) {
  saving.takeOver(answer.changes, answer.announcement_version);
  const isFree = (/** @type {import("./lines.js").Line} */ line) =>
    saving.field.line !== line && line.settled;
  saving.lines.renew(answer.lines, isFree);
  for (const change of answer.changes) {
    const item = desk.querySelector(`[data-segment="${CSS.escape(change.id)}"]`);
    fill(item?.querySelector("[data-offers]"), change.offers);
  }
  for (const [id, rows] of Object.entries(answer.rows || {})) {
    const item = desk.querySelector(`[data-segment="${CSS.escape(id)}"]`);
    fill(item?.querySelector("[data-offers]"), rows);
  }
  fill(desk.querySelector("[data-taken]"), answer.notice);
  if (answer.refused !== undefined) fill(desk.querySelector("[data-refused]"), answer.refused.trim());
  showStep(desk, answer.undo);
  countOffers(desk, words);
  saving.tell("line-renewed", {});
}

/**
 * @param {HTMLElement} desk
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @param {Element} item of a segment
 */
async function refresh(desk, words, item) {
  try {
    const answer = await ask(`${/** @type {HTMLElement} */ (item).dataset.url}/goi-y`);
    fill(item.querySelector("[data-offers]"), answer.offers);
    countOffers(desk, words);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error; // the server refuses what is out of date anyway
  }
}

/**
 * Show a line anew with the marks and suggestions of its present text.
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving} saving
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @param {import("./lines.js").Line} line
 */
async function renew(desk, saving, words, line) {
  const { version } = line;
  const { confirmed } = line.item.dataset;
  let answer;
  try {
    answer = await ask(`${line.url}/dong`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return; // what stands there is as good as it was
  }
  await released();
  const inUse = saving.field.line === line || line.item.contains(document.activeElement);
  if (inUse || !line.settled || line.version !== version) return;
  if (saving.lines.byId.get(line.id) !== line) return; // cut or joined in the meantime
  // Confirmed while this was asked: nobody knows which of the two the server answered first.
  if (line.item.dataset.confirmed !== confirmed) return renew(desk, saving, words, line);
  const fresh = document.createElement("template");
  fresh.innerHTML = answer.lines;
  const item = /** @type {HTMLElement | null} */ (fresh.content.querySelector("[data-segment]"));
  if (Number(item?.dataset.version) !== version) return; // somebody else's: told where it matters
  saving.lines.replace([line.id], answer.lines);
  saving.tell("line-renewed", {});
  countOffers(desk, words);
}

/**
 * @param {Element | null | undefined} element
 * @param {string} html made by the server from the templates that made the page
 */
function fill(element, html) {
  if (element) element.innerHTML = html;
}

/**
 * How many "all" would take: numbers on this page that are safe, and places of each name.
 * @param {HTMLElement} desk
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
function countOffers(desk, words) {
  const numbers = /** @type {HTMLElement | null} */ (desk.querySelector("[data-numbers]"));
  show(numbers, "[data-numbers-words]", desk.querySelectorAll("[data-safe]").length, "numbers");
  for (const bar of /** @type {NodeListOf<HTMLElement>} */ (desk.querySelectorAll("[data-name]"))) {
    const rows = desk.querySelectorAll(`[data-offer="${CSS.escape(bar.dataset.name || "")}"]`);
    show(bar, "[data-name-words]", rows.length, "name_places");
  }

  /**
   * @param {HTMLElement | null} bar
   * @param {string} place
   * @param {number} count
   * @param {string} name
   */
  function show(bar, place, count, name) {
    const told = bar?.querySelector(place);
    if (told) told.textContent = words(name, { count });
    if (bar) bar.hidden = count < 2;
  }
}
