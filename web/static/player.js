/** The player: one audio element, the sound line as its progress bar, times that can be clicked. */

const SPEEDS = [1, 1.25, 1.5, 1.75, 2, 0.5, 0.75];
const SHORT_STEP_BACK_S = 0.2; // so that the first sound of a clicked place is not cut off

/**
 * @typedef {object} Player what keys and the text may do with the sound; times in s of the recording
 * @property {HTMLAudioElement} audio
 * @property {(backS?: number) => void} toggle play, from a little earlier, or pause
 * @property {() => void} pause
 * @property {(startS: number, endS?: number) => void} hear a span, or from a place on
 * @property {(stepS: number) => void} skip
 * @property {(seconds: number) => void} goTo
 * @property {(step: -1 | 1) => void} changeSpeed
 */

/**
 * @param {HTMLElement} desk
 * @param {(name: string, values?: Record<string, string | number>) => string} words
 * @returns {Player | null} null where there is no sound
 */
export function startPlayer(desk, words) {
  const box = /** @type {HTMLElement | null} */ (desk.querySelector("[data-player]"));
  if (!box) return null;
  const audio = /** @type {HTMLAudioElement} */ (box.querySelector("audio"));
  const startS = Number(desk.dataset.startMs) / 1000;
  const endS = Number(desk.dataset.endMs) / 1000;
  const parts = findParts(box);
  // The browser's own controls serve only where this module does not run.
  audio.controls = false;
  for (const hidden of box.querySelectorAll("[hidden]")) hidden.removeAttribute("hidden");
  box.dataset.ready = "";

  const show = () => showPlace(parts, Math.max(0, audio.currentTime - startS), endS - startS);
  const goTo = (/** @type {number} */ seconds) => {
    audio.currentTime = Math.min(endS, Math.max(startS, seconds));
    show();
  };
  let stopAt = endS; // of the span that is being heard
  const play = () => {
    if (audio.currentTime < startS || audio.currentTime >= endS - 0.05) audio.currentTime = startS;
    audio.play().catch(() => notice(desk, words("no_sound")));
  };

  const toggle = (backS = 0) => {
    stopAt = endS;
    if (!audio.paused) return audio.pause();
    if (backS) goTo(audio.currentTime - backS);
    play();
  };
  parts.play.addEventListener("click", () => toggle());
  for (const name of ["play", "pause", "ended"]) {
    audio.addEventListener(name, () => showButton(parts.play, audio.paused, words));
  }
  audio.addEventListener("timeupdate", () => {
    if (audio.currentTime >= stopAt) audio.pause();
    show();
  });
  parts.seek.addEventListener("input", () => goTo(startS + Number(parts.seek.value) / 1000));
  for (const button of box.querySelectorAll("[data-skip]")) {
    const step = Number(/** @type {HTMLElement} */ (button).dataset.skip);
    button.addEventListener("click", () => goTo(audio.currentTime + step));
  }
  const setSpeed = (/** @type {number} */ rate) => {
    audio.playbackRate = rate; // the pitch stays: `preservesPitch` is on unless it is turned off
    parts.speed.textContent = words("speed", { rate: rate.toLocaleString(lang()) });
  };
  parts.speed.addEventListener("click", () => {
    setSpeed(SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length]);
  });
  desk.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("[data-hear]");
    const line = /** @type {HTMLElement | null} */ (link?.closest("[data-start-ms]"));
    if (!link || !line) return;
    event.preventDefault();
    hear(Number(line.dataset.startMs) / 1000);
  });
  const hear = (/** @type {number} */ fromS, toS = endS) => {
    stopAt = toS;
    goTo(fromS - SHORT_STEP_BACK_S);
    play();
  };
  return {
    audio,
    toggle,
    pause: () => audio.pause(),
    hear,
    goTo,
    skip: (stepS) => goTo(audio.currentTime + stepS),
    changeSpeed: (step) => {
      const sorted = [...SPEEDS].sort((one, other) => one - other);
      const place = sorted.indexOf(audio.playbackRate) + step;
      setSpeed(sorted[Math.min(sorted.length - 1, Math.max(0, place))]);
    },
  };
}

/**
 * Write a sentence where the person reads the text.
 * @param {HTMLElement} desk
 * @param {string} text
 */
export function notice(desk, text) {
  const place = /** @type {HTMLElement} */ (desk.querySelector("[data-notice]"));
  place.textContent = text;
  place.hidden = !text;
  if (text) place.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement} box */
function findParts(box) {
  return {
    play: /** @type {HTMLButtonElement} */ (box.querySelector("[data-play]")),
    seek: /** @type {HTMLInputElement} */ (box.querySelector("[data-seek]")),
    heard: /** @type {SVGRectElement} */ (box.querySelector("[data-heard-part]")),
    clock: /** @type {HTMLElement} */ (box.querySelector("[data-clock]")),
    speed: /** @type {HTMLButtonElement} */ (box.querySelector("[data-speed]")),
  };
}

/**
 * @param {ReturnType<typeof findParts>} parts
 * @param {number} seconds from the announcement's beginning
 * @param {number} lengthS
 */
function showPlace(parts, seconds, lengthS) {
  parts.heard.setAttribute("width", String((480 * seconds) / Math.max(lengthS, 0.1)));
  parts.seek.value = String(Math.round(seconds * 1000));
  parts.seek.setAttribute("aria-valuetext", clock(seconds));
  const first = parts.clock.firstChild;
  if (first) first.textContent = `${clock(seconds)} `;
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} paused
 * @param {(name: string) => string} words
 */
function showButton(button, paused, words) {
  button.setAttribute("aria-label", words(paused ? "play" : "pause"));
  button.querySelector("use")?.setAttribute("href", paused ? "#play" : "#pause");
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function lang() {
  return document.documentElement.lang;
}
