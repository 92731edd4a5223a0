/** The approved script on the upload page: sent after its recording, to the announcement made of it. */

import { ask } from "./asking.js";

/**
 * Whether a script was chosen or pasted.
 * @param {HTMLFormElement} form
 */
export function hasScript(form) {
  const { file, text } = fields(form);
  return Boolean(file?.size || text.trim());
}

/**
 * Send the form's script to an announcement.
 * @param {HTMLFormElement} form
 * @param {string} url
 * @returns {Promise<void>}
 * @throws {import("./asking.js").Refusal}
 */
export async function attachScript(form, url) {
  const { file, text } = fields(form);
  const body = new FormData();
  if (file?.size) body.set("script_file", file, file.name);
  body.set("script_text", text);
  await ask(url, { method: "POST", body });
}

/** @param {HTMLFormElement} form */
export function clearScript(form) {
  for (const field of form.querySelectorAll("#script_file, #script_text")) {
    /** @type {HTMLInputElement} */ (field).value = "";
  }
}

/** @param {HTMLFormElement} form */
function fields(form) {
  const picker = /** @type {HTMLInputElement | null} */ (form.querySelector("#script_file"));
  const area = /** @type {HTMLTextAreaElement | null} */ (form.querySelector("#script_text"));
  return { file: picker?.files?.[0], text: area?.value || "" };
}
