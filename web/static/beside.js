/**
 * Texts beside the lines, until the person has chosen: somebody else's, one that an earlier page could
 * not save, one whose segment is gone.
 */

import { otherText } from "./other_text.js";

/** @typedef {import("./lines.js").Line} Line */

export class Beside {
  /** @param {import("./saving.js").Saving} saving */
  constructor(saving) {
    this.saving = saving;
    /** How many texts of segments that are gone stand on the page. */
    this.orphans = 0;
  }

  /**
   * Somebody else was quicker: both texts stand there, and the person chooses.
   * @param {Line} line
   * @param {Record<string, any>} theirs `current_version`, `current_text`
   */
  conflict(line, theirs) {
    const { saving } = this;
    line.conflict = true;
    saving.changedByOthers = true;
    line.item.querySelector(".theirs:not(.earlier)")?.remove();
    const choose = (/** @type {boolean} */ mine) => (/** @type {HTMLElement} */ box) => {
      line.keep(theirs.current_text, theirs.current_version);
      line.conflict = false;
      if (!mine) line.text = theirs.current_text;
      box.remove();
      saving.field.refresh(line);
      saving.drafts.note(line);
      saving.field.open(line);
      saving.typed();
      saving.saveAll();
    };
    const box = otherText(saving.words("theirs"), theirs.current_text, {
      [saving.words("keep_mine")]: choose(true),
      [saving.words("take_theirs")]: choose(false),
    });
    this.standing(line).after(box);
  }

  /**
   * What an earlier page could not save into a line that is being worked on again: shown beside it
   * until the person takes the one text or the other.
   * @param {Line} line
   * @param {string} text
   */
  earlier(line, text) {
    const { saving } = this;
    line.earlier.push(text);
    saving.drafts.note(line);
    const choose = (/** @type {boolean} */ taken) => (/** @type {HTMLElement} */ box) => {
      line.earlier.splice(line.earlier.indexOf(text), 1);
      box.remove();
      // The field's own text is never set under the caret: it is closed, and opens with the other.
      saving.field.close();
      if (taken) line.text = text;
      saving.field.refresh(line);
      saving.drafts.note(line);
      saving.field.open(line);
      saving.typed();
    };
    const box = otherText(saving.words("earlier"), text, {
      [saving.words("take_earlier")]: choose(true),
      [saving.words("drop")]: choose(false),
    });
    box.classList.add("earlier");
    this.standing(line).after(box);
  }

  /**
   * What was typed into a segment that is not there any more: shown, so that it can be put where it
   * belongs, until the person drops it.
   * @param {string} segment
   * @param {string} text
   */
  orphan(segment, text) {
    const { saving } = this;
    const drop = async (/** @type {HTMLElement} */ box) => {
      await saving.drafts.forget(segment);
      box.remove(); // gone from the page means gone
      this.orphans--;
    };
    this.orphans++;
    const box = otherText(saving.words("orphan"), text, { [saving.words("drop")]: drop });
    saving.lines.list.before(box);
    return box;
  }

  /**
   * What stands in a line's place while it is read or typed into.
   * @param {Line} line
   */
  standing(line) {
    const { field } = this.saving;
    return field.line === line ? field.element : line.shown;
  }
}
