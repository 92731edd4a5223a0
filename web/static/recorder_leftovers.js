/** Recordings that an earlier visit left behind: sent as they are, gone on with, or given up. */

import { saveAsFile } from "./capture_rescue.js";
import { problemInWords } from "./capture_fates.js";
import { CaptureSender } from "./capture_sending.js";
import { removeCapture } from "./capture_store.js";
import { dropNote, readNote } from "./recorder_notes.js";
import { canFollow } from "./recorder_sound.js";
import { clock } from "./recorder_view.js";

const MEET_MS = 4000; // how long going on waits for the server to say what it has

/** @param {import("./recorder_control.js").Recorder} recorder */
export async function showLeftovers(recorder) {
  for (const left of await CaptureSender.unfinished("recorder")) {
    // Swept away on the server as never begun: what is here may still be all of it.
    const isEmpty = left.seen?.state === "discarded" && !left.localBytes;
    if (isEmpty) await new CaptureSender(left.record).discard();
    else new Leftover(recorder, left).show();
  }
}

/** One of them, with its slip on the page. */
class Leftover {
  /**
   * @param {import("./recorder_control.js").Recorder} recorder
   * @param {import("./capture_left.js").Left} left
   */
  constructor(recorder, left) {
    this.recorder = recorder;
    this.words = recorder.words;
    this.record = left.record;
    this.note = readNote(left.record.key);
    /** @type {CaptureSender | null} */
    this.sender = null;
    this.isSure = false; // whether it was asked for twice to be given up
    this.seen = left.seen;
    // The server has ended it by itself, and made an announcement of what had come.
    this.isClosed = left.seen?.state === "finished";
    this.hasMore = left.localBytes > (left.seen?.received_bytes ?? 0);
    const template = /** @type {HTMLTemplateElement} */ (
      document.querySelector("template[data-leftover]")
    );
    const slip = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    this.slip = /** @type {HTMLElement} */ (slip.firstElementChild);
  }

  /** @param {string} name @returns {any} */
  part(name) {
    return this.slip.querySelector(`[data-leftover-${name}]`);
  }

  show() {
    const { record, words } = this;
    const time = new Date(record.startedAt).toLocaleString(document.documentElement.lang, {
      hour: "2-digit",
      minute: "2-digit",
      day: "2-digit",
      month: "2-digit",
      year: "numeric",
    });
    const name = words("leftover", { time });
    this.part("title").textContent = record.title ? `${name}: ${record.title}` : name;
    this.part("about").textContent = this.about();
    if (this.isClosed && this.seen?.url) {
      this.part("link").hidden = false;
      this.part("link").href = this.seen.url;
      this.part("send-word").textContent = words("leftover_whole");
    }
    this.part("go-on").hidden = !canFollow(record.mediaType);
    this.part("send").addEventListener("click", () => this.send());
    this.part("go-on").addEventListener("click", () => this.goOn());
    this.part("drop").addEventListener("click", () => this.drop());
    this.part("save").addEventListener("click", () => this.save());
    document.querySelector("[data-leftovers]")?.append(this.slip);
    // What was ended wants no more than to be sent. Where the server ended it and something is
    // left here, the person decides: sending it makes a second, longer announcement.
    if (record.ended || (this.isClosed && !this.hasMore)) this.send();
  }

  about() {
    const { elapsedMs } = this.note;
    if (this.isClosed) return this.words("leftover_closed");
    if (!elapsedMs) return this.words("leftover_unknown");
    return this.words("leftover_about", { length: clock(elapsedMs) });
  }

  /** @returns {Promise<CaptureSender>} */
  async open() {
    if (!this.sender) {
      this.sender = new CaptureSender(this.record);
      await this.sender.restore();
    }
    return this.sender;
  }

  /** @param {string} text */
  say(text) {
    const place = this.part("state");
    if (place.textContent !== text) place.textContent = text;
  }

  async send() {
    this.part("send").disabled = true;
    for (const name of ["go-on", "drop", "about"]) this.part(name).hidden = true;
    const sender = await this.open();
    sender.onchange = (state) => this.showSending(state);
    if (sender.state.phase === "failed") sender.retry();
    const state = await sender.finish();
    if (state.phase !== "finished") return this.failed();
    dropNote(this.record.key);
    const link = document.createElement("a");
    link.href = state.receipt.url;
    link.textContent = this.words("open");
    this.part("acts").remove();
    this.part("state").replaceChildren(this.words("leftover_received"), " ", link);
  }

  /** @param {import("./capture_state.js").State} state */
  showSending(state) {
    if (state.phase === "finished") return;
    const size = Math.ceil(state.waitingBytes / 1024);
    const why = problemInWords(state.problem, this.words);
    this.say(why || this.words("leftover_sending", { size: `${size} kB` }));
  }

  failed() {
    this.part("send").disabled = false;
    for (const name of ["drop", "save"]) this.part(name).hidden = false;
  }

  async goOn() {
    const button = this.part("go-on");
    if (this.recorder.busy || button.disabled) return;
    button.disabled = true;
    const sender = await this.open();
    sender.start();
    // The server may have a second that this browser lost: numbers go on after its last one.
    const end = performance.now() + MEET_MS;
    while (!sender.known && !sender.end && performance.now() < end) {
      await new Promise((next) => setTimeout(next, 50));
    }
    if (this.recorder.busy) {
      button.disabled = false; // another one was begun meanwhile
    } else if (!sender.known || ["finished", "discarded"].includes(sender.end)) {
      await this.beginApart();
      button.disabled = false;
    } else {
      this.slip.remove();
      this.recorder.form.fill(this.record);
      await this.recorder.goOn(sender, { ...this.note, marks: this.record.bookmarks });
    }
  }

  /**
   * Begin another recording instead, and let this one be sent as it is: nothing can be added to
   * it, or nobody knows which numbers are free. New sound under a number that the server has
   * already would count as received.
   */
  async beginApart() {
    this.recorder.form.fill(this.record);
    await this.recorder.start(this.words("leftover_apart"));
    if (this.recorder.busy) await this.send();
  }

  async drop() {
    const button = this.part("drop");
    if (!this.isSure) {
      this.isSure = true;
      button.textContent = this.words("leftover_sure");
      return;
    }
    this.slip.remove();
    dropNote(this.record.key);
    // What the server ended stays there; only a second try with all of it may be given up there.
    const isRenewed = (this.sender?.record.renewed ?? 0) > (this.record.renewed ?? 0);
    if (this.isClosed && !isRenewed) await removeCapture(this.record.key).catch(() => {});
    else await (await this.open()).discard();
  }

  async save() {
    if (!(await saveAsFile(await this.open()))) this.say(this.words("problem_parts_lost"));
  }
}
