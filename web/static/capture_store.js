/**
 * What must outlive this page: captures that are not on the server yet, in the browser's database.
 *
 * `captures` holds one record for each, by its key. `chunks` holds the bytes of recordings under
 * [key, number, size], so that the sizes of all chunks are known without reading their bytes. What
 * the server has is not written down here: the server is asked.
 */

import { BrowserDatabase } from "./browser_database.js";

const NAME = "loa-captures";
const VERSION = 1;

/**
 * @typedef {object} CaptureRecord
 * @property {string} key made here; the server knows the capture by it, see `keyThere`
 * @property {number} renewed how often the server had to be given it as another capture
 * @property {string} id the server's name for it; empty before the server has answered
 * @property {boolean} asked whether the server was told of it, answer or not
 * @property {boolean} discarded given up by the person; kept until the server knows
 * @property {string} person id of who began it
 * @property {string} unit id
 * @property {"recorder" | "upload"} kind
 * @property {string} fileName
 * @property {string} mediaType
 * @property {number | null} sizeBytes null while nobody knows how long a recording will be
 * @property {number} lastModified of the file, in ms; 0 for a recording
 * @property {number} chunkBytes of the file's chunks; 0 before the server has said
 * @property {string} firstSha256 of the file's first chunk; empty before it was read
 * @property {string} title
 * @property {string} broadcastAt as the form has it: 21/11/2026 05:30
 * @property {string} priority normal, priority or urgent; "" leaves it to the server
 * @property {number[]} bookmarks in ms
 * @property {number} startedAt ms since 1970
 * @property {boolean} ended whether nothing more will be added
 */

/**
 * @typedef {object} Chunk
 * @property {ArrayBuffer} bytes
 * @property {number} soundMs how long they sound; 0 where that is not known
 */

const database = new BrowserDatabase(NAME, VERSION, (made) => {
  made.createObjectStore("captures", { keyPath: "key" });
  made.createObjectStore("chunks");
});

/** @param {CaptureRecord} record */
export async function saveCapture(record) {
  await transact("readwrite", (captures) => captures.put(record));
}

/** @returns {Promise<CaptureRecord[]>} the oldest first */
export async function savedCaptures() {
  /** @type {CaptureRecord[]} */
  const records = await transact("readonly", (captures) => captures.getAll());
  return records.sort((one, other) => one.startedAt - other.startedAt);
}

/**
 * @param {string} key
 * @returns {Promise<CaptureRecord | undefined>}
 */
export function savedCapture(key) {
  return transact("readonly", (captures) => captures.get(key));
}

/**
 * Store one chunk; resolves once it is on the disk.
 * @param {CaptureRecord} record stored with it, so that no chunk is ever without its capture
 * @param {number} number
 * @param {Chunk} chunk
 */
export async function saveChunk(record, number, chunk) {
  await transact("readwrite", (captures, chunks) => {
    captures.put(record);
    return chunks.put(chunk, [record.key, number, chunk.bytes.byteLength]);
  });
}

/**
 * @param {string} key
 * @returns {Promise<Map<number, number>>} size in bytes by number
 */
export async function chunkSizes(key) {
  const keys = await transact("readonly", (_captures, chunks) => chunks.getAllKeys(allOf(key)));
  return new Map(keys.map((/** @type {any} */ [, number, size]) => [number, size]));
}

/**
 * @param {string} key
 * @param {number} number
 * @returns {Promise<Chunk | undefined>}
 */
export function savedChunk(key, number) {
  const range = IDBKeyRange.bound([key, number], [key, number, Infinity]);
  return transact("readonly", (_captures, chunks) => chunks.get(range));
}

/**
 * Forget a capture and its bytes: only once the server has all of it, or because a person says so.
 * @param {string} key
 */
export async function removeCapture(key) {
  await transact("readwrite", (captures, chunks) => {
    captures.delete(key);
    return chunks.delete(allOf(key));
  });
}

/** @param {string} key */
function allOf(key) {
  return IDBKeyRange.bound([key], [key, Infinity, Infinity]);
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(captures: IDBObjectStore, chunks: IDBObjectStore) => IDBRequest} work
 */
function transact(mode, work) {
  // "strict": past the disk's cache too. The default may lose the last seconds with the power.
  return database.transact(["captures", "chunks"], mode, "strict", work);
}
