/** Passages that a person keeps or hides: nothing typed is lost by a decision. */

import { offerApproval } from "./approval.js";
import { released } from "./field.js";
import { notice } from "./player.js";

/**
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving | null} saving null where nothing can be edited
 * @param {import("./unsent.js").Unsent} unsent
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
export function startDecisions(desk, saving, unsent, words) {
  const forms = /** @type {NodeListOf<HTMLFormElement>} */ (desk.querySelectorAll("[data-decide]"));
  for (const form of forms) {
    form.addEventListener("submit", async (event) => {
      if (!saving?.dirty) return;
      event.preventDefault();
      if (!(await saving.saveAll())) return notice(desk, words("unsaved_first"));
      unsent.send(form, event.submitter); // by itself: the button may have gone with the old text
    });
  }
  desk.addEventListener("line-saved", async (event) => {
    await released();
    const { line, undecided } = /** @type {CustomEvent} */ (event).detail;
    const question = line.item.querySelector("[data-asked].asked-open");
    // The new text has answered it. With the keyboard in it, it stays until the line is left.
    if (!question?.contains(document.activeElement)) question?.remove();
    showUndecided(desk, undecided, words);
  });
  desk.addEventListener("rearranged", (event) => {
    showUndecided(desk, /** @type {CustomEvent} */ (event).detail.undecided, words);
  });
}

/**
 * @param {HTMLElement} desk
 * @param {number} count of passages that still wait for a decision
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
function showUndecided(desk, count, words) {
  const told = desk.querySelector("[data-undecided-words]");
  if (told) told.textContent = words("undecided", { count });
  if (count) return; // one that comes back is refused by the server, with a sentence
  for (const element of desk.querySelectorAll("[data-undecided]")) element.remove();
  offerApproval(desk, null, words);
}
