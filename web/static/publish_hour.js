/** Says at the field for the hour of publishing what the server would say after the press. */

// As the server reads them, but for seconds: the day or the hour may come first.
const FORMS = [
  /^(?<day>\d{1,2})[/-](?<month>\d{1,2})[/-](?<year>\d{4})[ ,]+(?<hour>\d{1,2})[:hH](?<minute>\d{2})$/,
  /^(?<hour>\d{1,2}):(?<minute>\d{2})[ ,]+(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4})$/,
];

/** @param {HTMLElement} desk */
export function startPublishHour(desk) {
  const field = /** @type {HTMLInputElement | null} */ (desk.querySelector("[data-before]"));
  const told = /** @type {HTMLElement | null} */ (desk.querySelector("[data-too-late]"));
  if (!field || !told) return;
  const end = momentOf(field.dataset.before || "");
  const judge = () => {
    const chosen = momentOf(field.value);
    const late = chosen !== "" && chosen >= end;
    told.hidden = !late;
    if (late) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  field.addEventListener("input", judge);
  judge();
}

/**
 * @param {string} text
 * @returns {string} such as 2026-11-21T05:30, which can be compared as it is; "" for no moment
 */
function momentOf(text) {
  const found = FORMS.map((form) => form.exec(text.trim())?.groups).find(Boolean);
  if (!found) return "";
  const [month, day, hour] = [found.month, found.day, found.hour].map((part) => part.padStart(2, "0"));
  return `${found.year}-${month}-${day}T${hour}:${found.minute}`;
}
