/** Holding on: the screen stays lit, this page asks before it closes, no other tab takes the same. */

/** @type {WakeLockSentinel | null} */
let screenLock = null;
let wanted = false;

/**
 * Keep the screen lit, or let it go dark again. A phone that sleeps stops recording.
 * @param {boolean} on
 */
export async function keepAwake(on) {
  wanted = on;
  if (!on) {
    screenLock?.release().catch(() => {});
    screenLock = null;
    return;
  }
  // The browser lets go of the lock by itself whenever the page is hidden.
  if ((screenLock && !screenLock.released) || document.visibilityState !== "visible") return;
  screenLock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (!wanted) keepAwake(false);
}

document.addEventListener("visibilitychange", () => {
  if (wanted) keepAwake(true);
});

/**
 * Ask the person before the page is left, as long as `busy` says so.
 * @param {() => boolean} busy
 */
export function askBeforeLeaving(busy) {
  addEventListener("beforeunload", (event) => {
    if (busy()) event.preventDefault();
  });
}
