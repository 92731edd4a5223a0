/** The list: keeps progress up to date, says when something new waits, and is moved in by keys. */

import { startChoosing } from "./list_choosing.js";
import { startListKeys } from "./list_keys.js";
import { News } from "./list_news.js";
import { watch } from "./watching.js";
import { wordsOf } from "./words.js";

const MOVING_MS = 2000; // while a row moves
const QUIET_MS = 10000; // while only news can come
const CANCELLABLE = ["queued", "transcribing"];

const list = /** @type {HTMLElement} */ (document.querySelector("[data-list]"));
const moving = () => [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-moving]"))];
const news = new News(list, wordsOf(list));
const url = () => `${list.dataset.progress}?ids=${moving().map((row) => row.dataset.id).join(",")}`;

startListKeys(list);
startChoosing(list);
watch(
  url,
  (answer) => {
    for (const item of answer.items) showItem(item);
    news.show(answer.waiting);
    return true;
  },
  () => (moving().length ? MOVING_MS : QUIET_MS),
);

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
  if (row.dataset.state !== item.state) row.querySelector("[data-waited]")?.remove(); // of before
  row.dataset.state = item.state;
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
