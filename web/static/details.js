/** The form of the details: a template or a title from the text fills it in, the person saves it. */

import { ask, Refusal } from "./asking.js";
import { notice } from "./player.js";

/**
 * @param {HTMLElement} desk
 * @param {{ saveAll: () => Promise<boolean> }} saving a title is taken from the text as it is saved
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 */
export function startDetails(desk, saving, words) {
  const form = /** @type {HTMLFormElement | null} */ (desk.querySelector("[data-details]"));
  if (!form) return;
  form.addEventListener("click", async (event) => {
    const pressed = /** @type {Element} */ (event.target);
    const button = pressed.closest("[data-fill], [data-take-title]");
    if (button) {
      event.preventDefault(); // without script the same button asks for the page, filled in
      const takes = "takeTitle" in /** @type {HTMLElement} */ (button).dataset;
      if (takes) await saving.saveAll();
      await fill(desk, form, takes, words);
    }
    if (pressed.closest('a[href="#valid_until"]')) {
      event.preventDefault();
      openMore(form);
      field(form, "valid_until").focus();
    }
  });
  form.addEventListener("input", () => refresh(form));
  form.addEventListener("change", () => refresh(form));
}

/**
 * @param {HTMLElement} desk
 * @param {HTMLFormElement} form
 * @param {boolean} takesTitle otherwise the chosen template
 * @param {(name: string) => string} words
 */
async function fill(desk, form, takesTitle, words) {
  const body = new FormData(form);
  if (takesTitle) body.append("take", "title");
  let answer;
  try {
    answer = await ask(form.dataset.fillUrl || "", { method: "POST", body });
  } catch (error) {
    notice(desk, (error instanceof Refusal && error.message) || words("no_answer"));
    return;
  }
  for (const [name, value] of Object.entries(answer.values)) {
    field(form, name).value = String(value);
  }
  field(form, "filled_by").value = answer.filled_by;
  const told = /** @type {HTMLElement} */ (form.querySelector("[data-told]"));
  told.textContent = answer.told;
  told.hidden = false;
  if (answer.values.valid_until) openMore(form);
  refresh(form);
  selectBlank(field(form, "title"));
}

/**
 * What the form says about itself, as its fields stand now.
 * @param {HTMLFormElement} form
 */
function refresh(form) {
  const hint = /** @type {HTMLElement} */ (form.querySelector("[data-needs-end]"));
  const ends = field(form, "valid_until").value.trim() !== "";
  hint.hidden = field(form, "priority").value !== "urgent" || ends;
  const offer = /** @type {HTMLElement | null} */ (form.querySelector("[data-suggested]"));
  if (!offer) return;
  /** @type {string[]} */
  const nobodyS = JSON.parse(offer.dataset.nobodyS || "[]");
  offer.hidden = !["", ...nobodyS.map(bare)].includes(bare(field(form, "title").value));
}

/**
 * Put the caret on what a template left for the person to write.
 * @param {HTMLInputElement} title
 */
function selectBlank(title) {
  const at = title.value.indexOf("___");
  if (at < 0) return;
  title.focus();
  title.setSelectionRange(at, at + 3);
}

/** @param {HTMLFormElement} form */
function openMore(form) {
  /** @type {HTMLDetailsElement} */ (form.querySelector(".more")).open = true;
}

/** @param {string} name of a title or a file, to be compared */
function bare(name) {
  return name.normalize("NFC").replace(/[_\-\s]+/g, " ").trim().toLowerCase();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
