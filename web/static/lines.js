/** The segments of the page: what the server has of each, what the person has made of it. */

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
    this.stale = false; // what stands around the text is about an earlier one
  }

  /** Whether something typed is not on the server yet. */
  get dirty() {
    return this.text !== this.saved;
  }

  get startMs() {
    return Number(this.item.dataset.startMs);
  }

  get endMs() {
    return Number(this.item.dataset.endMs);
  }

  /** Show the text as it stands. Marks of words that are gone go with them. */
  show() {
    if (textOf(this.shown) !== this.text) this.shown.textContent = this.text;
    this.item.classList.toggle("unsaved", this.dirty);
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
    for (const item of list.querySelectorAll("[data-segment]")) {
      this.take(/** @type {HTMLElement} */ (item));
    }
  }

  /** @param {HTMLElement} item */
  take(item) {
    const line = new Line(item);
    this.byId.set(line.id, line);
    return line;
  }

  /** @returns {Line[]} in no order */
  get all() {
    return [...this.byId.values()];
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
    for (const line of old) {
      line.item.remove();
      this.byId.delete(line.id);
    }
    return items.map((item) => this.take(item));
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
   * The line before or after one, as the page has them.
   * @param {Line} line
   * @param {-1 | 1} step
   * @returns {Line | undefined}
   */
  beside(line, step) {
    return this.of(step < 0 ? line.item.previousElementSibling : line.item.nextElementSibling);
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
