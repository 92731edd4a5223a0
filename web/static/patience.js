/** Growing pauses between tries, cut short when the network or the person comes back. */

const FIRST_MS = 1000;
const LONGEST_MS = 30000;

/** @type {Set<Patience>} */
const resting = new Set();
const nudgeAll = () => resting.forEach((patience) => patience.nudge());
addEventListener("online", nudgeAll);
addEventListener("focus", nudgeAll); // from the tab where the person signed in

export class Patience {
  constructor() {
    this.nextMs = FIRST_MS;
    this.until = 0; // ms since 1970; 0 while nothing is waited for
    /** End the pause that is running. */
    this.nudge = () => {};
  }

  /** What was tried has worked: the next pause is short again. */
  renew() {
    this.nextMs = FIRST_MS;
  }

  /** @param {number} [leastMs] */
  async rest(leastMs = 0) {
    const ms = Math.max(this.nextMs, leastMs);
    this.nextMs = Math.min(LONGEST_MS, this.nextMs * 2);
    this.until = Date.now() + ms;
    resting.add(this);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.nudge = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
    resting.delete(this);
    this.nudge = () => {};
    this.until = 0;
  }
}
