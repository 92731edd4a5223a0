/** The segments of the page: what the server has of each, what the person has made of it. */

/**
 * @typedef {object} Attempt a save that was sent, and of which nobody knows whether it arrived
 * @property {string} key names the request
 * @property {string} text
 * @property {number} version that it was made from
 */

/** One segment. Its text is read from the page once, and is this module's from then on. */
export class Line {
  /** @param {HTMLElement} item */
  constructor(item) {
    this.item = item;
    this.id = item.dataset.segment || "";
    this.url = item.dataset.url || "";
    this.version = Number(item.dataset.version);
    /** The element that shows the text where it is not being typed. */
    this.shown = /** @type {HTMLElement} */ (item.querySelector("[data-text]"));
    this.body = /** @type {HTMLElement} */ (item.querySelector("[data-body]"));
    /** The text that the server has, under `version`. */
    this.saved = textOf(this.shown);
    this.text = this.saved;
    this.conflict = false; // waits for the person's choice
    /** @type {string[]} texts of an earlier page that wait for the person's choice */
    this.earlier = [];
    /** @type {Attempt | null} */
    this.attempt = null;
    /** @type {Range[] | null} where each word stands on the page, once somebody asks */
    this.words = null;
    this.times = (item.dataset.times || "").split(" ").filter(Boolean).map(Number);
    this.stale = false; // what stands around the text is about an earlier one
  }

  /** Whether something typed is not on the server yet, or may be there and is not known to be. */
  get dirty() {
    return this.text !== this.saved || this.attempt !== null;
  }

  /** Whether nothing of it waits for the server or for the person: it may be shown anew. */
  get settled() {
    return !this.dirty && !this.conflict && !this.earlier.length;
  }

  /** The text as the server had it when the page was read, beside which a person chooses. */
  get asRead() {
    return { current_version: this.version, current_text: this.saved };
  }

  get startMs() {
    return Number(this.item.dataset.startMs);
  }

  get endMs() {
    return Number(this.item.dataset.endMs);
  }

  /** Show the text as it stands. Marks of words that are gone go with them. */
  show() {
    if (textOf(this.shown) !== this.text) {
      this.shown.textContent = this.text;
      this.words = null;
    }
    this.item.classList.toggle("unsaved", this.dirty);
  }

  /**
   * The word that is heard at a moment, or was heard last before it.
   * @param {number} nowMs of the recording
   * @returns {number} counted from 0; -1 for none
   */
  wordAt(nowMs) {
    const into = nowMs - this.startMs;
    let low = 0;
    let high = this.times.length; // beginnings of the words, growing
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= into) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /**
   * When the word at a place of the text begins, in ms of the recording.
   * @param {number} at in characters
   * @returns {number}
   */
  timeAt(at) {
    const before = this.text.slice(0, at).split(/\s+/).filter(Boolean).length;
    const inside = at > 0 && /\S/.test(this.text[at - 1] || " ");
    return this.startMs + (this.times[Math.max(0, inside ? before - 1 : before)] ?? 0);
  }

  /**
   * Where a word stands on the page; null where the text is not the one that the times are of.
   * @param {number} number
   * @returns {Range | null}
   */
  rangeOf(number) {
    this.words ||= rangesOf(this.shown);
    if (this.words.length !== this.times.length || this.shown.hidden) return null;
    return this.words[number] || null;
  }

  /**
   * The server has this text under this version.
   * @param {string} text
   * @param {number} version
   */
  keep(text, version) {
    this.saved = text;
    this.version = version;
  }
}

/** All segments of a page, in their order. */
export class Lines {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    /** @type {Map<string, Line>} */
    this.byId = new Map();
    /** @type {Line[]} as the page has them */
    this.all = [...list.querySelectorAll("[data-segment]")].map((item) =>
      this.take(/** @type {HTMLElement} */ (item)),
    );
  }

  /** @param {HTMLElement} item */
  take(item) {
    const line = new Line(item);
    this.byId.set(line.id, line);
    return line;
  }

  /**
   * Put lines that the server made in the place of others that follow each other.
   * @param {string[]} ids of those that go
   * @param {string} html
   * @returns {Line[]} those that come, in their order
   */
  replace(ids, html) {
    const old = ids.flatMap((id) => this.byId.get(id) || []);
    const made = document.createElement("template");
    made.innerHTML = html;
    // Outside a page that runs scripts, what is for pages without them is parsed as elements.
    made.content.querySelectorAll("noscript").forEach((other) => other.remove());
    const items = /** @type {HTMLElement[]} */ ([...made.content.querySelectorAll("[data-segment]")]);
    old[0]?.item.before(...items);
    const lists = old.map((line) => line.item.parentElement);
    for (const line of old) {
      line.item.remove();
      this.byId.delete(line.id);
    }
    // Two that were joined may have been the last of one list and the only one of the next.
    for (const list of lists) if (list !== this.list && !list?.childElementCount) list?.remove();
    const lines = items.map((item) => this.take(item));
    if (old[0]) this.all.splice(this.all.indexOf(old[0]), old.length, ...lines);
    return lines;
  }

  /**
   * Take over lines as the server has them now, each in the place of the one of the same segment.
   * @param {string} html
   * @param {(line: Line) => boolean} mayGo whether the line that stands there is in nobody's hands
   */
  renew(html, mayGo) {
    const made = document.createElement("template");
    made.innerHTML = html;
    for (const item of made.content.querySelectorAll("[data-segment]")) {
      const { segment, version } = /** @type {HTMLElement} */ (item).dataset;
      const line = this.byId.get(segment || "");
      if (line && line.version === Number(version) && mayGo(line)) this.replace([line.id], item.outerHTML);
    }
  }

  /**
   * The line that an element of the page belongs to.
   * @param {EventTarget | null} target
   * @returns {Line | undefined}
   */
  of(target) {
    const item = target instanceof Element ? target.closest("[data-segment]") : null;
    return this.byId.get(/** @type {HTMLElement | null} */ (item)?.dataset.segment || "");
  }

  /**
   * The line that sounds at a moment.
   * @param {number} nowMs of the recording
   * @returns {Line | undefined}
   */
  at(nowMs) {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle].startMs <= nowMs) low = middle + 1;
      else high = middle;
    }
    const line = this.all[low - 1];
    return line && nowMs < line.endMs ? line : undefined;
  }

  /**
   * The line before or after one, as the page has them.
   * @param {Line} line
   * @param {-1 | 1} step
   * @returns {Line | undefined}
   */
  beside(line, step) {
    return this.all[this.all.indexOf(line) + step];
  }
}

/**
 * A text as the server stores it.
 * @param {string} text
 */
export function inOneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

/** @param {HTMLElement} shown */
function textOf(shown) {
  return inOneLine(shown.textContent || "");
}

/**
 * Every word of an element as a range. Words end where spaces or marks do.
 * @param {HTMLElement} shown
 * @returns {Range[]}
 */
function rangesOf(shown) {
  const found = [];
  const texts = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    for (const word of (node.textContent || "").matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      found.push(range);
    }
  }
  return found;
}
