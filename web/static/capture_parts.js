/** The numbered chunks of a capture: those of a file that lies there whole, or of a recording. */

import { chunkSizes, saveChunk, savedChunk } from "./capture_store.js";

const LARGEST_BYTES = 4 * 1024 * 1024; // of a chunk of a recording; the server takes up to 8 MiB

/** @typedef {import("./capture_store.js").Chunk} Chunk */

/** A file, cut as the server says. Its bytes are read when their turn comes. */
export class FileParts {
  /**
   * @param {Blob} file
   * @param {number} chunkBytes
   */
  constructor(file, chunkBytes) {
    this.file = file;
    this.chunkBytes = chunkBytes;
    this.count = Math.ceil(file.size / chunkBytes);
    this.totalBytes = file.size;
    this.unsaved = false;
    this.storing = Promise.resolve();
  }

  /** @param {number} number */
  sizeOf(number) {
    return Math.min(this.chunkBytes, this.totalBytes - number * this.chunkBytes);
  }

  forget() {} // nothing of a file is held

  reach() {} // it is as long as it is

  exceeds() {
    return false; // a file is finished whole, and the person has it
  }

  /**
   * @param {number} number
   * @returns {Promise<Chunk>} rejects once the file has changed or its disk is gone
   */
  async read(number) {
    const begin = number * this.chunkBytes;
    const piece = this.file.slice(begin, begin + this.sizeOf(number));
    return { bytes: await piece.arrayBuffer(), soundMs: 0 };
  }
}

/** A recording that grows: kept in the browser's database until the server has all of it. */
export class RecordedParts {
  /** @param {import("./capture_store.js").CaptureRecord} record */
  constructor(record) {
    this.record = record;
    /** @type {Map<number, number>} */
    this.sizes = new Map();
    /** @type {Map<number, Promise<Chunk>>} chunks that are not in the database, or not yet */
    this.held = new Map();
    this.count = 0;
    this.totalBytes = 0;
    this.unsaved = false; // whether something is in this page's memory alone
    this.storing = Promise.resolve();
  }

  /** Take over what an earlier page stored. */
  async restore() {
    this.sizes = await chunkSizes(this.record.key);
    this.count = Math.max(-1, ...this.sizes.keys()) + 1;
    this.totalBytes = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /**
   * Number the bytes and store them. Numbers are given in the order of the calls.
   * @param {Blob} blob
   * @param {number} soundMs
   * @returns {Promise<void>} once they are on the disk, or in memory alone (`unsaved`)
   */
  async add(blob, soundMs) {
    const waits = [];
    for (let begin = 0; begin < blob.size; begin += LARGEST_BYTES) {
      const piece = blob.slice(begin, begin + LARGEST_BYTES);
      const number = this.count++;
      this.sizes.set(number, piece.size);
      this.totalBytes += piece.size;
      const share = Math.round((soundMs * piece.size) / blob.size);
      const chunk = piece.arrayBuffer().then((bytes) => ({ bytes, soundMs: share }));
      this.held.set(number, chunk);
      // One after another: what a crash leaves is then a beginning without holes.
      this.storing = this.storing.then(() => this.store(number, chunk));
      waits.push(this.storing);
    }
    await Promise.all(waits);
  }

  /**
   * @param {number} number
   * @param {Promise<Chunk>} chunk
   */
  async store(number, chunk) {
    try {
      await saveChunk(this.record, number, await chunk);
      this.held.delete(number);
    } catch {
      this.unsaved = true; // it stays in memory, and goes to the server from there
    }
  }

  /**
   * Number on from there: the server has chunks that are gone here.
   * @param {number} count
   */
  reach(count) {
    this.count = Math.max(this.count, count);
  }

  /**
   * Whether something is here that the server does not have and has no place for any more.
   * @param {import("./capture_calls.js").ServerCapture} seen finished or discarded, its chunks gone
   */
  exceeds(seen) {
    if (seen.state === "discarded") return this.totalBytes > 0;
    const length = seen.missing.reduce((sum, [first, last]) => sum + last - first + 1, seen.chunks);
    if (this.totalBytes > seen.received_bytes || this.count > length) return true;
    return seen.missing.some(([first, last]) => {
      return [...this.sizes.keys()].some((number) => first <= number && number <= last);
    });
  }

  /** The server has it. @param {number} number */
  forget(number) {
    this.held.delete(number);
    if (!this.held.size) this.unsaved = false;
  }

  /** @param {number} number */
  sizeOf(number) {
    return this.sizes.get(number) || 0;
  }

  /**
   * @param {number} number
   * @returns {Promise<Chunk>}
   */
  async read(number) {
    const held = await this.held.get(number);
    const chunk = held || (await savedChunk(this.record.key, number));
    if (!chunk) throw new DOMException(`chunk ${number} is not stored`, "NotReadableError");
    return chunk;
  }
}
