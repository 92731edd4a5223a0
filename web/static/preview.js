/** The sound as it will be published, made by the server before anybody approves it. */

import { ask, Refusal } from "./asking.js";
import { notice } from "./player.js";
import { watch } from "./watching.js";

/**
 * @param {HTMLElement} desk
 * @param {import("./saving.js").Saving | null} saving
 * @param {import("./player.js").Player | null} player
 * @param {(name: string) => string} words
 */
export function startPreview(desk, saving, player, words) {
  const box = /** @type {HTMLElement | null} */ (desk.querySelector("[data-preview]"));
  const form = box?.querySelector("form");
  const part = /** @type {HTMLElement | null} */ (box?.querySelector("[data-preview-part]"));
  if (!box || !form || !part) return;

  let shown = "";
  /** @param {{ part: string, making: boolean, may_order: boolean }} answer */
  const show = (answer) => {
    const wasHere = box.contains(document.activeElement);
    // Made by the server from the template that made the page. The same again is not read aloud.
    if (answer.part !== shown) part.innerHTML = shown = answer.part;
    form.hidden = !answer.may_order;
    // The button is gone: the keyboard goes on from what has come in its place.
    if (wasHere && !answer.may_order) (part.querySelector("audio") || part).focus({ preventScroll: true });
    return answer.making;
  };
  const follow = () => watch(() => box.dataset.url || "", show);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // What is typed is not heard, but the page may be read again before all is saved.
    if (saving && !(await saving.saveAll())) return notice(desk, words("unsaved_first"));
    try {
      if (show(await ask(form.action, { method: "POST" }))) follow();
      notice(desk, "");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      notice(desk, error.message || words("no_answer"));
    }
  });
  // One sound at a time.
  part.addEventListener("play", () => player?.pause(), true);
  player?.audio.addEventListener("play", () => part.querySelector("audio")?.pause());
  if ("making" in box.dataset) follow();
}
