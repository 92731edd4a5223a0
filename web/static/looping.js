/** One line heard again and again, until the button is pressed once more. */

/**
 * @param {HTMLElement} desk
 * @param {import("./lines.js").Lines} lines
 * @param {import("./player.js").Player} player
 * @param {() => import("./lines.js").Line | null | undefined} openLine the one that is being edited
 */
export function startLooping(desk, lines, player, openLine) {
  const button = /** @type {HTMLElement | null} */ (desk.querySelector("[data-loop]"));
  if (!button) return;
  const { audio } = player;
  /** @type {import("./lines.js").Line | null} */
  let looped = null;
  const set = (/** @type {import("./lines.js").Line | null} */ line) => {
    looped = line;
    button.setAttribute("aria-pressed", String(line !== null));
  };
  const begin = (/** @type {import("./lines.js").Line} */ line) => {
    set(line);
    player.hear(line.startMs / 1000);
  };
  const step = () => {
    if (!looped) return;
    const open = openLine();
    // Whoever goes on to another line wants to hear that one.
    if (open && open.id !== looped.id) set(open);
    const now = audio.currentTime * 1000;
    if (now >= looped.endMs || now < looped.startMs - 500) player.goTo(looped.startMs / 1000);
    if (!audio.paused) requestAnimationFrame(step);
  };
  audio.addEventListener("play", step);
  button.addEventListener("click", () => {
    if (looped) return set(null);
    const line = openLine() || lines.at(audio.currentTime * 1000) || lines.all[0];
    if (line) begin(line);
  });
}
