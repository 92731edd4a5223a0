/** The microphone of the recorder page and its level, whether or not anything is recorded. */

import { keepAwake } from "./awake.js";
import { LevelJudge } from "./recorder_level.js";
import { Microphone } from "./recorder_sound.js";
import { RecorderView } from "./recorder_view.js";
import { wordsOf } from "./words.js";

export class Listening {
  /** @param {import("./recorder_form.js").RecorderForm} form */
  constructor(form) {
    this.form = form;
    this.words = wordsOf(form.element);
    this.view = new RecorderView(form.element, this.words);
    this.judge = new LevelJudge();
    /** @type {import("./recorder_view.js").Phase} */
    this.phase = "idle";
    /** @type {Microphone | null} */
    this.microphone = null;
    this.note = ""; // said under the level while nothing is wrong with it
    /** @type {Promise<void> | null} a microphone being opened only to set its level */
    this.trying = null;
  }

  /** @param {import("./recorder_view.js").Phase} phase */
  enter(phase) {
    this.phase = phase;
    this.judge.reset();
    this.view.showPhase(phase);
    this.view.warn(this.note, "note");
    keepAwake(["recording", "paused", "sending"].includes(phase));
  }

  /**
   * Open the chosen microphone; what hinders it is said on the page.
   * @param {boolean} [onlyThis] false allows another one where the chosen one is gone
   * @returns {Promise<boolean>}
   */
  async openMicrophone(onlyThis = false) {
    this.closeMicrophone();
    const wanted = this.form.microphone;
    try {
      this.microphone = await Microphone.open(wanted).catch((error) => {
        if (onlyThis || !wanted || error.code !== "mic_gone") throw error;
        this.note = this.words("mic_other");
        return Microphone.open("");
      });
    } catch (error) {
      this.view.showProblem(/** @type {any} */ (error).code || "mic_failed");
      return false;
    }
    const { microphone } = this;
    microphone.onlevel = (reading) => this.hear(reading);
    microphone.onend = () => this.cut();
    microphone.onmute = (muted) => this.view.warn(muted ? this.words("muted") : "", "bad");
    this.view.showProblem("");
    this.form.showTreatment(microphone.treats ? this.words("treated") : "");
    microphone.measure().then((measured) => {
      if (measured) return;
      this.note = this.words("no_meter");
      this.view.warn(this.note, "note");
    });
    await this.form.listMicrophones(microphone.deviceId);
    return true;
  }

  closeMicrophone() {
    this.microphone?.close();
    this.microphone = null;
    this.view.clearLevel();
  }

  /** Listen without recording, so that the level can be set. */
  tryOut() {
    this.note = "";
    this.enter("asking");
    this.view.allowStart(); // nobody pressed anything yet: a press that comes now must not be lost
    this.trying = this.openMicrophone()
      .then((opened) => this.enter(opened ? "ready" : "idle"))
      .finally(() => (this.trying = null));
  }

  /** End that. */
  rest() {
    this.closeMicrophone();
    this.enter("idle");
  }

  /** Another microphone was chosen from the list. */
  choose() {
    if (this.phase === "idle" || this.phase === "ready") this.tryOut();
  }

  /** The sound stopped although nobody stopped it. */
  cut() {
    this.rest();
  }

  /**
   * @param {import("./recorder_level.js").Reading} reading
   */
  hear(reading) {
    const recording = this.phase === "recording";
    const verdict = this.judge.hear(reading);
    this.view.showLevel(reading, verdict, recording);
    if (this.microphone?.track.muted) return;
    if (!recording && this.phase !== "ready") return;
    const loud = verdict === "clipping";
    const advice = recording ? verdict : loud ? verdict : "try"; // nobody has to speak yet
    const said = [advice && this.words(advice), this.note].filter(Boolean).join(" ");
    this.view.warn(said, advice && advice !== "try" ? "bad" : "note");
  }
}
