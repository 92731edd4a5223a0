/** How much of the window the bar on top keeps to itself: nothing is scrolled below that. */

const AIR_PX = 8;

/** @param {HTMLElement} desk */
export function keepInSight(desk) {
  const bars = /** @type {HTMLElement[]} */ ([...desk.querySelectorAll(".desk-bar, .desk-player")]);
  const measure = () => {
    // Which of the two stays depends on the window; one that makes no box has no height.
    const kept = bars.filter((bar) => getComputedStyle(bar).position === "sticky");
    const height = Math.max(0, ...kept.map((bar) => bar.offsetHeight));
    desk.style.setProperty("--kept", `${height + AIR_PX}px`);
  };
  const observer = new ResizeObserver(measure);
  bars.forEach((bar) => observer.observe(bar));
  addEventListener("resize", measure);
}
