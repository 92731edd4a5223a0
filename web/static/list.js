/** The list: keeps the progress of what moves up to date, and shows again what has changed. */

import { watch } from "./watching.js";

const list = /** @type {HTMLElement} */ (document.querySelector("[data-list]"));
const CANCELLABLE = ["queued", "transcribing"];
const moving = () => [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-moving]"))];

if (moving().length) {
  const url = () => `${list.dataset.progress}?ids=${moving().map((row) => row.dataset.id).join(",")}`;
  watch(url, (answer) => {
    for (const item of answer.items) showItem(item);
    return moving().length > 0;
  });
}

/**
 * @param {{ id: string, state: string, word: string, shape: string, css_class: string,
 *           detail: string, percent: number | null, moving: boolean }} item
 */
function showItem(item) {
  const row = /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${CSS.escape(item.id)}"]`));
  if (!row) return;
  const mark = /** @type {HTMLElement} */ (row.querySelector(".state"));
  mark.className = `state ${item.css_class}`;
  mark.querySelector("use")?.setAttribute("href", `#${item.shape}`);
  /** @type {HTMLElement} */ (mark.querySelector("[data-word]")).textContent = item.word;
  /** @type {HTMLElement} */ (row.querySelector("[data-detail]")).textContent = item.detail;
  showBar(row, item.percent);
  row.toggleAttribute("data-moving", item.moving);
  if (!CANCELLABLE.includes(item.state)) row.querySelector("[data-cancel]")?.remove();
}

/**
 * @param {HTMLElement} row
 * @param {number | null} percent
 */
function showBar(row, percent) {
  let bar = row.querySelector("progress");
  if (percent === null) return bar?.remove();
  if (!bar) {
    bar = document.createElement("progress");
    bar.max = 100;
    row.querySelector("[data-detail]")?.after(bar);
  }
  bar.value = percent;
}
