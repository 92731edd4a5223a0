/**
 * The keys of the desk. Each has a button too; none is a bare letter, nor one that Vietnamese
 * keyboards take for themselves (Ctrl+Shift, Alt+Z).
 */

import { rememberWishes } from "./desk_wishes.js";

// What a key that is held down does again and again; all else wants a press for each time.
const REPEATING = new Set(["previous", "next", "back", "forth", "slower", "faster"]);
const BACK_S = 1.5; // heard again when the sound goes on
const STEP_S = 3;

/**
 * @param {HTMLElement} desk
 * @param {import("./player.js").Player | null} player
 * @param {import("./saving.js").Saving | null} saving null where nothing can be edited
 * @param {import("./rearranging.js").Rearranging | null} rearranging
 * @param {import("./confirming.js").Confirming | null} confirming
 * @param {import("./finding.js").Finding | null} finding
 * @param {import("./versions.js").Versions | null} versions
 * @param {import("./suggestion_keys.js").SuggestionKeys | null} suggesting
 */
export function startKeys(desk, player, saving, rearranging, confirming, finding, versions, suggesting) {
  const field = saving?.field;
  const typing = () => field !== undefined && document.activeElement === field.element;
  const replay = () => {
    const line = field?.line;
    if (line) player?.hear(line.startMs / 1000, line.endMs / 1000);
  };
  const hear = () => {
    const line = field?.line;
    if (line) player?.hear(line.timeAt(field.element.selectionStart) / 1000);
  };
  const go = (/** @type {-1 | 1} */ step) => {
    const next = field?.line ? saving?.lines.beside(field.line, step) : heardOrFirst(saving, player);
    if (next) field?.open(next, step < 0 ? undefined : 0);
  };
  const accept = () => {
    const line = field?.line;
    go(1);
    if (line) confirming?.confirm(line);
  };
  const help = /** @type {HTMLDialogElement | null} */ (desk.querySelector("[data-help]"));
  /** @type {Record<string, () => unknown>} */
  const acts = {
    toggle: () => player?.toggle(BACK_S),
    replay,
    hear,
    accept,
    next: () => go(1),
    previous: () => go(-1),
    split: () => rearranging?.split(),
    merge: () => rearranging?.merge(),
    back: () => player?.skip(-STEP_S),
    forth: () => player?.skip(STEP_S),
    slower: () => player?.changeSpeed(-1),
    faster: () => player?.changeSpeed(1),
    doubt: () => nextDoubt(desk, saving, player),
    offer: () => suggesting?.take(),
    refuse: () => suggesting?.refuse(),
    offers: () => suggesting?.next(),
    cover: () => chooseCover(desk, field?.line),
    part: () => partFrom(desk, saving),
    versions: () => versions?.open(),
    find: () => finding?.open(),
    marks: () => toggleMarks(desk),
    help: () => help?.showModal(),
  };
  rememberWishes(desk);
  const tabIsFree = /** @type {HTMLInputElement | null} */ (desk.querySelector("[data-tab-free]"));
  desk.querySelector("[data-silent-hands]")?.removeAttribute("hidden");
  // Also where nothing has the keyboard: what had it may just have gone.
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the keyboard's own business
    // Elsewhere they open a choice or move in a text.
    if (event.key.startsWith("Arrow") && isOtherField(event.target, field?.element)) return;
    const act = actOf(event, typing(), tabIsFree?.checked || false);
    if (!act || (act === "help" && !help)) return;
    if (document.querySelector("dialog[open]")) return; // Esc closes it, Enter presses its button
    event.preventDefault();
    if (!event.repeat || REPEATING.has(act)) acts[act]();
  });
  desk.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button[data-act]");
    if (button) acts[/** @type {HTMLElement} */ (button).dataset.act || ""]?.();
  });
  // A press on a button of the field must not take the caret out of it.
  desk.addEventListener("pointerdown", (event) => {
    if (/** @type {Element} */ (event.target).closest("[data-field-acts] button")) event.preventDefault();
  });
}

/**
 * @param {EventTarget | null} target
 * @param {HTMLTextAreaElement | undefined} own the desk's field
 */
