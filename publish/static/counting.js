// Tells the server that this announcement was opened, played or taken home: once each, and nothing
// else. No cookie, no number; silent where the browser asks not to be followed, or is offline.

const ITEM = /\/([0-9a-z]{12})\//;
const WANTED = navigator.doNotTrack !== "1"
  && !(/** @type {{ globalPrivacyControl?: boolean }} */ (navigator)).globalPrivacyControl;
/** @type {Set<string>} */
const told = new Set();

/** @param {string} kind @param {string} address  of the page or of a file beside it */
function tell(kind, address) {
  const item = ITEM.exec(new URL(address, location.href).pathname);
  const words = item && `${kind} ${item[1]}`;
  if (!words || told.has(words) || !WANTED || !navigator.sendBeacon) return;
  told.add(words);
  navigator.sendBeacon(new URL("../dem", import.meta.url), words);
}

tell("xem", location.href);
// Media events do not bubble, but they can be caught on the way down.
addEventListener("playing", (event) => {
  const audio = /** @type {HTMLAudioElement} */ (event.target);
  tell("nghe", audio.currentSrc || location.href);
}, true);
addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[download]");
  if (link) tell("tai", /** @type {HTMLAnchorElement} */ (link).href);
});
