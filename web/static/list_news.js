/** A quiet bar that says that something new waits for the person. Nothing in the page moves. */

export class News {
  /**
   * @param {HTMLElement} list carries the ids of what waited when the page was made
   * @param {(name: string, values?: Record<string, string | number>) => string} words
   */
  constructor(list, words) {
    this.known = new Set((list.dataset.waiting || "").split(" ").filter(Boolean));
    this.words = words;
    this.bar = /** @type {HTMLElement | null} */ (document.querySelector("[data-news] > p"));
    this.text = /** @type {HTMLElement | null} */ (document.querySelector("[data-news-text]"));
    this.title = document.title;
    this.count = 0;
  }

  /**
   * @param {string[]} waiting ids of everything that waits for the person now
   */
  show(waiting) {
    const count = waiting.filter((id) => !this.known.has(id)).length;
    // Said once: a reading program repeats whatever is written again.
    if (count === this.count || !this.bar || !this.text) return;
    this.count = count;
    this.text.textContent = count ? this.words("news", { count }) : "";
    this.bar.hidden = !count;
    document.title = count ? `(${count}) ${this.title}` : this.title;
  }
}
