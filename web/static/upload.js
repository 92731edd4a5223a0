/** The upload page: takes files, sends one after another, goes on with what an earlier page left. */

import { CaptureSender } from "./capture_sending.js";
import { removeCapture } from "./capture_store.js";
import { sha256 } from "./hashing.js";
import { Row } from "./upload_row.js";
import { wordsOf } from "./words.js";

const MIB = 1024 * 1024;
const LEFT_MS = 5000; // a server that does not answer keeps no chosen file waiting for longer

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.upload"));
const words = wordsOf(form);
const picker = /** @type {HTMLInputElement} */ (form.querySelector("#file"));
const drop = /** @type {HTMLElement} */ (form.querySelector("[data-drop]"));
const list = /** @type {HTMLElement} */ (form.querySelector("[data-files]"));
const note = /** @type {HTMLElement} */ (form.querySelector("[data-note]"));

/** @type {Row[]} */
const rows = [];
let sending = false;
let taking = Promise.resolve(); // done once the files chosen last stand in the list
/** @type {Row | null} the row whose file the person is looking for */
let wanted = null;

picker.required = false; // the list below counts, not the picker
picker.multiple = true; // a plain form sends one file
form.dataset.ready = "";
picker.addEventListener("change", async () => {
  await (taking = take(picker.files));
  picker.value = "";
});
picker.addEventListener("cancel", () => (wanted = null));
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  taking = take(event.dataTransfer?.files);
});
// A file dropped beside the box would replace the page, and with it what is being sent.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await taking;
  if (rows.some((row) => row.fresh)) sendFresh();
  else picker.click();
});
addEventListener("beforeunload", (event) => {
  if (rows.some((row) => row.busy)) event.preventDefault();
});
/** Until what was left is here, a file that goes on with it would look like a new one. */
const leftShown = new Promise((resolve) => {
  showLeft().finally(() => resolve(undefined));
  setTimeout(resolve, LEFT_MS);
});

async function showLeft() {
  for (const left of await CaptureSender.unfinished("upload")) {
    const { record, seen } = left;
    if (seen?.state === "discarded") {
      await removeCapture(record.key).catch(() => {});
      continue;
    }
    const row = addRow(record.fileName, record.sizeBytes || 0);
    row.left = left;
    give(row, new CaptureSender(record));
    // The answer that it is finished was lost with the page; now it is asked for again.
    if (seen?.state === "finished") row.sender?.start();
  }
}

/** @param {FileList | null | undefined} chosen */
async function take(chosen) {
  const looking = wanted;
  const files = [...(chosen || [])]; // the browser's own list empties itself meanwhile
  wanted = null;
  say("");
  await leftShown;
  for (const file of files) {
    const row = await rowLeftOf(file);
    if (row) goOn(row, file);
    else if (looking && files.length === 1) {
      looking.hint = words("not_same");
      looking.show();
    } else addFile(file);
  }
}

/** @param {File} file */
function addFile(file) {
  const row = addRow(file.name, file.size);
  const limit = Number(form.dataset.maxBytes);
  if (!file.size) row.refusal = words("empty");
  // Said before sending: a server that refuses in the middle looks like a broken network.
  if (file.size > limit) row.refusal = words("too_large", { limit: Math.floor(limit / MIB) });
  if (row.refusal) row.show();
  else give(row, senderOf(file));
}

/** @param {File} file */
function senderOf(file) {
  const sender = new CaptureSender({
    kind: "upload",
    fileName: file.name,
    mediaType: file.type,
    sizeBytes: file.size,
    lastModified: file.lastModified,
  });
  sender.addFile(file);
  return sender;
}

/**
 * @param {string} fileName
 * @param {number} sizeBytes
 */
function addRow(fileName, sizeBytes) {
  const row = new Row(fileName, sizeBytes, words, form.dataset.login || "");
  row.onact = (act) => acts[act](row);
  rows.push(row);
  list.append(row.item);
  return row;
}

/**
 * @param {Row} row
 * @param {CaptureSender} sender
 */
function give(row, sender) {
  row.sender = sender;
  sender.onchange = () => row.show();
  row.show();
}

