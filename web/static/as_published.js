/** Hearing what residents will hear: what is cut is skipped, what is covered is a tone. */

const BEEP_HZ = 1000;
const BEEP_LEVEL = 0.1;

/**
 * @param {HTMLElement} desk
 * @param {import("./player.js").Player} player
 */
export function startAsPublished(desk, player) {
  const box = /** @type {HTMLInputElement | null} */ (desk.querySelector("[data-as-published]"));
  const { audio } = player;
  const beep = new Beep();
  const step = () => {
    const cover = box?.checked && !audio.paused ? coverAt(desk, audio.currentTime * 1000) : null;
    if (cover?.kind === "cut") player.goTo(cover.endMs / 1000);
    audio.muted = cover?.kind === "beep";
    beep.sound(audio.muted);
    if (!audio.paused) requestAnimationFrame(step);
  };
  // Frame by frame: the player's own news come too seldom to keep a private word unheard.
  audio.addEventListener("play", step);
  audio.addEventListener("pause", step);
  box?.addEventListener("change", step);
}

/**
 * @param {HTMLElement} desk
 * @param {number} nowMs of the recording
 * @returns {{ kind: string, endMs: number } | null} what covers the sound there
 */
function coverAt(desk, nowMs) {
  for (const item of desk.querySelectorAll("[data-cover]")) {
    const { cover, startMs, endMs } = /** @type {HTMLElement} */ (item).dataset;
    if (Number(startMs) <= nowMs + 10 && nowMs < Number(endMs)) return { kind: cover || "", endMs: Number(endMs) };
  }
  return null;
}

/** A tone that is there as long as it is wanted. */
class Beep {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {OscillatorNode | null} */
    this.tone = null;
  }

  /** @param {boolean} wanted */
  sound(wanted) {
    if (wanted === Boolean(this.tone)) return;
    if (!wanted) {
      this.tone?.stop();
      this.tone = null;
      return;
    }
    this.context ||= new AudioContext();
    const level = this.context.createGain();
    level.gain.value = BEEP_LEVEL;
    level.connect(this.context.destination);
    this.tone = this.context.createOscillator();
    this.tone.frequency.value = BEEP_HZ;
    this.tone.connect(level);
    this.tone.start();
  }
}
