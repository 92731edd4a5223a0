/** The page of one announcement: puts player, saving and watching together. */

import { startAsPublished } from "./as_published.js";
import { ask, Refusal } from "./asking.js";
import { Confirming } from "./confirming.js";
import { startDetails } from "./details.js";
import { startDecisions } from "./flags.js";
import { Finding } from "./finding.js";
import { placeOf } from "./field.js";
import { followWords, pauseWhileTyping } from "./following.js";
import { keepInSight } from "./in_sight.js";
import { startKeys } from "./keys.js";
import { Lines } from "./lines.js";
import { startLooping } from "./looping.js";
import { notice, startPlayer } from "./player.js";
import { startPresence } from "./presence.js";
import { startPreview } from "./preview.js";
import { startPublishHour } from "./publish_hour.js";
import { Rearranging } from "./rearranging.js";
import { startRemarks } from "./remarks.js";
import { Saving } from "./saving.js";
import { startSuggestions } from "./suggestions.js";
import { SuggestionKeys } from "./suggestion_keys.js";
import { Unsent } from "./unsent.js";
import { Versions } from "./versions.js";
import { watch } from "./watching.js";
import { wordsOf } from "./words.js";
import { WorkingTime } from "./working_time.js";

const desk = /** @type {HTMLElement} */ (document.querySelector("[data-desk]"));
const words = wordsOf(desk);
const script = /** @type {HTMLFormElement | null} */ (desk.querySelector("[data-script]"));
const saving = script && new Saving(desk, script, words);

const player = startPlayer(desk, words);
keepInSight(desk);
const rearranging = saving && new Rearranging(desk, saving, words);
const confirming = saving && new Confirming(desk, saving, player, words);
const finding = saving && new Finding(desk, saving, words);
const versions = saving && new Versions(desk, saving, words);
const suggesting = saving && new SuggestionKeys(desk, saving, player, words);
startKeys(desk, player, saving, rearranging, confirming, finding, versions, suggesting);
if (player) follow(player);
if (player) startAsPublished(desk, player);
startRemarks(desk);
startPreview(desk, saving, player, words);
startPublishHour(desk);
if (saving) startSuggestions(desk, saving, words);
if (saving) startDetails(desk, saving, words);
const unsent = new Unsent(desk, words);
startDecisions(desk, saving, unsent, words);
if (saving) startPresence(desk, saving, words);
if (saving) new WorkingTime(desk, saving, player);
script?.querySelector("[data-plain-save]")?.remove(); // text saves itself
for (const form of desk.querySelectorAll("[data-after-saving]")) {
  form.addEventListener("submit", sendAfterSaving);
}
if ("moving" in desk.dataset) watchState();
saving?.field.openReached();

/** @param {import("./player.js").Player} player */
function follow(player) {
  const list = /** @type {HTMLElement | null} */ (desk.querySelector(".lines"));
  if (!list) return;
  const lines = saving?.lines || new Lines(list);
  followWords(lines, player);
  startLooping(desk, lines, player, () => saving?.field.line);
  if (!saving) return hearWhereItIsPressed(lines, player);
  const wanted = /** @type {HTMLInputElement | null} */ (desk.querySelector("[data-typing-pause]"));
  pauseWhileTyping(saving.field, player, () => wanted?.checked ?? true);
  saving.field.onpressed = (line, at, event) => {
    const seconds = line.timeAt(at) / 1000;
    if (event.ctrlKey || event.metaKey) player.hear(seconds);
    else player.goTo(seconds);
    return !event.ctrlKey && !event.metaKey;
  };
}

/**
 * A text that is only read sounds from the word that is pressed.
 * @param {Lines} lines
 * @param {import("./player.js").Player} player
 */
function hearWhereItIsPressed(lines, player) {
  lines.list.addEventListener("click", (event) => {
    const shown = /** @type {Element} */ (event.target).closest("[data-text]");
    const line = shown && lines.of(shown);
    const at = line && placeOf(line.shown, event);
    if (line && at !== undefined) player.hear(line.timeAt(at) / 1000);
  });
}

/**
 * Save what is typed, then send the form with what this page knows of the text's version.
 * @param {Event} event
 */
async function sendAfterSaving(event) {
  if (!saving) return;
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  if ("approve" in form.dataset && unsent.hasDetails) return notice(desk, words("details_unsaved"));
  if (!(await saving.saveAll())) return notice(desk, words("unsaved_first"));
  if (form.elements.namedItem("version") && !saving.changedByOthers) {
    field(form, "version").value = String(saving.version);
  }
  if ("approve" in form.dataset && !(await takeDigest(form))) return;
  unsent.send(form, /** @type {SubmitEvent} */ (event).submitter);
}

/**
 * Name the text to be approved: what the server has now, provided that it is what is shown here.
 * @param {HTMLFormElement} form
 * @returns {Promise<boolean>}
 */
async function takeDigest(form) {
  try {
    const state = await ask(desk.dataset.stateUrl || "");
    if (saving?.changedByOthers || state.version !== saving?.version) {
      notice(desk, words("changed"));
      return false;
    }
    field(form, "digest").value = state.digest;
    return true;
  } catch (error) {
    notice(desk, (error instanceof Refusal && error.message) || words("no_answer"));
    return false;
  }
}

function watchState() {
  const shownState = desk.dataset.state;
  const url = () => `${desk.dataset.stateUrl}?tu=${desk.dataset.heard}`;
  watch(url, (answer) => {
    if (answer.state !== shownState || !answer.moving) {
      if (!saving?.dirty && !unsent.any) location.reload();
      return false;
    }
    showProgress(answer);
    return true;
  });
}

/** @param {{ percent: number | null, detail: string, segments?: { clock: string, text: string }[] }} answer */
function showProgress(answer) {
  const box = desk.querySelector("[data-working]");
  if (box) {
    /** @type {HTMLElement} */ (box.querySelector("[data-detail]")).textContent = answer.detail;
    const bar = /** @type {HTMLProgressElement} */ (box.querySelector("progress"));
    if (answer.percent !== null) bar.value = answer.percent;
  }
  const lines = desk.querySelector("[data-read]");
  for (const segment of (lines && answer.segments) || []) {
    const item = document.createElement("li");
    const moment = document.createElement("span");
    moment.className = "figures moment";
    moment.textContent = segment.clock;
    const text = document.createElement("p");
    text.lang = "vi";
    text.textContent = segment.text;
    item.append(moment, text);
    if (segment.text) lines?.append(item); // silence has none
    desk.dataset.heard = String(Number(desk.dataset.heard) + 1);
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
