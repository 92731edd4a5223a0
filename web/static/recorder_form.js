/** The recorder's fields: which microphone, which unit, what the announcement is called. */

import { microphones } from "./recorder_sound.js";
import { wordsOf } from "./words.js";

const MOMENT = /^\d{1,2}\/\d{1,2}\/\d{4}[ ,]+\d{1,2}[:h]\d{2}$/;
const MICROPHONE_KEY = "loa-microphone";

export class RecorderForm {
  /** @param {HTMLFormElement} element */
  constructor(element) {
    this.element = element;
    this.words = wordsOf(element);
    this.picker = /** @type {HTMLSelectElement} */ (element.querySelector("#microphone"));
  }

  get maxMs() {
    return Number(this.element.dataset.maxMs);
  }

  get unit() {
    return this.read("unit");
  }

  /**
   * What is said about the recording. An hour that is none is left out, and shown to be wrong.
   * @returns {{ title: string, priority: string, broadcastAt?: string }}
   */
  get said() {
    const about = { title: this.read("title"), priority: this.read("priority") };
    return this.momentIsRight() ? { ...about, broadcastAt: this.moment } : about;
  }

  /**
   * Show what is known of the recording that is gone on with, or nothing before the next one.
   * @param {{ title: string, priority?: string }} known
   */
  fill({ title, priority }) {
    /** @type {HTMLInputElement} */ (this.element.querySelector("#title")).value = title;
    /** @type {HTMLSelectElement} */ (this.element.querySelector("#priority")).value = priority || "normal";
  }

  /** The hour as it was typed; the one the page came with where that is none. */
  get moment() {
    const input = /** @type {HTMLInputElement} */ (this.element.querySelector("#broadcast_at"));
    return MOMENT.test(this.read("broadcast_at")) ? this.read("broadcast_at") : input.defaultValue;
  }

  /** Whether an hour was typed. A slip there is shown, and keeps nobody from recording. */
  momentIsRight() {
    const right = MOMENT.test(this.read("broadcast_at"));
    const input = this.element.querySelector("#broadcast_at");
    if (right) input?.removeAttribute("aria-invalid");
    else input?.setAttribute("aria-invalid", "true");
    return right;
  }

  /** @returns {string} the id of the chosen microphone; "" leaves it to the system */
  get microphone() {
    return this.picker.value || remembered();
  }

  /** Keep the choice for the next time. */
  rememberMicrophone() {
    try {
      localStorage.setItem(MICROPHONE_KEY, this.picker.value);
    } catch {
      // chosen again next time
    }
  }

  /**
   * Fill the list of microphones, once the browser tells their names.
   * @param {string} inUse id of the open one, or ""
   */
  async listMicrophones(inUse) {
    const known = (await microphones()).filter((device) => device.deviceId);
    if (!known.length) return;
    const chosen = inUse || this.microphone;
    this.picker.replaceChildren(
      ...known.map((device, place) => {
        const name = device.label || this.words("default_mic", { number: place + 1 });
        return new Option(name, device.deviceId, false, device.deviceId === chosen);
      }),
    );
  }

  /** @param {string} text "" takes it away */
  showTreatment(text) {
    const place = /** @type {HTMLElement} */ (this.element.querySelector("[data-treated]"));
    place.hidden = !text;
    place.textContent = text;
  }

  /** @param {string} name */
  read(name) {
    const field = /** @type {any} */ (this.element.elements.namedItem(name));
    return String(field?.value || "").trim();
  }
}

function remembered() {
  try {
    return localStorage.getItem(MICROPHONE_KEY) || "";
  } catch {
    return "";
  }
}
