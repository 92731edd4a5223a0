/** Hearing what residents will hear: what is cut is skipped, what is covered is a tone. */

const LOOK_MS = 20;
// A joint is prepared on the clock of the sound so long before it comes: a page in the background
// is waked once a second.
const AHEAD_S = 1.5;
// The place that a browser tells is ahead of what sounds, in Chromium by 0.05 s: a tone stays so
// much longer, or the end of what it covers would be heard.
const LATE_S = 0.06;
const NEAR_S = 0.005; // a place that was gone to may be missed by so much

/**
 * @typedef {object} Cover a stretch of the recording that residents do not hear
 * @property {string} kind
 * @property {number} startS
 * @property {number} endS
 */

/**
 * @param {HTMLElement} desk
 * @param {import("./player.js").Player} player
 */
export function startAsPublished(desk, player) {
  const box = /** @type {HTMLInputElement | null} */ (desk.querySelector("[data-as-published]"));
  if (!box) return;
  const { audio } = player;
  /** @type {Mixer | null} */
  let mixer = null;
  /** @type {Cover[]} */
  let covers = [];
  let timer = 0; // 0 while the sound rests

  const look = () => {
    if (!mixer || audio.seeking) return;
    const now = audio.currentTime;
    const cover = covers.find(({ startS, endS }) => startS <= now && now < endS - NEAR_S);
    if (cover?.kind === "cut") {
      mixer.hear("nothing");
      return player.goTo(cover.endS);
    }
    mixer.hear(cover ? "tone" : "sound");
    const next = cover || covers.find(({ startS }) => startS > now);
    if (!next) return;
    const endS = cover ? cover.endS : next.startS;
    const after = cover ? covers.find(({ startS }) => startS === endS) : next;
    const waitS = (endS - now) / audio.playbackRate + (cover ? LATE_S : 0);
    if (waitS < AHEAD_S) mixer.prepare(after ? (after.kind === "cut" ? "nothing" : "tone") : "sound", waitS);
  };
  const rest = () => {
    clearInterval(timer);
    timer = 0;
    if (box.checked) mixer?.silence();
  };
  const begin = () => {
    rest();
    if (!box.checked) return mixer?.letThrough();
    if (audio.paused) return;
    mixer ||= new Mixer(audio, box.dataset);
    covers = coversOf(desk);
    timer = setInterval(look, LOOK_MS);
    look();
  };
  for (const name of ["play", "seeked", "ratechange"]) audio.addEventListener(name, begin);
  for (const name of ["pause", "seeking", "waiting"]) audio.addEventListener(name, rest);
  audio.addEventListener("playing", () => timer || begin()); // it had waited for the network
  box.addEventListener("change", begin);
}

/**
 * @param {HTMLElement} desk
 * @returns {Cover[]} in their order; those that touch and are of one kind are one
 */
function coversOf(desk) {
  /** @type {Cover[]} */
  const found = [];
  for (const item of desk.querySelectorAll("[data-cover]")) {
    const { cover, startMs, endMs } = /** @type {HTMLElement} */ (item).dataset;
    const one = { kind: cover || "", startS: Number(startMs) / 1000, endS: Number(endMs) / 1000 };
    const last = found[found.length - 1];
    if (last?.kind === one.kind && last.endS === one.startS) last.endS = one.endS;
    else found.push(one);
  }
  return found;
}

/**
 * The player's sound and a tone, one of which is heard; each stretch is faded in and out as the
 * publication's are.
 */
class Mixer {
  /**
   * @param {HTMLAudioElement} audio whose sound goes through here from now on
   * @param {DOMStringMap} facts as the server computes them for what is published
   */
  constructor(audio, facts) {
    this.fadeS = Number(facts.fadeMs) / 1000;
    this.context = new AudioContext();
    this.levels = { sound: 1, tone: Number(facts.toneLevel) };
    const tone = new OscillatorNode(this.context, { frequency: Number(facts.toneHz) });
    this.gains = {
      sound: this.through(this.context.createMediaElementSource(audio)),
      tone: this.through(tone),
    };
    tone.start();
    /** What is heard now, and what was prepared to be heard next. */
    this.heard = "nothing";
    this.prepared = "";
  }

  /** @param {AudioNode} source */
  through(source) {
    const gain = new GainNode(this.context, { gain: 0 });
    source.connect(gain).connect(this.context.destination);
    return gain.gain;
  }

  /** @param {string} what is to be heard from now on: "sound", "tone" or "nothing" */
  hear(what) {
    if (this.heard === what) return;
    const isPrepared = this.prepared === what;
    this.heard = what;
    this.prepared = "";
    if (isPrepared) return;
    this.drop();
    this.fadeIn(what, this.context.currentTime);
  }

  /**
   * @param {string} what will be heard
   * @param {number} waitS from now, when what is heard now ends
   */
  prepare(what, waitS) {
    if (this.prepared) return;
    this.prepared = what;
    const at = this.context.currentTime + waitS;
    const { gain, level } = this.of(this.heard);
    const begin = Math.max(at - this.fadeS, this.context.currentTime);
    gain?.setValueAtTime(level, begin).linearRampToValueAtTime(0, at);
    this.fadeIn(what, at);
  }

  /**
   * @param {string} what
   * @param {number} at on the clock of the sound
   */
  fadeIn(what, at) {
    const { gain, level } = this.of(what);
    gain?.setValueAtTime(0, at).linearRampToValueAtTime(level, at + this.fadeS);
  }

  /** @param {string} what */
  of(what) {
    if (what !== "sound" && what !== "tone") return { gain: null, level: 0 };
    return { gain: this.gains[what], level: this.levels[what] };
  }

  /** The sound begins anew, or goes on elsewhere: nothing that was prepared is right any more. */
  silence() {
    this.context.resume();
    this.drop();
    this.heard = "nothing";
    this.prepared = "";
  }

  /** Nobody wants it as it will be published. */
  letThrough() {
    this.silence();
    this.gains.sound.value = 1;
  }

  drop() {
    for (const gain of Object.values(this.gains)) {
      gain.cancelScheduledValues(0);
      gain.value = 0;
    }
  }
}
