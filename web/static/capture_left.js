/** What earlier pages left unfinished: the browser's own records beside what the server says. */

import { personOfPage } from "./asking.js";
import { discardCapture, keyThere, openCapture, openCaptures, readCapture } from "./capture_calls.js";
import { chunkSizes, removeCapture, savedCaptures } from "./capture_store.js";

const LOCK = "loa-capture-";
const LETTING_GO_MS = 300; // a page that was reloaded may hold its captures a moment longer

/**
 * @typedef {import("./capture_store.js").CaptureRecord} CaptureRecord
 * @typedef {import("./capture_calls.js").ServerCapture} ServerCapture
 *
 * @typedef {object} Left
 * @property {CaptureRecord} record to make a `CaptureSender` of
 * @property {ServerCapture | null} seen what the server says; null where it knows nothing of it,
 *   or did not answer
 * @property {number} localBytes of a recording, kept in this browser
 */

/** @returns {CaptureRecord} */
export function newRecord() {
  return {
    key: newKey(),
    renewed: 0,
    id: "",
    asked: false,
    discarded: false,
    person: personOfPage(),
    unit: "",
    kind: "upload",
    fileName: "",
    mediaType: "",
    sizeBytes: null,
    lastModified: 0,
    chunkBytes: 0,
    firstSha256: "",
    title: "",
    broadcastAt: "",
    priority: "",
    bookmarks: [],
    startedAt: Date.now(),
    ended: false,
  };
}

/**
 * Mark a capture as being worked on by this page, until it is let go or the page is gone.
 * @param {string} key
 * @returns {() => void} lets it go
 */
export function hold(key) {
  let release = () => {};
  // Plain HTTP has no locks. Two pages may then send the same chunks, which does no harm.
  navigator.locks
    ?.request(LOCK + key, () => new Promise((resolve) => (release = () => resolve(undefined))))
    .catch(() => {});
  return () => release();
}

/**
 * This person's captures that no other page is working on, the oldest first. Recordings are those
 * of this browser alone; files are also those begun elsewhere, for they can be chosen again here.
 * @param {"recorder" | "upload"} kind
 * @returns {Promise<Left[]>}
 */
export async function unfinished(kind) {
  const all = await savedCaptures().catch(() => []);
  let busy = await heldElsewhere();
  if (all.some((record) => busy.has(record.key))) {
    await new Promise((resolve) => setTimeout(resolve, LETTING_GO_MS));
    busy = await heldElsewhere();
  }
  const mine = all.filter((record) => record.person === personOfPage() && !busy.has(record.key));
  const discards = mine.filter((record) => record.discarded).map(discardAgain);
  const open = await openCaptures().catch(() => null);
  const kept = mine.filter((record) => record.kind === kind && !record.discarded);
  const left = await Promise.all(kept.map((record) => describe(record, open)));
  await Promise.all(discards);
  const known = new Set(all.map((record) => record.key));
  const elsewhere = kind === "upload" ? (open ?? []).filter((seen) => seen.kind === "upload") : [];
  for (const seen of elsewhere) {
    if (known.has(seen.key) || busy.has(seen.key)) continue;
    left.push({ record: recordOf(seen), seen, localBytes: 0 });
  }
  return left;
}

/**
 * @param {CaptureRecord} record
 * @param {ServerCapture[] | null} open
 * @returns {Promise<Left>}
 */
async function describe(record, open) {
  const sizes = record.kind === "upload" ? [] : (await chunkSizes(record.key)).values();
  const localBytes = [...sizes].reduce((sum, size) => sum + size, 0);
  let seen = open?.find((one) => one.key === keyThere(record)) || null;
  // Not open any more: an answer that got lost may have said that it is finished.
  if (open && !seen && record.id) seen = await readCapture(record.id).catch(() => null);
  return { record, seen, localBytes };
}

/** @param {ServerCapture} seen */
function recordOf(seen) {
  return {
    ...newRecord(),
    key: seen.key,
    id: seen.id,
    asked: true,
    fileName: seen.file_name,
    sizeBytes: seen.size_bytes,
    chunkBytes: seen.chunk_bytes,
    unit: seen.unit,
    title: seen.title,
    priority: seen.priority,
  };
}

/**
 * Tell the server what it could not be told when the person gave the capture up.
 * @param {CaptureRecord} record
 */
async function discardAgain(record) {
  try {
    await discardCapture(record.id || (await openCapture(record)).id);
  } catch (error) {
    if (/** @type {any} */ (error).status !== 404) return;
  }
  await removeCapture(record.key).catch(() => {});
}

async function heldElsewhere() {
  const locks = await navigator.locks?.query();
  const names = (locks?.held || []).map((lock) => lock.name || "");
  return new Set(names.map((name) => name.slice(LOCK.length)));
}

/** Random, without crypto.randomUUID, which plain HTTP does not have. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
