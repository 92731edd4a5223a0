/** Sentences of a page, translated by the server and carried in its `data-words`. */

/**
 * @param {HTMLElement} element the element that carries them
 * @returns {(name: string, values?: Record<string, string | number>) => string}
 */
export function wordsOf(element) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(element.dataset.words || "{}");
  return (name, values = {}) =>
    (words[name] || name).replace(/\{(\w+)\}/g, (whole, key) =>
      key in values ? String(values[key]) : whole,
    );
}
