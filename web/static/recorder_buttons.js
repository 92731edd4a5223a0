/** The recorder's buttons, whose place stays while what they do changes. */

const DOUBLE_CLICK_MS = 700;

/** @type {Record<string, (recorder: import("./recorder_control.js").Recorder) => unknown>} */
const ACTS = {
  start: (recorder) => recorder.start(),
  again: (recorder) => recorder.start(),
  pause: (recorder) => recorder.pause(),
  resume: (recorder) => recorder.resume(),
  finish: (recorder) => recorder.finish(),
  retry: (recorder) => recorder.retry(),
  save: (recorder) => recorder.save(),
};

/**
 * Let the buttons act on the recorder.
 * @param {import("./recorder_control.js").Recorder} recorder
 */
export function wireButtons(recorder) {
  const pressed = { name: "", at: 0 };
  for (const name of ["main", "other"]) {
    const button = /** @type {HTMLButtonElement} */ (recorder.view.part(name));
    button.addEventListener("click", () => {
      // The same place starts and ends a recording: a double click must not do both.
      if (name === pressed.name && performance.now() - pressed.at < DOUBLE_CLICK_MS) return;
      Object.assign(pressed, { name, at: performance.now() });
      recorder.microphone?.wake();
      ACTS[button.dataset.act || ""]?.(recorder);
    });
  }
}
