/** Choosing everything of a group that can be tried again. */

/** @param {HTMLElement} list */
export function startChoosing(list) {
  for (const label of list.querySelectorAll("[data-choose-all]")) {
    const all = /** @type {HTMLInputElement} */ (label.querySelector("input"));
    const section = label.closest("section");
    const boxes = () =>
      [.../** @type {NodeListOf<HTMLInputElement>} */ (section?.querySelectorAll("[data-choose]") || [])];
    label.removeAttribute("hidden");
    all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
    section?.addEventListener("change", () => (all.checked = boxes().every((box) => box.checked)));
  }
}
