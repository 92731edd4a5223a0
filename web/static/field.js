/**
 * The one field of the desk. A text is read until it is pressed; then the field stands in its place.
 *
 * One live field instead of one for each segment keeps a text of two hours quick, and a textarea,
 * unlike editable words, takes what Vietnamese keyboards do (delete a letter, put two) as typing.
 * The value of a field that is being typed in is never set.
 */

/** @typedef {import("./lines.js").Line} Line */

export class Field {
  /**
   * @param {import("./lines.js").Lines} lines
   * @param {HTMLElement | null} acts buttons that belong to the open line
   */
  constructor(lines, acts) {
    this.lines = lines;
    this.acts = acts;
    /** @type {Line | null} the line that is open */
    this.line = null;
    /** @type {(line: Line) => void} */
    this.ontyped = () => {};
    /** @type {(line: Line) => void} */
    this.onopened = () => {};
    /** @type {(line: Line) => void} */
    this.onleft = () => {};
    /** @type {(line: Line, before: string) => void} a line was closed; its text when it was opened */
    this.onclosed = () => {};
    this.before = "";
    /** @type {(line: Line, at: number, event: MouseEvent) => boolean} a press on a text; false
     * keeps the line closed */
    this.onpressed = () => true;
    this.element = document.createElement("textarea");
    this.element.lang = "vi";
    this.element.rows = 1;
    this.element.maxLength = 10000;
    this.element.autocomplete = "off";
    this.element.addEventListener("input", () => this.typed());
    this.element.addEventListener("blur", () => this.line && this.onleft(this.line));
    this.listen(lines.list);
  }

  /** @param {HTMLElement} list */
  listen(list) {
    list.addEventListener("click", (event) => {
      const shown = /** @type {Element} */ (event.target).closest("[data-text]");
      const line = shown && this.lines.of(shown);
      if (!line) return;
      const at = placeOf(line.shown, event);
      if (at === undefined || this.onpressed(line, at, event)) this.open(line, at);
    });
    // By the keyboard: the text is reached as a field would be, and is one at once.
    list.addEventListener("focusin", (event) => {
      const target = /** @type {Element} */ (event.target);
      const line = target.matches("[data-text]") && this.lines.of(target);
      // A press focuses too, and says afterwards where.
      if (line && !pressed) this.open(line);
    });
    document.addEventListener("focusin", () => !pressed && this.leave());
    // Closing moves what stands below: never between the two halves of a press on it.
    addEventListener("pointerup", () => setTimeout(() => this.leave()));
  }

  /** A text that was reached before this script was there is a field from now on. */
  openReached() {
    const line = document.activeElement?.matches("[data-text]") && this.lines.of(document.activeElement);
    if (line) this.open(line);
  }

  /** Close the field if the person is at work elsewhere. */
  leave() {
    const at = document.activeElement;
    if (this.line && at !== document.body && !this.line.item.contains(at)) this.close();
  }

  /**
   * Let the person type into a line.
   * @param {Line} line
   * @param {number} [at] where the caret stands; without it, at the end
   */
  open(line, at = line.text.length) {
    if (line !== this.line) {
      this.close();
      this.line = line;
      this.before = line.text;
      this.element.value = line.text;
      this.element.placeholder = line.shown.dataset.empty || "";
      this.element.setAttribute("aria-label", line.shown.getAttribute("aria-label") || "");
      line.shown.hidden = true;
      line.item.classList.add("open"); // a class: what the style finds by :has() slows each key
      line.shown.after(this.element);
      if (this.acts) {
        this.acts.hidden = false;
        this.element.after(this.acts);
      }
      fit(this.element);
      this.onopened(line);
    }
    this.element.focus({ preventScroll: true });
    const isRemark = /^\[.*\]$/.test(line.text); // gives way as a whole to what is typed
    this.element.setSelectionRange(isRemark ? 0 : at, isRemark ? line.text.length : at);
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** Show the line's text again. */
  close() {
    const { line } = this;
    if (!line) return;
    this.line = null; // removing the field takes its focus away: nothing is left behind
    line.shown.hidden = false;
    line.item.classList.remove("open");
    line.show();
    this.element.remove();
    this.acts?.remove();
    this.onleft(line);
    if (line.text !== this.before) this.onclosed(line, this.before);
  }

  /** Whether somebody may be typing into a line right now. */
  isTyping(/** @type {Line} */ line) {
    return line === this.line && document.activeElement === this.element;
  }

  /**
   * A line's text was changed by something else than typing.
   * @param {Line} line
   */
  refresh(line) {
    line.show();
    if (line !== this.line) return;
    if (!this.isTyping(line)) this.element.value = line.text;
    fit(this.element);
  }

  typed() {
    fit(this.element);
    if (!this.line) return;
    this.line.text = this.element.value;
    this.line.item.classList.toggle("unsaved", this.line.dirty);
    this.ontyped(this.line);
  }
}

let pressed = false;
/** @type {(() => void)[]} */
const waiting = [];
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => setTimeout(letGo), true);
}

function letGo() {
  pressed = false;
  for (const goOn of waiting.splice(0)) goOn();
}

/**
 * Wait while something is being pressed: what goes, or moves, between the two halves of a press
 * escapes it.
 * @returns {Promise<void>}
 */
export function released() {
  return pressed ? new Promise((goOn) => waiting.push(goOn)) : Promise.resolve();
}

/**
 * Where in a text the pointer is, in characters.
 * @param {HTMLElement} shown
 * @param {MouseEvent} event
 * @returns {number | undefined}
 */
export function placeOf(shown, event) {
  // A click that the keyboard or a reading program made is nowhere.
  if (!event.clientX && !event.clientY) return undefined;
  const at = caretAt(event.clientX, event.clientY);
  if (!at || !shown.contains(at.node)) return undefined;
  const before = document.createRange();
  before.setStart(shown, 0);
  before.setEnd(at.node, at.offset);
  return before.toString().replace(/\s+/g, " ").trimStart().length;
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {{ node: Node, offset: number } | null}
 */
function caretAt(x, y) {
  const page = /** @type {any} */ (document); // Chromium before 128 and Safari know the other one
  if (page.caretPositionFromPoint) {
    const at = page.caretPositionFromPoint(x, y);
    return at && { node: at.offsetNode, offset: at.offset };
  }
  const range = page.caretRangeFromPoint?.(x, y);
  return range && { node: range.startContainer, offset: range.startOffset };
}

/**
 * As high as its text, so that nothing scrolls inside the field.
 * @param {HTMLTextAreaElement} element
 */
function fit(element) {
  if (CSS.supports("field-sizing", "content")) return;
  element.style.height = "auto";
  element.style.height = `${element.scrollHeight}px`;
}
