/** Who else is at work on this announcement, and where. */

import { ask } from "./asking.js";

const EVERY_MS = 10000;

/**
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving} saving
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
export function startPresence(desk, saving, words) {
  const place = /** @type {HTMLElement | null} */ (desk.querySelector("[data-others]"));
  if (!place) return;
  const url = `${location.pathname}/co-mat`;
  let open = "";
  const tell = async (/** @type {object} */ more = {}) => {
    open = saving.field.line?.id || "";
    const answer = await ask(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ segment: open, ...more }),
      keepalive: "left" in more,
    }).catch(() => null); // the next round asks again
    if (answer) show(saving, place, words, answer.others);
  };
  tell();
  setInterval(() => document.visibilityState === "visible" && tell(), EVERY_MS);
  // Who opens a line is seen there at once.
  setInterval(() => (saving.field.line?.id || "") !== open && tell(), 1000);
  addEventListener("pagehide", () => tell({ left: true }));
}

/**
 * @param {import("./saving.js").Saving} saving
 * @param {HTMLElement} place
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @param {{ name: string, segment: string }[]} others
 */
function show(saving, place, words, others) {
  const names = [...new Set(others.map((one) => one.name))].join(", ");
  const told = names ? words("others", { names }) : "";
  if (place.textContent !== told) place.textContent = told;
  for (const line of saving.lines.all) {
    const here = others.filter((one) => one.segment === line.id).map((one) => one.name).join(", ");
    if ((line.item.dataset.with || "") === here) continue;
    if (here) line.item.dataset.with = words("typing", { names: here });
    else delete line.item.dataset.with;
  }
}