function isOtherField(target, own) {
  return target !== own && target instanceof Element && target.matches("input, select, textarea");
}

/**
 * @param {KeyboardEvent} event
 * @param {boolean} typing whether the field has the keyboard
 * @param {boolean} tabIsFree whether Tab moves on, as on any other page
 * @returns {string} the name of the act; empty for none
 */
function actOf(event, typing, tabIsFree) {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (metaKey) return "";
  const held = `${ctrlKey ? "Ctrl+" : ""}${altKey ? "Alt+" : ""}${shiftKey ? "Shift+" : ""}${key}`;
  const everywhere = {
    Escape: "toggle",
    F2: "back",
    F4: "forth",
    F8: "doubt",
    F9: "offer",
    "Shift+F9": "refuse",
    F1: "help",
    "Ctrl+h": "find",
    "Alt+-": "slower",
    "Alt+=": "faster",
    "Alt+ArrowUp": "previous",
    "Alt+ArrowDown": "next",
  };
  const inField = {
    Enter: "accept",
    "Ctrl+Enter": "split",
    "Alt+Enter": "merge",
    ...(!tabIsFree && { Tab: "toggle", "Shift+Tab": "replay" }),
  };
  const known = typing ? { ...everywhere, ...inField } : everywhere;
  return /** @type {Record<string, string>} */ (known)[held] || "";
}

/**
 * Where the keyboard begins when no line is open: at the one that sounds, or the first.
 * @param {import("./saving.js").Saving | null} saving
 * @param {import("./player.js").Player | null} player
 */
function heardOrFirst(saving, player) {
  const lines = saving?.lines;
  const heard = player && lines?.at(player.audio.currentTime * 1000);
  return heard || lines?.all[0];
}

/**
 * Open the next place that must be checked or is doubtful, and let it be heard.
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving | null} saving
 * @param {import("./player.js").Player | null} player
 */
function nextDoubt(desk, saving, player) {
  const open = "[data-segment]:not([data-confirmed]) [data-text] [data-mark]";
  const marks = [...desk.querySelectorAll(open)];
  const from = saving?.field.line?.shown;
  const here = from ? marks.findIndex((mark) => isAfter(from, mark)) : 0;
  const mark = marks[here] || marks[0];
  const line = mark && saving?.lines.of(mark);
  if (!line) return;
  const before = document.createRange();
  before.setStart(line.shown, 0);
  before.setEndBefore(mark);
  const at = before.toString().replace(/\s+/g, " ").trimStart().length;
  saving?.field.open(line, at);
  saving?.field.element.setSelectionRange(at, at + (mark.textContent || "").trim().length);
  player?.hear(line.startMs / 1000, line.endMs / 1000);
}

/**
 * Underlines of what the machine was not sure of, on and off. What must be checked stays marked.
 * @param {HTMLElement} desk
 */
function toggleMarks(desk) {
  const hidden = desk.classList.toggle("no-doubts");
  desk.querySelector('[data-act="marks"]')?.setAttribute("aria-pressed", String(!hidden));
}

/**
 * Ask how a line is kept from residents; the answer is an ordinary form.
 * @param {HTMLElement} desk
 * @param {import("./lines.js").Line | null | undefined} line
 */
function chooseCover(desk, line) {
  const dialog = /** @type {HTMLDialogElement | null} */ (desk.querySelector("[data-cover-choice]"));
  const form = dialog?.querySelector("form");
  if (!dialog || !form || !line) return;
  form.action = `${line.url}/chon`;
  dialog.showModal();
}

/**
 * Go to where the announcement is parted, with the open line as the beginning of another one.
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving | null} saving
 */
async function partFrom(desk, saving) {
  const link = /** @type {HTMLAnchorElement | null} */ (desk.querySelector("[data-part]"));
  const line = saving?.field.line;
  if (!link || !line || !(await saving.saveAll())) return;
  location.assign(`${link.href}?moc=${line.id}#doan-${line.id}`);
}

/** @param {Element} one @param {Element} other @returns {boolean} whether `other` comes after */
function isAfter(one, other) {
  const after = Node.DOCUMENT_POSITION_FOLLOWING;
  return !one.contains(other) && (one.compareDocumentPosition(other) & after) !== 0;
}
