/** What was typed and is not on the server yet, kept in the browser: a closed tab costs nothing. */

import { personOfPage } from "./asking.js";
import { BrowserDatabase } from "./browser_database.js";

/**
 * @typedef {object} Draft
 * @property {string} segment
 * @property {string} person whose it is; the next one at this machine never sees it
 * @property {string} page the address of the announcement
 * @property {number} version of the text that it was made from
 * @property {string} text
 * @property {import("./lines.js").Attempt | null} [attempt] of saving it, or an earlier text
 * @property {string[]} [earlier] texts that wait for the person's choice, see `Line`
 */

const database = new BrowserDatabase("loa-desk", 1, (made) => {
  const drafts = made.createObjectStore("drafts", { keyPath: ["person", "segment"] });
  drafts.createIndex("page", ["person", "page"]);
});

/** The drafts of one page. Where the browser keeps nothing, typing goes on without them. */
export class Drafts {
  constructor(page = location.pathname) {
    this.page = page;
    this.person = personOfPage();
    /** @type {Map<string, import("./lines.js").Line>} */
    this.waiting = new Map();
    /** @type {Promise<void> | null} */
    this.writing = null;
    this.kept = true; // whether the browser took what it was given last
  }

  /**
   * Keep a line's text, or forget it where the server has it. Keystrokes that come while one is
   * being written are written together after it.
   * @param {import("./lines.js").Line} line
   */
  note(line) {
    this.waiting.set(line.id, line);
    this.writing ||= this.write().finally(() => (this.writing = null));
  }

  async write() {
    while (this.waiting.size) {
      const lines = [...this.waiting.values()];
      this.waiting.clear();
      await this.transact("readwrite", (drafts) => {
        const requests = lines.map((line) =>
          line.dirty || line.earlier.length ? drafts.put(this.of(line)) : drafts.delete([this.person, line.id]));
        return requests[0];
      }).then(() => (this.kept = true), () => (this.kept = false));
    }
  }

  /**
   * @param {import("./lines.js").Line} line
   * @returns {Draft}
   */
  of({ id, version, text, attempt, earlier }) {
    return { segment: id, person: this.person, page: this.page, version, text, attempt, earlier };
  }

  /** @returns {Promise<Draft[]>} what an earlier page left */
  left() {
    const key = IDBKeyRange.only([this.person, this.page]);
    return this.transact("readonly", (drafts) => drafts.index("page").getAll(key)).catch(() => []);
  }

  /** @param {string} segment */
  forget(segment) {
    const key = [this.person, segment];
    return this.transact("readwrite", (drafts) => drafts.delete(key)).catch(() => {});
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(drafts: IDBObjectStore) => IDBRequest} work
   */
  transact(mode, work) {
    return database.transact(["drafts"], mode, "relaxed", work);
  }
}
