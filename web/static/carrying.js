/** What was typed into lines while they were being cut or joined, in the lines that came of them. */

import { inOneLine } from "./lines.js";

/** @typedef {{ number: number, text: string, caret: number }} Carried one of the new lines */

/**
 * Make the change of some texts in others that say the same, cut elsewhere.
 * @param {{ saved: string, text: string }[]} old each as the server had it, and with what was typed
 * @param {string[]} made the same words in other lines
 * @param {number} caret in the texts of `old`, joined by spaces; -1 where nobody is typing
 * @returns {Carried | null} which of `made` it belongs to, its text with the change, and where typing
 *   goes on; null where it belongs to no single one
 */
export function carry(old, made, caret) {
  const raw = old.map((line) => line.saved).join(" ");
  const before = inOneLine(raw);
  if (inOneLine(made.join(" ")) !== before) return null;
  const typed = old.map((line) => line.text).join(" ");
  const clean = (/** @type {string} */ text) => (raw === before ? text : text.replace(/\s+/g, " ").trimStart());
  const now = clean(typed);
  const behind = caret < 0 ? now.length : now.length - clean(typed.slice(0, caret)).length;
  const { first, end, written } = difference(before, now, behind);
  let begin = 0;
  for (const [number, text] of made.entries()) {
    const at = first - begin;
    const isAtCut = first === end && at === text.length && number < made.length - 1;
    if (isAtCut) return atBeginning(written.trimStart(), number + 1, made[number + 1]);
    if (at >= 0 && end <= begin + text.length) {
      return { number, text: text.slice(0, at) + written + text.slice(end - begin), caret: at + written.length };
    }
    begin += text.length + (text ? 1 : 0);
  }
  return null;
}

/**
 * Who types on where a line was cut goes on in the second part.
 * @param {string} written
 * @param {number} number
 * @param {string} text
 * @returns {Carried}
 */
function atBeginning(written, number, text) {
  const gap = written && !/\s$/.test(written) ? " " : "";
  return { number, text: written + gap + text, caret: written.length };
}

/**
 * The one stretch in which two texts differ: `first`..`end` of the one became `written`. Of "tt"
 * only the caret tells which letter is the new one.
 * @param {string} before
 * @param {string} now
 * @param {number} behind how many letters of `now` stand behind the caret
 */
function difference(before, now, behind) {
  const shorter = Math.min(before.length, now.length);
  let last = 0;
  while (last < Math.min(shorter, behind) && before[before.length - 1 - last] === now[now.length - 1 - last]) last++;
  let first = 0;
  while (first < shorter - last && before[first] === now[first]) first++;
  return { first, end: before.length - last, written: now.slice(first, now.length - last) };
}
