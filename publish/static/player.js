// Plays announcements: a play button, the sound line as progress bar, and on an item's page the
// text that follows the voice. Without this script the browser's own controls stand there.

/**
 * @typedef {object} Player
 * @property {HTMLAudioElement} audio
 * @property {(seconds: number) => void} seek  Go to a moment; the sound is not fetched for it.
 * @property {() => void} play
 * @property {(listener: (seconds: number) => void) => void} follow  Called as time passes.
 */

const SVG = "http://www.w3.org/2000/svg";
const RATES = [1, 1.25, 1.5, 0.75];
/** Sentences light up a little early: a browser tells the time only four times a second. */
const EARLY_S = 0.12;

/** @type {HTMLAudioElement | null} */
let sounding = null;

/** @param {number} seconds @returns {string} "2:14", "1:02:03" */
function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/**
 * Lay a second, coloured line over the drawn one; its width is what was heard.
 * @param {SVGSVGElement} line
 * @returns {(fraction: number) => void}
 */
function colourLine(line) {
  const heard = document.createElementNS(SVG, "svg");
  const { width, height } = line.viewBox.baseVal;
  heard.setAttribute("class", "heard");
  heard.setAttribute("width", "0");
  heard.setAttribute("height", String(height));
  for (const path of [...line.children]) heard.append(path.cloneNode());
  line.append(heard);
  return (fraction) => heard.setAttribute("width", String(width * fraction));
}

/**
 * @param {HTMLElement} root  [data-player], with `data-length-ms`
 * @returns {Player}
 */
function attach(root) {
  const find = (/** @type {string} */ selector) => root.querySelector(selector);
  const audio = /** @type {HTMLAudioElement} */ (find("audio"));
  const button = /** @type {HTMLButtonElement} */ (find("button.play"));
  const passed = find("[data-clock]");
  const trouble = /** @type {HTMLElement | null} */ (find("[data-trouble]"));
  const length = Number(root.dataset.lengthMs) / 1000;
  const colour = colourLine(/** @type {SVGSVGElement} */ (find(".sound-line")));
  /** @type {((seconds: number) => void)[]} */
  const listeners = [];

  const show = () => {
    const now = Math.min(audio.currentTime, length);
    colour(length ? now / length : 0);
    // A slip tells how long it is until it is played.
    if (passed && (now || root.classList.contains("player"))) passed.textContent = clock(now);
    listeners.forEach((listener) => listener(now));
  };
  const turn = () => {
    const playing = !audio.paused;
    button.toggleAttribute("data-playing", playing);
    button.setAttribute("aria-label", (playing ? button.dataset.pause : button.dataset.play) ?? "");
    button.querySelector("use")?.setAttribute("href", playing ? "#pause" : "#play");
  };
  let failed = false;
  const complain = () => {
    failed = true;
    audio.pause();
    turn();
    if (trouble) trouble.hidden = false;
  };
  const play = () => {
    if (failed) {
      // Fetch again only when asked: whoever has pressed play once is given no "preload=none" any
      // more, so loading at the failure itself would fail, and load, without end.
      failed = false;
      const reached = audio.currentTime;
      audio.load();
      audio.currentTime = reached;
    }
    if (trouble) trouble.hidden = true;
    // AbortError only says that pause was pressed before the first sound came.
    audio.play().catch((error) => error.name === "AbortError" || complain());
  };

  audio.addEventListener("play", () => {
    if (sounding !== audio) sounding?.pause();
    sounding = audio;
  });
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, turn);
  audio.addEventListener("error", complain);
  // Where no source can be fetched, each of them says so and the player does not. Chromium now and
  // then gives up after the first: then it has no source either.
  const sources = root.querySelectorAll("audio source");
  sources.forEach((source, number) => source.addEventListener("error", () => {
    const last = number === sources.length - 1;
    if (last || audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) complain();
  }));
  for (const event of ["timeupdate", "seeking"]) audio.addEventListener(event, show);
  button.addEventListener("click", () => (audio.paused ? play() : audio.pause()));

  audio.removeAttribute("controls");
  find("a.play")?.remove();
  root.classList.toggle("player-ready", root.classList.contains("player"));
  root.querySelectorAll("[data-scripted]").forEach((part) => part.removeAttribute("hidden"));
  return {
    audio,
    play,
    seek: (seconds) => {
      audio.currentTime = Math.min(Math.max(seconds, 0), length);
      show();
    },
    follow: (listener) => listeners.push(listener),
  };
}

/** Bar, jumps and speed. @param {HTMLElement} root @param {Player} player */
function addControls(root, player) {
  const bar = /** @type {HTMLInputElement} */ (root.querySelector("input[type=range]"));
  const speed = /** @type {HTMLButtonElement} */ (root.querySelector("[data-speed]"));
  const whole = clock(Number(root.dataset.lengthMs) / 1000);
  bar.addEventListener("input", () => player.seek(Number(bar.value)));
  player.follow((seconds) => {
    bar.value = String(seconds);
    bar.setAttribute("aria-valuetext", `${clock(seconds)} / ${whole}`);
  });
  for (const jump of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-jump]"))) {
    jump.addEventListener("click", () =>
      player.seek(player.audio.currentTime + Number(jump.dataset.jump)));
  }
  speed.addEventListener("click", () => {
    const next = RATES[(RATES.indexOf(player.audio.playbackRate) + 1) % RATES.length];
    player.audio.playbackRate = next;
    speed.textContent = `${speed.dataset.speed} ${next.toLocaleString("vi")}×`;
  });
}

/** Light up the spoken sentence; a click on a sentence or a time plays from there. @param {HTMLElement} words @param {Player} player */
function followWords(words, player) {
  const sentences = /** @type {HTMLElement[]} */ ([...words.querySelectorAll("[data-at]")]);
  const starts = sentences.map((sentence) => Number(sentence.dataset.at) / 1000);
  /** @type {HTMLElement | undefined} */
  let lit;
  player.follow((seconds) => {
    const next = starts.findIndex((start) => start > seconds + EARLY_S);
    const now = seconds > 0 ? sentences[(next < 0 ? starts.length : next) - 1] : undefined;
    if (now === lit) return;
    lit?.classList.remove("now");
    now?.classList.add("now");
    lit = now;
  });
  words.classList.add("words-live");
  words.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const link = target.closest("a[href^='#t=']");
    const sentence = target.closest("[data-at]");
    if (link) {
      event.preventDefault();
      history.replaceState(null, "", link.getAttribute("href"));
      goToAddress(player);
    } else if (sentence && getSelection()?.isCollapsed !== false) {
      player.seek(Number(/** @type {HTMLElement} */ (sentence).dataset.at) / 1000);
    } else return;
    player.play();
  });
}

/** The moment named in the address (#t=73) becomes the place to play from. @param {Player} player */
function goToAddress(player) {
  const moment = /^#t=(\d+)$/.exec(location.hash);
  if (moment) player.seek(Number(moment[1]));
}

for (const root of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-player]"))) {
  const player = attach(root);
  if (!root.classList.contains("player")) continue;
  addControls(root, player);
  const words = /** @type {HTMLElement | null} */ (document.querySelector(".words"));
  if (words) followWords(words, player);
  addEventListener("hashchange", () => goToAddress(player));
  goToAddress(player);
}
