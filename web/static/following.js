/** Sound and text together: the word that is heard, the word that is pressed, and typing. */

const TYPING_MS = 1000; // of typing while the sound runs, before it is paused
const QUIET_MS = 1500; // of no typing, before it goes on
const BACK_S = 2; // heard again when it goes on

/**
 * @param {import("./lines.js").Lines} lines
 * @param {import("./player.js").Player} player
 */
export function followWords(lines, player) {
  const { audio } = player;
  const mark = "highlights" in CSS ? new Highlight() : null;
  if (mark) CSS.highlights.set("spoken", mark);
  /** @type {import("./lines.js").Line | undefined} */
  let line;
  let word = -1;
  const show = () => {
    const now = audio.currentTime * 1000;
    const here = line && now >= line.startMs && now < line.endMs ? line : lines.at(now);
    if (here !== line) {
      line?.item.classList.remove("spoken-line");
      here?.item.classList.add("spoken-line");
      line = here;
      word = -1;
      mark?.clear();
    }
    const at = line ? line.wordAt(now) : -1;
    if (at !== word) {
      word = at;
      mark?.clear();
      const range = at < 0 ? null : line?.rangeOf(at);
      if (range) mark?.add(range);
    }
    if (!audio.paused) requestAnimationFrame(show);
  };
  // `timeupdate` comes four times a second: words are shorter than that.
  audio.addEventListener("play", () => requestAnimationFrame(show));
  for (const event of ["seeked", "pause", "timeupdate"]) audio.addEventListener(event, show);
}

/**
 * The sound waits while somebody types, and then goes on a little earlier.
 * @param {import("./field.js").Field} field
 * @param {import("./player.js").Player} player
 * @param {() => boolean} wanted
 */
export function pauseWhileTyping(field, player, wanted) {
  const { audio } = player;
  let begun = 0; // 0: nobody has typed since the sound began
  let last = 0;
  let timer = 0;
  let paused = false; // by us, not by the person
  audio.addEventListener("play", () => {
    paused = false;
    begun = 0;
  });
  field.element.addEventListener("input", () => {
    const now = performance.now();
    if (!begun || now - last > QUIET_MS) begun = now;
    last = now;
    if (!wanted()) return;
    if (!audio.paused && now - begun >= TYPING_MS) {
      player.pause();
      paused = true;
    }
    clearTimeout(timer);
    if (paused) timer = setTimeout(() => paused && audio.paused && player.toggle(BACK_S), QUIET_MS);
  });
}
