/** Another text beside the one on the page, and what the person may do about it. */

/**
 * @param {string} intro whose text it is
 * @param {string} text
 * @param {Record<string, (box: HTMLElement) => void>} acts what pressing each button does
 * @returns {HTMLElement}
 */
export function otherText(intro, text, acts) {
  const box = document.createElement("div");
  box.className = "theirs";
  const said = document.createElement("span");
  said.textContent = intro;
  const quote = document.createElement("q");
  quote.lang = "vi";
  quote.textContent = text;
  const buttons = document.createElement("p");
  buttons.className = "acts";
  for (const [label, act] of Object.entries(acts)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", () => act(box));
    buttons.append(button);
  }
  box.append(said, " ", quote, buttons);
  return box;
}