/** @type {Record<import("./upload_row.js").Act, (row: Row) => void>} */
const acts = {
  pause: (row) => row.sender?.pause(),
  now: (row) => row.sender?.retry(),
  go_on: queue,
  again: queue,
  anew: (row) => {
    const { file, record } = /** @type {CaptureSender} */ (row.sender);
    row.sender?.discard();
    if (!file) return remove(row);
    row.left = null;
    const sender = senderOf(file);
    const { unit, title, broadcastAt, priority } = record;
    Object.assign(sender.record, { unit, title, broadcastAt, priority });
    if (!record.unit) Object.assign(sender.record, fields());
    give(row, sender);
    queue(row);
  },
  choose: (row) => {
    wanted = row;
    picker.click();
  },
  remove: (row) => {
    row.sender?.discard();
    remove(row);
  },
};

/** @param {Row} row */
function remove(row) {
  const place = rows.indexOf(row);
  rows.splice(place, 1);
  row.item.remove();
  const next = rows[place] || rows[place - 1];
  (next?.firstButton() || picker).focus();
}

/** Send what was chosen and not sent yet, with what the form says about it. */
async function sendFresh() {
  const fresh = rows.filter((row) => row.fresh);
  const script = scriptOf();
  if (fresh.length > 1 && script) return say(words("one_script")); // whose, only the person knows
  say("");
  // One title fits one file; several files get theirs later, from their text.
  const about = fields();
  if (fresh.length > 1) about.title = "";
  for (const row of fresh) {
    const sender = /** @type {CaptureSender} */ (row.sender);
    Object.assign(sender.record, about);
    if (script) sender.addScript(script);
    row.ready = true;
    row.show();
    await sender.save();
  }
  for (const field of form.querySelectorAll("#title, #script_file, #script_text")) {
    /** @type {HTMLInputElement} */ (field).value = ""; // the next recording has others
  }
  /** @type {HTMLSelectElement} */ (form.querySelector("#priority")).value = "normal";
  sendAll();
}

/** @param {Row} row */
function queue(row) {
  row.ready = true;
  row.show();
  sendAll();
}

/** One file after another: on a slow line the first is then there soonest. Urgent ones go first. */
async function sendAll() {
  if (sending) return;
  sending = true;
  let row;
  while ((row = rows.find((one) => one.ready && one.isUrgent) || rows.find((one) => one.ready))) {
    row.ready = false;
    row.sender?.retry();
    await row.sender?.settled();
  }
  sending = false;
}

/**
 * @param {Row} row
 * @param {File} file
 */
function goOn(row, file) {
  row.hint = "";
  row.sender?.addFile(file);
  queue(row);
}

/**
 * The row that waits for this file: the same name and length, and the same beginning as far as
 * that is known here. The server compares too, and the sum of the whole decides in the end.
 * @param {File} file
 * @returns {Promise<Row | undefined>}
 */
async function rowLeftOf(file) {
  for (const row of rows) {
    const sender = row.sender;
    if (!row.left || !sender || sender.file || sender.end) continue;
    const { record } = sender;
    const name = record.fileName.normalize("NFC");
    if (name !== file.name.normalize("NFC") || record.sizeBytes !== file.size) continue;
    if (record.firstSha256) {
      const first = await file.slice(0, record.chunkBytes).arrayBuffer();
      if ((await sha256(first)) === record.firstSha256) return row;
    } else if (!record.lastModified || record.lastModified === file.lastModified) return row;
  }
  return undefined;
}

function fields() {
  const values = new FormData(form);
  const value = (/** @type {string} */ name) => String(values.get(name) || "");
  const [unit, title, broadcastAt, priority] = ["unit", "title", "broadcast_at", "priority"].map(value);
  return { unit, title, broadcastAt, priority };
}

/** @returns {FormData | null} the approved script, if one was chosen or pasted */
function scriptOf() {
  const file = /** @type {HTMLInputElement | null} */ (form.querySelector("#script_file"))?.files?.[0];
  const area = /** @type {HTMLTextAreaElement | null} */ (form.querySelector("#script_text"));
  if (!file?.size && !area?.value.trim()) return null;
  const script = new FormData();
  if (file?.size) script.set("script_file", file, file.name);
  script.set("script_text", area?.value || "");
  return script;
}

/** @param {string} text */
function say(text) {
  note.textContent = text;
  note.hidden = !text;
}
