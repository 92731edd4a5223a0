/** A session that ended in the middle of work: what was typed stays, signing in is a tab away. */

import { notice } from "./player.js";

/**
 * @param {HTMLElement} desk
 * @param {(name: string) => string} words
 * @param {boolean} another whether somebody else has signed in
 */
export function tellSignedOut(desk, words, another) {
  notice(desk, words(another ? "other_person" : "signed_out"));
  const link = document.createElement("a");
  link.href = desk.dataset.login || "";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = words("sign_in");
  desk.querySelector("[data-notice]")?.append(" ", link);
}
