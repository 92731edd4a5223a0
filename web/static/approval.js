/** The ways to approve, or what is still in its way. The server has the last word. */

/**
 * @param {HTMLElement} desk
 * @param {number | null} unheard lines that have to be heard; null: as many as before
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
export function offerApproval(desk, unheard, words) {
  const link = /** @type {HTMLElement | null} */ (desk.querySelector("[data-unheard]"));
  if (!link) return;
  if (unheard !== null) {
    link.dataset.count = String(unheard);
    link.textContent = words("unheard", { count: unheard });
  }
  const undecided = desk.querySelector("[data-undecided]") !== null;
  const waits = Number(link.dataset.count) > 0;
  for (const way of /** @type {NodeListOf<HTMLElement>} */ (desk.querySelectorAll("[data-approve]"))) {
    way.hidden = undecided || waits;
  }
  link.hidden = undecided || !waits;
}
