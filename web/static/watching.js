/** Watching what moves by itself: asks again and again, less often while nobody looks. */

import { ask } from "./asking.js";

const EVERY_MS = 2000;
const UNSEEN_MS = 15000;

/**
 * Ask `url()` until `shown` says that there is nothing more to wait for.
 * @param {() => string} url
 * @param {(answer: any) => boolean} shown takes each answer; false ends the watch
 * @param {() => number} [everyMs] how long to wait while somebody looks
 */
export function watch(url, shown, everyMs = () => EVERY_MS) {
  const next = () => {
    const wait = document.visibilityState === "visible" ? everyMs() : UNSEEN_MS;
    setTimeout(once, wait);
  };
  const once = async () => {
    let goOn = true;
    try {
      goOn = shown(await ask(url()));
    } catch (error) {
      // The server may be starting again. Only a session that has ended makes asking useless.
      goOn = /** @type {any} */ (error).status !== 401;
    }
    if (goOn) next();
  };
  next();
}
