/**
 * SHA-256 of what is sent. The browser's own is used where there is one; over plain HTTP to another
 * machine of the house there is none, so the sum is then made here (FIPS 180-4).
 */

const SLICE_BYTES = 1024 * 1024;
const PRIMES = firstPrimes(64);
const FIRST_STATE = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

/** A sum that is fed piece by piece. */
export class Sha256 {
  constructor() {
    this.state = Int32Array.from(FIRST_STATE);
    this.schedule = new Int32Array(64);
    this.rest = new Uint8Array(64); // what does not fill a block yet
    this.restLength = 0;
    this.length = 0;
  }

  /** @param {Uint8Array} bytes */
  update(bytes) {
    this.length += bytes.length;
    let begin = 0;
    if (this.restLength) {
      begin = Math.min(64 - this.restLength, bytes.length);
      this.rest.set(bytes.subarray(0, begin), this.restLength);
      this.restLength += begin;
      if (this.restLength < 64) return;
      this.mix(view(this.rest), 0);
    }
    const whole = view(bytes);
    for (; begin + 64 <= bytes.length; begin += 64) this.mix(whole, begin);
    this.rest.set(bytes.subarray(begin));
    this.restLength = bytes.length - begin;
  }

  /** @returns {string} the sum in hexadecimal; nothing can be added after it */
  hex() {
    const bits = this.length * 8;
    const padding = new Uint8Array(Math.ceil((this.length + 9) / 64) * 64 - this.length);
    padding[0] = 0x80;
    const end = view(padding);
    end.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    end.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return [...this.state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /**
   * One block of 64 bytes.
   * @param {DataView} bytes
   * @param {number} begin
   */
  mix(bytes, begin) {
    const w = this.schedule;
    for (let t = 0; t < 16; t++) w[t] = bytes.getInt32(begin + t * 4);
    for (let t = 16; t < 64; t++) {
      const near = w[t - 2];
      const far = w[t - 15];
      const nearMixed = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
      const farMixed = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
      w[t] = (nearMixed + w[t - 7] + farMixed + w[t - 16]) | 0;
    }
    const state = this.state; // read one by one: taking it apart as a list costs half the speed
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let t = 0; t < 64; t++) {
      const chosen = (e & f) ^ (~e & g);
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + chosen + ROUNDS[t] + w[t]) | 0;
      const most = (a & b) ^ (a & c) ^ (b & c);
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + most) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

/**
 * @param {ArrayBuffer} bytes
 * @returns {Promise<string>} in hexadecimal
 */
export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) {
    const sum = new Sha256();
    sum.update(new Uint8Array(bytes));
    return sum.hex();
  }
  return inHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/**
 * The sum of something too large to be held in memory; lets the page breathe in between.
 * @param {Blob} blob
 * @param {() => boolean} goOn asked before each piece
 * @returns {Promise<string>} empty if it was stopped
 */
export async function sha256OfBlob(blob, goOn = () => true) {
  const sum = new Sha256();
  for (let begin = 0; begin < blob.size; begin += SLICE_BYTES) {
    if (!goOn()) return "";
    const piece = await blob.slice(begin, begin + SLICE_BYTES).arrayBuffer();
    sum.update(new Uint8Array(piece));
  }
  return sum.hex();
}

/** @param {Uint8Array} bytes */
function inHex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array} bytes */
function view(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * @param {number} word
 * @param {number} bits
 */
function turn(word, bits) {
  return (word >>> bits) | (word << (32 - bits));
}

/** The first 32 bits after the point, of which the standard makes its constants. @param {number} root */
function fraction(root) {
  return Math.floor((root % 1) * 2 ** 32) | 0;
}

/** @param {number} count */
function firstPrimes(count) {
  /** @type {number[]} */
  const found = [];
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime)) found.push(number);
  }
  return found;
}
