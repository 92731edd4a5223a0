/** The button that takes the latest step back: the server names the step, on this page or the next. */

import { ask, Refusal } from "./asking.js";

/**
 * @param {HTMLElement} desk
 * @param {string | undefined} html of the button, empty where nothing can be taken back; undefined
 *   where nothing is known
 */
export function showStep(desk, html) {
  const place = desk.querySelector("[data-undo]");
  if (place && html !== undefined) place.innerHTML = html;
}

/**
 * The button was too late: what can be taken back now?
 * @param {HTMLElement} desk
 */
export async function askForStep(desk) {
  try {
    showStep(desk, (await ask(`${location.pathname}/buoc-cuoi`)).undo);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error; // the button stays, and may be pressed again
  }
}
