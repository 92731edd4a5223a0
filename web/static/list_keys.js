/**
 * Moving in the list by the keyboard: from one announcement's link to the next.
 *
 * Bare letters are what Vietnamese keyboards compose with, so none of them is a key. Arrows move
 * where a row has the focus; with Alt they do wherever nobody is typing.
 */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });

/** @param {HTMLElement} list */
export function startListKeys(list) {
  document.querySelector("[data-list-keys]")?.removeAttribute("hidden");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const onRow = target.matches("[data-row]");
    if (!onRow && (!event.altKey || target.matches("input, select, textarea"))) return;
    const next = goal(list, target, event.key, onRow);
    if (!next) return;
    event.preventDefault(); // the page would scroll, or go back in its history
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
}

/**
 * The link that a key leads to; null where it leads nowhere.
 * @param {HTMLElement} list
 * @param {HTMLElement} from
 * @param {string} key
 * @param {boolean} onRow whether `from` is the link of a row
 * @returns {HTMLElement | null}
 */
function goal(list, from, key, onRow) {
  const links = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-row]"))];
  if (onRow && key === "Home") return links[0];
  if (onRow && key === "End") return links[links.length - 1];
  const step = STEPS[key];
  if (!step || !links.length) return null;
  const row = from.closest("[data-id]")?.querySelector("[data-row]");
  if (row) return links[links.indexOf(/** @type {HTMLElement} */ (row)) + step] || null;
  return step > 0 ? links[0] : links[links.length - 1];
}
