/** What the server is asked about captures: one function for each call. All of them may be repeated. */

import { ask, formToken, refusal } from "./asking.js";

const CAPTURES = "/api/v1/captures";
// A connection that says nothing for so long is taken for dead. Shorter than people's patience,
// longer than a slow disk.
const SILENCE_MS = 45000;
const FINISH_SILENCE_MS = 10 * 60 * 1000; // the server joins, sums up and listens into the file

/**
 * @typedef {object} ServerCapture
 * @property {string} id
 * @property {string} key as it was given by `openCapture`
 * @property {string} unit its id
 * @property {"recorder" | "upload" | "line"} kind
 * @property {"open" | "finished" | "failed" | "discarded"} state
 * @property {string} file_name
 * @property {number | null} size_bytes
 * @property {number} received_bytes of all chunks that came, also after they were joined
 * @property {number} chunks how many came
 * @property {[number, number][]} missing numbers it was finished without
 * @property {number} chunk_bytes
 * @property {[number, number][]} received first and last number of each run of chunks
 * @property {string} title
 * @property {string} priority normal, priority or urgent
 * @property {string | null} announcement its id
 * @property {string | null} url of the announcement's page
 * @property {{ code: string, sentence: string } | null} failure
 * @property {any} receipt once it is finished, as `finishCapture` gives it
 */

/**
 * @param {import("./capture_store.js").CaptureRecord} record
 * @returns {string} the key by which the server knows it
 */
export function keyThere(record) {
  return record.renewed ? `${record.key}.${record.renewed}` : record.key; // 0 or none: as it began
}

/**
 * @param {import("./capture_store.js").CaptureRecord} record
 * @returns {Promise<ServerCapture>} a new one, or the one of this key
 */
export function openCapture(record) {
  return call("", "POST", {
    key: keyThere(record),
    unit: record.unit,
    kind: record.kind,
    file_name: record.fileName,
    media_type: record.mediaType,
    size_bytes: record.sizeBytes,
    title: record.title,
    broadcast_at: record.broadcastAt,
    priority: record.priority,
  });
}

/**
 * @param {string} id
 * @returns {Promise<ServerCapture>}
 */
export function readCapture(id) {
  return call(`/${id}`, "GET");
}

/** @returns {Promise<ServerCapture[]>} this person's, still under way */
export async function openCaptures() {
  return (await call("?state=open", "GET")).captures;
}

/**
 * @param {string} id
 * @param {{ title?: string, broadcast_at?: string, priority?: string, bookmarks?: number[], alive?: true }} changes
 */
export function changeCapture(id, changes) {
  return call(`/${id}`, "PATCH", changes);
}

/**
 * Keep the approved script with the capture.
 * @param {string} id
 * @param {FormData} form `script_file` or `script_text`
 */
export function giveScript(id, form) {
  return call(`/${id}/script`, "POST", form);
}

/**
 * @param {string} id
 * @param {{ chunks?: number, sha256?: string, partial?: true }} end how many there are, the sum of
 *   the whole where it is known; or to be made of what there is
 * @returns {Promise<any>} the receipt
 */
export function finishCapture(id, end) {
  return call(`/${id}/finish`, "POST", end, FINISH_SILENCE_MS);
}

/** @param {string} id */
export function discardCapture(id) {
  return call(`/${id}`, "DELETE");
}

/**
 * Send one chunk. fetch cannot say how much has gone out; XMLHttpRequest can.
 * @param {string} id
 * @param {number} number
 * @param {import("./capture_store.js").Chunk} chunk
 * @param {string} sha256
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} onprogress
 * @returns {Promise<void>}
 */
export function sendChunk(id, number, chunk, sha256, signal, onprogress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let timer = setTimeout(abort, SILENCE_MS);
    request.open("PUT", `${CAPTURES}/${id}/chunks/${number}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", formToken());
    request.setRequestHeader("X-Chunk-Sha256", sha256);
    if (chunk.soundMs) request.setRequestHeader("X-Chunk-Milliseconds", String(chunk.soundMs));
    request.upload.addEventListener("progress", (event) => {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE_MS);
      onprogress(event.loaded);
    });
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (request.status >= 200 && request.status < 300) return resolve();
      reject(refusal(request.status, parse(request.responseText), request.getResponseHeader("Retry-After")));
    });
    signal.addEventListener("abort", abort);
    if (signal.aborted) reject(refusal(0, {}));
    else request.send(chunk.bytes);
  });
}

/**
 * @param {string} path
 * @param {string} method
 * @param {object} [body]
 * @param {number} [silenceMs]
 * @returns {Promise<any>}
 */
async function call(path, method, body, silenceMs = SILENCE_MS) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), silenceMs);
  const isForm = body instanceof FormData;
  try {
    const answer = await ask(CAPTURES + path, {
      method,
      signal: patience.signal,
      headers: body && !isForm ? { "Content-Type": "application/json" } : {},
      body: !body || isForm ? body : JSON.stringify(body),
    });
    // An answer that breaks off in the middle is none.
    if (method !== "DELETE" && !Object.keys(answer).length) throw refusal(0, {});
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
