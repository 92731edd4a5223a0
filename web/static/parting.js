/** The page on which an announcement is parted: what would come of it, as boxes are ticked. */

import { wordsOf } from "./words.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-parting]"));
if (form) startParting(form);

/** @param {HTMLFormElement} form */
function startParting(form) {
  const words = wordsOf(form);
  const plan = /** @type {HTMLElement} */ (form.querySelector("[data-plan]"));
  const row = /** @type {HTMLTemplateElement} */ (form.querySelector("[data-planned-row]"));
  const act = /** @type {HTMLButtonElement} */ (form.querySelector("[data-do-part]"));
  form.querySelector("[data-preview]")?.remove(); // the plan is always as the boxes are
  /** What was typed as a title, also for a box that was unticked again. @type {Map<string, string>} */
  const typed = new Map();
  plan.addEventListener("input", (event) => {
    const field = /** @type {HTMLTextAreaElement} */ (event.target);
    typed.set(field.name, field.value);
  });
  // A title is one line, however many it takes on the page.
  plan.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) event.preventDefault();
  });
  for (const field of plan.querySelectorAll("textarea")) typed.set(field.name, field.value);

  const show = () => {
    const chosen = [...form.querySelectorAll('input[name="moc"]:checked')].map(
      (box) => /** @type {HTMLElement} */ (box.closest("[data-segment]")),
    );
    const edges = [0, ...chosen.map((item) => Number(item.dataset.beginMs)), Number(form.dataset.lengthMs)];
    const first = /** @type {HTMLElement} */ (plan.firstElementChild);
    describe(first, edges[0], edges[1]);
    const rows = chosen.map((item, number) => {
      const made = /** @type {HTMLElement} */ (row.content.firstElementChild?.cloneNode(true));
      const field = /** @type {HTMLTextAreaElement} */ (made.querySelector("textarea"));
      field.name = `title-${item.dataset.segment}`;
      field.value = typed.get(field.name) || "";
      field.placeholder = item.dataset.proposed || "";
      describe(made, edges[number + 1], edges[number + 2]);
      return made;
    });
    plan.replaceChildren(first, ...rows);
    act.disabled = !chosen.length;
    act.textContent = words("part", { count: chosen.length + 1 });
  };
  form.addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).name === "moc") show();
  });
  show(); // a browser that comes back has its boxes ticked
  hearPlaces(form);
}

/**
 * @param {HTMLElement} row
 * @param {number} beginMs
 * @param {number} endMs
 */
function describe(row, beginMs, endMs) {
  /** @type {HTMLElement} */ (row.querySelector("[data-span]")).textContent = `${clock(beginMs)}–${clock(endMs)}`;
  /** @type {HTMLElement} */ (row.querySelector("[data-length]")).textContent = clock(endMs - beginMs);
}

/**
 * A press on a time is heard here and not in another window.
 * @param {HTMLFormElement} form
 */
function hearPlaces(form) {
  const audio = form.querySelector("audio");
  if (!audio) return;
  form.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-hear]"));
    if (!link) return;
    event.preventDefault();
    audio.currentTime = Math.max(0, Number(link.dataset.hear) / 1000 - 0.2);
    audio.play().catch(() => undefined); // its own controls say what is wrong
  });
}

/** @param {number} milliseconds */
function clock(milliseconds) {
  const whole = Math.floor(milliseconds / 1000);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
