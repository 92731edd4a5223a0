/** The recorder page: wires its parts together and offers what an earlier visit left behind. */

import { askBeforeLeaving } from "./awake.js";
import { wireButtons } from "./recorder_buttons.js";
import { Recorder } from "./recorder_control.js";
import { RecorderForm } from "./recorder_form.js";
import { showLeftovers } from "./recorder_leftovers.js";
import { isAllowed, obstacle } from "./recorder_sound.js";

const TICK_MS = 250;

const element = /** @type {HTMLFormElement} */ (document.querySelector("form[data-recorder]"));
const form = new RecorderForm(element);
const recorder = new Recorder(form);
const hindered = obstacle();

element.addEventListener("submit", (event) => event.preventDefault());
if (hindered) {
  recorder.view.showProblem(hindered);
  element.hidden = true;
} else begin();

function begin() {
  wireButtons(recorder);
  // Until now a press would have been lost.
  /** @type {HTMLButtonElement} */ (recorder.view.part("main")).disabled = false;
  recorder.view.part("mark").addEventListener("click", () => recorder.mark());
  for (const id of ["title", "broadcast_at", "priority"]) {
    element.querySelector(`#${id}`)?.addEventListener("change", () => recorder.describe());
  }
  form.picker.addEventListener("change", () => {
    form.rememberMicrophone();
    recorder.choose();
  });
  navigator.mediaDevices.addEventListener("devicechange", () => {
    form.listMicrophones(recorder.microphone?.deviceId || "");
  });
  document.addEventListener("visibilitychange", seen);
  // What has been recorded by now is handed over before the page may be gone.
  addEventListener("pagehide", () => recorder.tape?.flush());
  askBeforeLeaving(() => recorder.busy);
  setInterval(() => recorder.tick(), TICK_MS);
  recorder.enter("idle");
  showLeftovers(recorder);
  seen();
}

/** Listen in while the page is looked at and nobody has to be asked; not behind a hidden one. */
async function seen() {
  if (document.visibilityState === "hidden") {
    recorder.tape?.flush();
    if (recorder.phase === "ready") recorder.rest();
  } else if (recorder.phase === "idle" && (await isAllowed())) recorder.tryOut();
}
