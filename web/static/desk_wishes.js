/** How a person wants the desk: boxes of its help that this browser remembers. */

const KEPT = "loa-desk-";

/**
 * @param {HTMLElement} desk
 * @returns {void}
 */
export function rememberWishes(desk) {
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (desk.querySelectorAll("[data-wish]"))) {
    const name = KEPT + (box.dataset.wish || "");
    const kept = read(name);
    if (kept !== null) box.checked = kept === "yes";
    box.addEventListener("change", () => write(name, box.checked ? "yes" : "no"));
  }
}

/** @param {string} name */
function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** @param {string} name @param {string} value */
function write(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The wish lasts as long as the page.
  }
}
