/** Silence, music and what nobody understood: words typed there make the passage speech. */

/** @param {HTMLElement} desk */
export function startRemarks(desk) {
  desk.addEventListener("line-saved", (event) => {
    const { line, kind } = /** @type {CustomEvent} */ (event).detail;
    line.item.className = line.item.className.replace(/\bkind-\w+/, `kind-${kind}`);
  });
}
