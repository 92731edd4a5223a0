/** What a microphone's level means: too little, too much, or right. Pure; times are in ms. */

/**
 * @typedef {object} Reading what the meter says of a twentieth of a second
 * @property {number} ms how long it was
 * @property {number} peak the loudest sample, 0..1 of full scale
 * @property {number} rms 0..1 of full scale
 * @property {number} clipped how many tops were cut off
 */
/** @typedef {"" | "silent" | "quiet" | "clipping"} Verdict "" when all is well */

/*
 * Thresholds, from what microphones without automatic gain give: a plug that is out or a switch that
 * is off leaves −60 dBFS of hiss or nothing at all, a voice at half a metre peaks between −30 and
 * −6 dBFS, a room in which nobody speaks stays under −50. Speakers pause for two or three seconds
 * between paragraphs, so silence needs longer than that before it is worth a word.
 */
const SILENT_PEAK = 10 ** (-50 / 20);
const SILENT_MS = 4000;
const QUIET_PEAK = 10 ** (-30 / 20);
const QUIET_MS = 8000;
const CLIPPING_SHOWN_MS = 4000;

/** The bottom of the scale that is drawn, in dB under full scale. */
export const FLOOR_DB = -60;

/** Follows the readings and says what is wrong with them. */
export class LevelJudge {
  constructor() {
    this.reset();
  }

  /** Forget what was heard: another microphone, or a pause. */
  reset() {
    this.sinceSound = 0;
    this.sinceVoice = 0;
    this.sinceClipped = Infinity;
  }

  /**
   * @param {Reading} reading
   * @returns {Verdict}
   */
  hear(reading) {
    this.sinceSound = reading.peak < SILENT_PEAK ? this.sinceSound + reading.ms : 0;
    this.sinceVoice = reading.peak < QUIET_PEAK ? this.sinceVoice + reading.ms : 0;
    this.sinceClipped = reading.clipped > 0 ? 0 : this.sinceClipped + reading.ms;
    if (this.sinceClipped < CLIPPING_SHOWN_MS) return "clipping";
    if (this.sinceSound >= SILENT_MS) return "silent";
    return this.sinceVoice >= QUIET_MS ? "quiet" : "";
  }
}

/**
 * @param {number} value 0..1 of full scale
 * @returns {number} dB under full scale, never below FLOOR_DB
 */
export function decibels(value) {
  return value > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(value)) : FLOOR_DB;
}

/**
 * Where a level stands on the drawn scale: 0 at its bottom, 1 at full scale.
 * @param {number} value 0..1 of full scale
 */
export function place(value) {
  return 1 - decibels(value) / FLOOR_DB;
}
