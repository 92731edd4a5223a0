/** Which chunks of a capture the server has confirmed, and which are under way. */

/** @typedef {import("./capture_parts.js").FileParts | import("./capture_parts.js").RecordedParts} Parts */

export class Confirmed {
  constructor() {
    /** @type {Set<number>} */
    this.numbers = new Set();
    this.bytes = 0;
    this.low = 0; // every number below is confirmed
    /** @type {Map<number, number>} bytes gone out, by number */
    this.flying = new Map();
  }

  /** @returns {number} bytes that have gone out, half chunks included */
  get sentBytes() {
    return [...this.flying.values()].reduce((sum, bytes) => sum + bytes, this.bytes);
  }

  /**
   * Take over what the server says.
   * @param {[number, number][]} runs first and last numbers
   * @param {Parts} parts
   */
  learn(runs, parts) {
    this.numbers.clear();
    this.bytes = this.low = 0;
    for (const [first, last] of runs) {
      for (let number = first; number <= last; number++) this.add(number, parts);
      parts.reach(last + 1);
    }
  }

  /**
   * @param {number} number
   * @param {Parts} parts
   */
  add(number, parts) {
    if (this.numbers.has(number)) return;
    this.numbers.add(number);
    this.bytes += parts.sizeOf(number);
    parts.forget(number);
  }

  /**
   * @param {number} number
   * @param {Parts} parts
   */
  doubt(number, parts) {
    if (this.numbers.delete(number)) this.bytes -= parts.sizeOf(number);
    this.low = Math.min(this.low, number);
  }

  /**
   * @param {Parts} parts
   * @returns {number} the lowest number that is here, neither confirmed nor under way; -1 if none is
   */
  next(parts) {
    while (this.numbers.has(this.low)) this.low++;
    for (let number = this.low; number < parts.count; number++) {
      const free = !this.numbers.has(number) && !this.flying.has(number);
      if (free && parts.sizeOf(number)) return number;
    }
    return -1;
  }
}
