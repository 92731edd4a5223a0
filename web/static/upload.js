/** The upload page: picks or takes dropped files, sends one after another, shows how far it is. */

import { formToken, Refusal, refusal } from "./asking.js";
import { attachScript, clearScript, hasScript } from "./attaching.js";
import { wordsOf } from "./words.js";

const MIB = 1024 * 1024;

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.upload"));
const words = wordsOf(form);
const picker = /** @type {HTMLInputElement} */ (form.querySelector("#file"));
const drop = /** @type {HTMLElement} */ (form.querySelector("[data-drop]"));
const list = /** @type {HTMLElement} */ (form.querySelector("[data-files]"));

/**
 * @typedef {object} Waiting one file on the list
 * @property {File} file
 * @property {HTMLElement} item
 * @property {boolean} done received, known already, or refused for good
 */

/** @type {Waiting[]} */
const files = [];
let sending = false;

picker.required = false; // the list below counts, not the picker
picker.multiple = true; // a plain form sends one file
form.dataset.ready = "";
picker.addEventListener("change", () => {
  take(picker.files);
  picker.value = "";
});
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
  take(event.dataTransfer?.files);
});
// A file dropped beside the box would replace the page, and with it what is being sent.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!files.some((one) => !one.done)) picker.click();
  else sendAll();
});
addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});

/** @param {FileList | null | undefined} chosen */
function take(chosen) {
  for (const file of chosen || []) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name;
    const size = document.createElement("span");
    size.className = "soft figures";
    size.textContent = sizeInWords(file.size);
    const state = document.createElement("p");
    state.className = "file-state";
    state.setAttribute("role", "status");
    item.append(name, " ", size, state);
    list.append(item);
    const waiting = { file, item, done: false };
    files.push(waiting);
    const limit = Number(form.dataset.maxBytes);
    if (file.size > limit) {
      // Said before sending: a server that refuses in the middle looks like a broken network.
      refuse(waiting, words("too_large", { limit: Math.floor(limit / MIB) }));
    } else say(waiting, words("waiting"));
  }
}

async function sendAll() {
  if (sending) return;
  const waiting = files.filter((one) => !one.done);
  if (waiting.length > 1 && hasScript(form)) {
    // One script belongs to one recording; which one, only the person knows.
    for (const one of waiting) say(one, words("one_script"));
    return;
  }
  sending = true;
  for (const one of waiting) await send(one);
  sending = false;
}

/**
 * Send one file; always resolves, the list says how it went.
 * @param {Waiting} waiting
 * @returns {Promise<void>}
 */
function send(waiting) {
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", waiting.file.name);
  waiting.item.querySelector("progress")?.remove();
  waiting.item.append(bar);
  return new Promise((finish) => {
    // fetch cannot say how much has been sent; XMLHttpRequest can.
    const request = new XMLHttpRequest();
    request.open("POST", address(waiting.file));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", formToken());
    request.upload.addEventListener("progress", (event) => {
      bar.value = Math.floor((event.loaded * 100) / Math.max(1, event.total));
      if (event.loaded < event.total) say(waiting, words("sending", { percent: bar.value }));
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      say(waiting, words("checking"));
    });
    request.addEventListener("loadend", async () => {
      bar.remove();
      await answered(waiting, request);
      finish();
    });
    say(waiting, words("sending", { percent: 0 }));
    request.send(waiting.file);
  });
}

/**
 * @param {Waiting} waiting
 * @param {XMLHttpRequest} request
 */
async function answered(waiting, request) {
  const body = parse(request.responseText);
  if (request.status === 0) {
    say(waiting, words("broken"));
    waiting.item.classList.add("refused");
    waiting.item.append(againButton(waiting));
  } else if (request.status >= 400) {
    refuse(waiting, refusal(request.status, body).message || words("broken"));
  } else {
    waiting.done = true;
    waiting.item.classList.add("received");
    const told = words(body.duplicate_of ? "duplicate" : "received");
    say(waiting, body.duplicate_of ? told : `${told} ${await sendScript(waiting, body.script_url)}`);
    const link = document.createElement("a");
    link.href = body.url;
    link.textContent = words("open");
    waiting.item.querySelector(".file-state")?.append(" ", link);
  }
}

/**
 * Send the script after its recording; what became of it, in words.
 * @param {Waiting} waiting
 * @param {string} url
 * @returns {Promise<string>}
 */
async function sendScript(waiting, url) {
  if (!hasScript(form)) return "";
  say(waiting, words("script_waiting"));
  try {
    await attachScript(form, url);
    clearScript(form); // the next recording has another one
    return words("script_attached");
  } catch (error) {
    const why = (error instanceof Refusal && error.message) || words("broken");
    return `${words("script_refused")} ${why}`;
  }
}

/** @param {Waiting} waiting */
function againButton(waiting) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = words("again");
  button.addEventListener("click", () => {
    button.remove();
    waiting.item.classList.remove("refused");
    sendAll();
  });
  return button;
}

/**
 * @param {Waiting} waiting
 * @param {string} why
 */
function refuse(waiting, why) {
  waiting.done = true;
  waiting.item.classList.add("refused");
  say(waiting, why);
}

/**
 * @param {Waiting} waiting
 * @param {string} text
 */
function say(waiting, text) {
  const state = /** @type {HTMLElement} */ (waiting.item.querySelector(".file-state"));
  if (state.textContent !== text) state.textContent = text;
}

/** @param {File} file */
function address(file) {
  const fields = new FormData(form);
  const about = new URLSearchParams({ name: file.name });
  for (const name of ["unit", "broadcast_at"]) about.set(name, String(fields.get(name) || ""));
  // One title fits one file; several files get theirs later, from their text.
  if (files.length === 1) about.set("title", String(fields.get("title") || ""));
  return `${form.getAttribute("action") || location.pathname}?${about}`;
}

/** @param {number} bytes */
function sizeInWords(bytes) {
  if (bytes < MIB) return `${Math.ceil(bytes / 1024)} kB`;
  return `${(bytes / MIB).toLocaleString(lang(), { maximumFractionDigits: 1 })} MB`;
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function lang() {
  return document.documentElement.lang;
}
