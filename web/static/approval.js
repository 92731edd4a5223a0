/** The button that approves, or what is still in its way. The server has the last word. */

/**
 * @param {HTMLElement} desk
 * @param {number | null} unheard lines that have to be heard; null: as many as before
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
export function offerApproval(desk, unheard, words) {
  const form = /** @type {HTMLElement | null} */ (desk.querySelector("[data-approve]"));
  const link = /** @type {HTMLElement | null} */ (desk.querySelector("[data-unheard]"));
  if (!form || !link) return;
  if (unheard !== null) {
    link.dataset.count = String(unheard);
    link.textContent = words("unheard", { count: unheard });
  }
  const undecided = desk.querySelector("[data-undecided]") !== null;
  const waits = Number(link.dataset.count) > 0;
  form.hidden = undecided || waits;
  link.hidden = undecided || !waits;
}
