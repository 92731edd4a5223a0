/**
 * What the recorder remembers of a recording besides its sound: how long it is, what was marked.
 * Kept in the browser's small storage, written every second, so that a page that was closed or
 * killed can say what it left behind. Nothing here is vital: without it the lengths are unknown.
 */

const PREFIX = "loa-recording-";

/**
 * @typedef {object} Note
 * @property {number} elapsedMs of sound
 * @property {number[]} marks in ms of the sound
 */

/**
 * @param {string} key of the capture
 * @param {Note} note
 */
export function writeNote(key, note) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(note));
  } catch {
    // full or forbidden: see above
  }
}

/**
 * @param {string} key
 * @returns {Note}
 */
export function readNote(key) {
  try {
    const { elapsedMs, marks } = JSON.parse(localStorage.getItem(PREFIX + key) || "{}");
    return { elapsedMs: Number(elapsedMs) || 0, marks: Array.isArray(marks) ? marks : [] };
  } catch {
    return { elapsedMs: 0, marks: [] };
  }
}

/** @param {string} key */
export function dropNote(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // see above
  }
}
