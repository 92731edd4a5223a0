/** A name that was just put right: offered for the unit's glossary, so that it is heard right. */

import { ask, Refusal } from "./asking.js";
import { notice } from "./player.js";

/**
 * @typedef {object} Name
 * @property {string | null} name null where it is none, or the glossary has it
 * @property {string} kind
 */

/**
 * @param {import("./lines.js").Line} line whose text was saved
 * @param {{ from: string, to: string }} change
 * @returns {Promise<Name | null>}
 */
export function askForName(line, change) {
  const query = new URLSearchParams({ tu: change.from, thanh: change.to });
  return ask(`${line.url}/ten-rieng?${query}`).catch(() => null); // a wish, no more
}

/**
 * The button that adds a name.
 * @param {HTMLElement} desk
 * @param {Name} found
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @returns {HTMLElement}
 */
export function nameButton(desk, found, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "offer";
  button.textContent = words("name_add", { name: found.name || "" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const body = JSON.stringify(found);
      const headers = { "Content-Type": "application/json" };
      const { said } = await ask(`${location.pathname}/tu-dien`, { method: "POST", headers, body });
      const told = document.createElement("span");
      told.textContent = said;
      button.replaceWith(told);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      button.disabled = false;
      notice(desk, error.message || words("no_answer"));
    }
  });
  return button;
}
