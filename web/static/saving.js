/**
 * Saving the text of segments: one at a time, each under the version that it was read at.
 *
 * What is typed stays in its field until the server has it. Without an answer the save is tried
 * again; where somebody else was quicker both texts are shown and the person chooses.
 */

import { ask, newRequestKey, Refusal, renewToken } from "./asking.js";
import { Drafts } from "./drafts.js";
import { Field } from "./field.js";
import { Lines, inOneLine } from "./lines.js";
import { otherText } from "./other_text.js";
import { notice } from "./player.js";
import { tellSignedOut } from "./signed_out.js";

const PAUSE_MS = 800; // of no typing, before a save
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30000;

/** @typedef {import("./lines.js").Line} Line */

export class Saving {
  /**
   * @param {HTMLElement} desk
   * @param {HTMLFormElement} form
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(desk, form, words) {
    this.desk = desk;
    this.words = words;
    this.lines = new Lines(/** @type {HTMLElement} */ (form.querySelector(".lines")));
    this.field = new Field(this.lines, desk.querySelector("[data-field-acts]"));
    this.status = /** @type {HTMLElement} */ (desk.querySelector("[data-saved]"));
    /** The announcement's version, as far as this page's own saves explain it. */
    this.version = Number(desk.dataset.version);
    /** Whether somebody else changed something since this page was read. */
    this.changedByOthers = false;
    this.retryMs = FIRST_RETRY_MS;
    this.timer = 0;
    /** @type {Promise<boolean> | null} */
    this.running = null;
    this.savedAt = "";
    this.drafts = new Drafts();
    /** @type {import("./working_time.js").WorkingTime | null} */
    this.time = null;
    this.listen(form);
    this.takeUp();
  }

  /** Go on with what an earlier page could not save. */
  async takeUp() {
    let found = 0;
    for (const draft of await this.drafts.left()) {
      const line = this.lines.byId.get(draft.segment);
      if (line?.dirty) continue; // typed here already
      if (!line) {
        this.showOrphan(draft);
      } else if (inOneLine(draft.text) === line.saved) {
        this.drafts.forget(draft.segment); // it had been saved, only the answer was lost
      } else {
        found++;
        line.text = draft.text;
        line.attempt = draft.attempt || null; // what stands there now may be just that
        this.field.refresh(line);
        if (line.version !== draft.version && !line.attempt) this.showConflict(line, theirsOf(line));
      }
    }
    if (!found) return;
    this.saveAll();
    const told = this.desk.querySelector("[data-taken]");
    if (told) told.textContent = this.words("taken_up");
  }

  /**
   * What was typed into a segment that is not there any more: shown, so that it can be put where it
   * belongs, until the person drops it.
   * @param {import("./drafts.js").Draft} draft
   */
  showOrphan(draft) {
    const drop = async (/** @type {HTMLElement} */ box) => {
      await this.drafts.forget(draft.segment);
      box.remove(); // gone from the page means gone
    };
    const box = otherText(this.words("orphan"), draft.text, { [this.words("drop")]: drop });
    this.lines.list.before(box);
  }

  /** Whether something typed is not on the server yet. */
  get dirty() {
    return this.lines.all.some((line) => line.dirty);
  }

  /**
   * Save everything that is not saved. True when nothing is left.
   * @returns {Promise<boolean>}
   */
  saveAll() {
    clearTimeout(this.timer);
    // One save after another: the versions that come back then form one chain, in which a gap
    // means that somebody else wrote.
    this.running ||= this.saveInTurn().finally(() => (this.running = null));
    return this.running;
  }

  /** @param {HTMLFormElement} form */
  listen(form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.saveAll();
    });
    this.field.ontyped = (line) => {
      this.drafts.note(line);
      this.typed();
    };
    this.field.onleft = (line) => {
      if (line.dirty) this.saveAll();
      else this.tell("line-left", { line });
    };
    addEventListener("online", () => this.dirty && this.saveAll());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.dirty) this.saveAll();
    });
    addEventListener("beforeunload", (event) => {
      if (!this.dirty) return;
      this.saveAll();
      event.preventDefault();
    });
  }

  typed() {
    if (!this.dirty) return this.show(this.savedAt ? "saved" : "", { time: this.savedAt });
    this.show("unsaved");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.saveAll(), PAUSE_MS);
  }

  async saveInTurn() {
    let line;
    while ((line = this.lines.all.find((one) => one.dirty && !one.conflict))) {
      this.show("saving");
      try {
        await this.saveLine(line);
        this.retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // Without an answer it may have arrived; any refusal says that it did not count.
        if (error.status && error.status < 500) line.attempt = null;
        if (error.status !== 412) return this.failed(error);
        this.showConflict(line, error.data);
      }
    }
    if (this.lines.all.some((one) => one.conflict)) this.show("conflict");
    else this.show(this.savedAt ? "saved" : "", { time: this.savedAt });
    return !this.dirty;
  }

  /**
   * Save a line's text; first of all what was sent before and not answered, under its own key: the
   * server says what became of it, even if somebody has changed the text since.
   * @param {Line} line
   */
  async saveLine(line) {
    line.attempt ||= { key: newRequestKey(), text: line.text, version: line.version };
    const { key, text, version } = line.attempt;
    this.drafts.note(line); // a page that is opened again asks under the same key
    const activeMs = this.time?.of(line) || 0;
    const answer = await ask(line.url, {
      method: "PATCH",
      headers: {
        "Content-Type": "application/json",
        "If-Match": `"${version}"`,
        "Idempotency-Key": key,
      },
      body: JSON.stringify({ text, active_ms: activeMs }),
      keepalive: text.length < 20000,
    });
    line.attempt = null;
    this.time?.told(line, activeMs);
    this.savedAt = answer.saved_at;
    // Only a save that made a version explains one, and not twice to a page read after it.
    this.follow(answer.announcement_version, answer.changed && answer.version > line.version ? 1 : 0);
    if (answer.version < line.version) {
      // It had arrived, and somebody has written over it since: this page was read after that.
      if (line.dirty) this.showConflict(line, theirsOf(line));
      return this.drafts.note(line);
    }
    // The stored form has single spaces; it is shown only when nobody is typing there.
    line.keep(text, answer.version);
    if (!line.dirty && !this.field.isTyping(line)) {
      line.keep(answer.text, answer.version);
      line.text = answer.text;
    }
    this.field.refresh(line);
    this.drafts.note(line);
    line.stale = true;
    this.tell("line-saved", { line, undecided: answer.undecided, kind: answer.kind });
  }

  /**
   * @param {string} name of the event for the other parts of the page
   * @param {object} detail
   */
  tell(name, detail) {
    this.desk.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /**
   * Show texts that the server changed because the person asked for it. What is being typed stays.
   * @param {{ id: string, version: number, text: string }[]} changes
   * @param {number} version of the announcement after them
   */
  takeOver(changes, version) {
    this.follow(version, changes.length);
    for (const change of changes) {
      const line = this.lines.byId.get(change.id);
      if (!line) continue;
      if (!line.dirty) line.text = change.text;
      line.keep(change.text, change.version);
      this.field.refresh(line);
      this.drafts.note(line);
    }
  }

  /**
   * @param {number} version of the announcement, after an act of ours
   * @param {number} made how many versions that act made
   */
  follow(version, made) {
    if (version > this.version + made) this.changedByOthers = true;
    this.version = version;
  }

  /** @param {Refusal} error */
  async failed(error) {
    const lasting = error.status >= 400 && error.status < 500 && error.status !== 429;
    const signedOut = error.status === 401 || error.code === "page_too_old";
    if (lasting && !signedOut) {
      this.show("unsaved");
      notice(this.desk, error.message);
      return false;
    }
    // What the browser keeps is safe from everything that may happen to this page.
    this.show(error.status === 0 && this.drafts.kept ? "waiting" : "failed");
    if (signedOut) {
      tellSignedOut(this.desk, this.words);
      await renewToken();
    }
    this.timer = setTimeout(() => this.saveAll(), this.retryMs);
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    return false;
  }

  /**
   * @param {Line} line
   * @param {Record<string, any>} theirs `current_version`, `current_text`
   */
  showConflict(line, theirs) {
    line.conflict = true;
    this.changedByOthers = true;
    line.item.querySelector(".theirs")?.remove();
    const choose = (/** @type {boolean} */ mine) => (/** @type {HTMLElement} */ box) => {
      line.keep(theirs.current_text, theirs.current_version);
      line.conflict = false;
      if (!mine) line.text = theirs.current_text;
      box.remove();
      this.field.refresh(line);
      this.drafts.note(line);
      this.field.open(line);
      this.typed();
      this.saveAll();
    };
    const box = otherText(this.words("theirs"), theirs.current_text, {
      [this.words("keep_mine")]: choose(true),
      [this.words("take_theirs")]: choose(false),
    });
    const open = this.field.line === line ? this.field.element : line.shown;
    open.after(box);
  }

  /**
   * @param {string} name
   * @param {Record<string, string>} [values]
   */
  show(name, values) {
    const told = name ? this.words(name, values) : "";
    // Written anew at each key, it would have the whole bar laid out and painted each time.
    if (told !== this.status.textContent || this.status.dataset.kind !== name) {
      this.status.textContent = told;
      this.status.dataset.kind = name;
    }
    if (name === "saved") notice(this.desk, "");
  }
}

/**
 * A line's text as the server had it when this page was read, for a person to choose.
 * @param {Line} line
 */
function theirsOf(line) {
  return { current_version: line.version, current_text: line.saved };
}
