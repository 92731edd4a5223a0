/** What a refusal means for a capture: wait, ask again what the server has, or tell the person. */

import { Refusal } from "./asking.js";

/**
 * @typedef {object} Problem
 * @property {string} code the server's, or one of no_answer, signed_out, other_person,
 *   file_unreadable, unexpected
 * @property {string} message the server's sentence; empty where it gave none
 */

/** @type {Record<string, Fate>} */
const BY_CODE = {
  page_too_old: "signed_out",
  capture_closed: "closed",
  capture_incomplete: "incomplete",
  chunk_corrupt: "corrupt",
};

/**
 * later: it passes by itself. signed_out: once somebody has signed in. hidden: not for this person,
 * or no longer there. closed, incomplete: the server knows better what it has. corrupt: damaged on
 * the way. lasting: nothing changes by trying again.
 * @typedef {"later" | "signed_out" | "hidden" | "closed" | "incomplete" | "corrupt" | "lasting"} Fate
 * @param {any} error
 * @returns {Fate}
 */
export function fateOf(error) {
  if (!(error instanceof Refusal)) return "lasting";
  const { status } = error;
  if (BY_CODE[error.code]) return BY_CODE[error.code];
  if (status === 0 || status === 408 || status === 429 || status >= 500) return "later";
  if (status === 401) return "signed_out";
  return status === 403 || status === 404 ? "hidden" : "lasting";
}

/**
 * @param {any} error
 * @returns {Problem}
 */
export function problemOf(error) {
  if (error instanceof Refusal) {
    if (error.status === 0) return { code: "no_answer", message: "" };
    if (fateOf(error) !== "signed_out") return { code: error.code || "unexpected", message: error.message };
    return { code: error.code === "other_person" ? error.code : "signed_out", message: "" };
  }
  // The browser's word for a file that was changed, moved, or taken away with its disk.
  const unreadable = ["NotReadableError", "NotFoundError"].includes(error?.name);
  if (!unreadable) reportError(error);
  return { code: unreadable ? "file_unreadable" : "unexpected", message: "" };
}

/**
 * The sentence of a problem: the server's, or the page's own words.
 * @param {Problem | null} problem
 * @param {(name: string) => string} words as `wordsOf` gives them, with "problem_" before each code
 */
export function problemInWords(problem, words) {
  if (!problem) return "";
  return problem.message || words(`problem_${problem.code}`);
}
