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
    this.hour = /** @type {HTMLInputElement} */ (element.querySelector("#broadcast_at"));
    this.hourIsTyped = false; // until then it is the hour at which the recording begins
    this.openedAt = Date.now();
    this.hour.addEventListener("input", () => (this.hourIsTyped = true));
  }

  get maxMs() {
    return Number(this.element.dataset.maxMs);
  }

  get unit() {
    return this.read("unit");
  }

  /**
   * What is said about the recording. An hour that nobody typed is left out, and so is one that
   * is none, which is shown to be wrong.
   * @returns {{ title: string, priority: string, broadcastAt?: string }}
   */
  get said() {
    const about = { title: this.read("title"), priority: this.read("priority") };
    const isGiven = this.momentIsRight() && this.hourIsTyped;
    return isGiven ? { ...about, broadcastAt: this.moment } : about;
  }

  /**
   * Show what is known of the recording that is gone on with, or nothing before the next one.
   * @param {{ title: string, priority?: string, broadcastAt?: string }} known
   */
  fill({ title, priority, broadcastAt }) {
    /** @type {HTMLInputElement} */ (this.element.querySelector("#title")).value = title;
    /** @type {HTMLSelectElement} */ (this.element.querySelector("#priority")).value = priority || "normal";
    this.hour.value = broadcastAt || this.now;
    this.hourIsTyped = false;
    this.momentIsRight();
  }

  /** A recording begins: where nobody typed an hour, it is this one. */
  setHour() {
    if (!this.hourIsTyped) this.hour.value = this.now;
  }

  /** The hour as it was typed; now where that is none. */
  get moment() {
    return MOMENT.test(this.read("broadcast_at")) ? this.read("broadcast_at") : this.now;
  }

  /**
   * The hour on the unit's clock: the one the server wrote into the page, and what has passed since.
   * The clock of this computer may be wrong, or that of another country.
   */
  get now() {
    const [day, month, year, hours, minutes] = (this.hour.defaultValue.match(/\d+/g) || []).map(Number);
    const then = Date.UTC(year, month - 1, day, hours, minutes);
    const moment = new Date(then + Date.now() - this.openedAt).toISOString();
    return `${moment.slice(8, 10)}/${moment.slice(5, 7)}/${moment.slice(0, 4)} ${moment.slice(11, 16)}`;
  }

  /** Whether an hour was typed. A slip there is shown, and keeps nobody from recording. */
  momentIsRight() {
    const right = MOMENT.test(this.read("broadcast_at"));
    if (right) this.hour.removeAttribute("aria-invalid");
    else this.hour.setAttribute("aria-invalid", "true");
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
