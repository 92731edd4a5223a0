/** Silence, music and what nobody understood: words typed there make the passage speech. */

/** @param {HTMLElement} desk */
export function startRemarks(desk) {
  for (const field of desk.querySelectorAll(".kind-music textarea, .kind-unrecognised textarea")) {
    // A remark as a whole gives way to what is typed.
    field.addEventListener("click", () => selectRemark(/** @type {HTMLTextAreaElement} */ (field)));
    field.addEventListener("focus", () => selectRemark(/** @type {HTMLTextAreaElement} */ (field)));
  }
  desk.addEventListener("line-saved", (event) => {
    const { item, kind } = /** @type {CustomEvent} */ (event).detail;
    item.className = item.className.replace(/\bkind-\w+/, `kind-${kind}`);
  });
}

/** @param {HTMLTextAreaElement} field */
function selectRemark(field) {
  if (field.value === field.defaultValue && /^\[.*\]$/.test(field.value)) field.select();
}
