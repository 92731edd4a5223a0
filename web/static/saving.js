/**
 * Saving the text of segments: one at a time, each under the version that it was read at.
 *
 * What is typed stays in its field until the server has it. Without an answer the save is tried
 * again; where somebody else was quicker both texts are shown and the person chooses.
 */

import { ask, newRequestKey, Refusal, renewToken } from "./asking.js";
import { Beside } from "./beside.js";
import { carry } from "./carrying.js";
import { Drafts } from "./drafts.js";
import { Field } from "./field.js";
import { Lines, inOneLine } from "./lines.js";
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
    /** @type {Promise<unknown> | null} what no save may begin before */
    this.held = null;
    this.savedAt = "";
    this.drafts = new Drafts();
    this.beside = new Beside(this);
    /** @type {string | undefined} who is signed in instead of this page's person; "" for nobody */
    this.away = undefined;
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
      for (const text of draft.earlier || []) {
        if (line) this.beside.earlier(line, text);
        else this.beside.orphan(draft.segment, text);
      }
      if (!line) {
        this.beside.orphan(draft.segment, draft.text);
      } else if (inOneLine(draft.text) === line.saved) {
        this.drafts.note(line); // it had been saved, only the answer was lost
      } else if (line.dirty || this.field.line === line) {
        this.beside.earlier(line, draft.text); // somebody is at work there already
      } else {
        found++;
        line.text = draft.text;
        line.attempt = draft.attempt || null; // what stands there now may be just that
        this.field.refresh(line);
        if (line.version !== draft.version && !line.attempt) this.beside.conflict(line, line.asRead);
      }
    }
    if (!found) return;
    this.saveAll();
    const told = this.desk.querySelector("[data-taken]");
    if (told) told.textContent = this.words("taken_up");
  }

  /**
   * A segment that is not there any more leaves the page; what was typed into it stays in sight.
   * @param {Line} line
   */
  takeOut(line) {
    this.changedByOthers = true;
    if (this.field.line === line) this.field.close();
    this.lines.replace([line.id], "");
    for (const text of [...(line.dirty ? [line.text] : []), ...line.earlier]) {
      this.beside.orphan(line.id, text).scrollIntoView({ block: "nearest" });
    }
    this.tell("line-renewed", {});
  }

  /**
   * Keep what was typed into lines while others were made of them: in the line that it belongs to
   * now, or else where the person can copy it.
   * @param {Line[]} old
   * @param {Line[]} made
   * @param {number} caret see `carry`
   * @returns {[Line, number] | null} where typing goes on
   */
  carryOver(old, made, caret) {
    for (const line of old) for (const text of line.earlier) this.beside.orphan(line.id, text);
    if (!old.some((line) => line.dirty)) return null;
    const carried = carry(old, made.map((line) => line.text), caret);
    if (!carried) {
      for (const line of old) if (line.dirty) this.beside.orphan(line.id, line.text);
      return null;
    }
    for (const line of old) {
      line.text = line.saved;
      this.drafts.note(line);
    }
    const line = made[carried.number];
    line.text = carried.text;
    this.field.refresh(line);
    this.drafts.note(line);
    this.typed();
    return [line, carried.caret];
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

  /**
   * Let no save begin before this is done: what it asks for may take segments away.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async hold(work) {
    const done = work();
    this.held = done.catch(() => {}).finally(() => (this.held = null));
    return done;
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
      const kept = this.drafts.kept || !this.beside.orphans;
      if (!this.dirty && kept) return;
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
    if (this.held) await this.held;
    if (this.away !== undefined && this.dirty && !(await this.isBack())) return this.later("failed");
    /** @type {Map<Line, Refusal>} what the server will not have as it is; the others go on */
    const refused = new Map();
    let line;
    while ((line = this.lines.all.find((one) => one.dirty && !one.conflict && !refused.has(one)))) {
      this.show("saving");
      try {
        await this.saveLine(line);
        this.retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // Without an answer it may have arrived; any refusal says that it did not count.
        if (error.status && error.status < 500) line.attempt = null;
        if (error.status === 412) this.beside.conflict(line, error.data);
        else if (error.lasting) refused.set(line, error);
        else return this.failed(error);
        if (error.code === "segment_unknown") this.takeOut(line);
      }
    }
    if (this.lines.all.some((one) => one.conflict)) this.show("conflict");
    else if (this.dirty) this.show("unsaved");
    else this.show(this.savedAt ? "saved" : "", { time: this.savedAt });
    const [refusal] = refused.values();
    const isGone = refusal?.code === "segment_unknown";
    if (refusal) notice(this.desk, isGone ? this.words("changed_first") : refusal.message);
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
      if (line.dirty) this.beside.conflict(line, line.asRead);
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
    if (error.signedOut) await this.isBack();
    // What the browser keeps is safe from everything that may happen to this page.
    return this.later(error.status === 0 && this.drafts.kept ? "waiting" : "failed");
  }

  /**
   * Try again in a while.
   * @param {string} shown meanwhile
   * @returns {false}
   */
  later(shown) {
    this.show(shown);
    this.timer = setTimeout(() => this.saveAll(), this.retryMs);
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    return false;
  }

  /**
   * Whether the session is that of this page's person. Nothing typed here is sent in the name of
   * somebody else who has signed in at this machine.
   */
  async isBack() {
    const person = await renewToken();
    if (person === this.drafts.person) {
      this.away = undefined;
      return true;
    }
    const known = person ?? (this.away || ""); // without an answer it is as it was
    if (known !== this.away) tellSignedOut(this.desk, this.words, known !== "");
    this.away = known;
    return false;
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
