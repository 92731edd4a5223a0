// Reads texts and queries as bridge/search_words.py and bridge/search_readings.py do, for portals on a plain web host: there this
// script is what searches. The shared test set of searches holds both to the same answers.

/**
 * @typedef {{exact: string, folded: string, start: number, end: number}} Word
 * @typedef {{written: Word[], read: Word[]}} Reading
 * @typedef {Map<string, [string[], string][]>} Abbreviations  By the first word of the long form.
 */

const WORD = /(?:(?!\p{Nd})[\p{L}\p{N}])+|\p{Nd}+/gu;
const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;
const LONGEST_WORD = 40;

/** Without marks, đ as d, one letter for each. @param {string} text */
export function fold(text) {
  return [...text.normalize("NFC")].map((letter) => {
    const low = letter.toLowerCase();
    if (low === "đ") return "d";
    return [...low].length === 1 ? [...low.normalize("NFD")][0] : letter;
  }).join("");
}

/** Lower case with the tone behind the word. @param {string} text */
function exactForm(text) {
  let tone = "";
  const bare = text.toLowerCase().normalize("NFD").replace(TONES, (one) => {
    tone = one;
    return "";
  });
  return bare.normalize("NFC") + tone;
}

/** @param {string} text @param {number} start @param {number} end @returns {Word} */
function makeWord(text, start, end) {
  if (/^\p{Nd}/u.test(text)) {
    const figures = /^0\d$/.test(text) ? text[1] : text.slice(0, LONGEST_WORD);
    return { exact: figures, folded: figures, start, end };
  }
  const cut = text.slice(0, LONGEST_WORD);
  return { exact: exactForm(cut), folded: fold(cut), start, end };
}

/** @param {string} text  in NFC @returns {Word[]} */
export function splitWords(text) {
  return [...text.matchAll(WORD)].map((found) =>
    makeWord(found[0], found.index, found.index + found[0].length));
}

/** @type {Record<string, number>} */
const FIGURES = {
  không: 0, một: 1, mốt: 1, hai: 2, ba: 3, bốn: 4, tư: 4, năm: 5, lăm: 5, nhăm: 5, sáu: 6,
  bảy: 7, bẩy: 7, tám: 8, chín: 9,
};
const AFTER_TENS = "mốt lăm nhăm";
const HEADS = "ấp bản đợt đội khóa khóm khu lần lớp mồng mũi mùng ngõ quý số tháng thôn thứ tổ tuyến xóm";
const COUNTED = "buổi căn cháu đồng em giờ hộ kg km lần liều mét mũi ngàn nghìn ngày người phần phút suất " +
  "tấn tháng triệu tuần tuổi tỷ";

/** @param {string} list @returns {[Set<string>, Set<string>]} exact forms, folded forms */
const wordSet = (list) => [new Set(list.split(" ").map(exactForm)), new Set(list.split(" ").map(fold))];
const SETS = { afterTens: wordSet(AFTER_TENS), heads: wordSet(HEADS), counted: wordSet(COUNTED) };
const FIGURE_WORDS = [exactForm, fold].map((form) =>
  new Map(Object.entries(FIGURES).map(([word, value]) => [form(word), value])));

/** Reads words together: hours, dates, numbers, abbreviations. */
export class Reader {
  /** @param {string} text @param {Word[]} words @param {boolean} lenient @param {Abbreviations} short */
  constructor(text, words, lenient, short) {
    Object.assign(this, { text, words, lenient, short });
  }

  /** @param {number} at */
  between(at) { return this.text.slice(this.words[at - 1].end, this.words[at].start); }

  /** @param {number} at @param {string} syllable */
  says(at, syllable) {
    const word = this.words[at];
    if (!word) return false;
    return this.lenient ? word.folded === fold(syllable) : word.exact === exactForm(syllable);
  }

  /** @param {number} at @param {[Set<string>, Set<string>]} sets */
  isAmong(at, sets) {
    const word = this.words[at];
    return Boolean(word) && (this.lenient ? sets[1].has(word.folded) : sets[0].has(word.exact));
  }

  /** @param {number} at */
  figures(at) {
    const word = this.words[at];
    return word && /^\d+$/.test(word.folded) ? this.text.slice(word.start, word.end) : "";
  }

  /** @returns {Reading[]} */
  readings() {
    const found = [];
    for (let at = 0; at < this.words.length;) {
      const [end, said] = this.mayBegin(at) ? this.readAt(at) : [at + 1, null];
      const written = this.words.slice(at, end);
      const [start, stop] = [written[0].start, written[written.length - 1].end];
      found.push({ written, read: said ? said.map((one) => makeWord(one.normalize("NFC"), start, stop)) : written });
      at = end;
    }
    return found;
  }

  /** Nearly all words cannot. @param {number} at */
  mayBegin(at) {
    const { folded } = this.words[at];
    return /^\d/.test(folded) || folded === "muoi" || FIGURE_WORDS[1].has(folded) || this.short.has(folded);
  }

  /** @param {number} at @returns {[number, string[] | null]} */
  readAt(at) {
    return this.hour(at) ?? this.date(at) ?? this.longNumber(at) ?? this.abbreviation(at)
      ?? this.spoken(at) ?? this.joined(at) ?? [at + 1, null];
  }

  /** 07:30, 7h30, 7 giờ 30, bảy giờ rưỡi. @param {number} at @returns {[number, string[]] | null} */
  hour(at) {
    const [hour, end] = this.number(at);
    if (hour === null || hour > 24 || end >= this.words.length) return null;
    const clock = (/** @type {number} */ minute) =>
      minute ? [String(hour), "giờ", String(minute)] : [String(hour), "giờ"];
    if (this.between(end) === ":" && this.figures(at)) {
      const minute = this.twoFigures(end);
      return minute === null ? null : [end + 1, clock(minute)];
    }
    if (["h", "g"].includes(this.words[end].folded) && this.between(end) === "") {
      const minute = this.twoFigures(end + 1);
      if (minute === null || this.between(end + 1) !== "") return [end + 1, clock(0)];
      return [end + 2, clock(minute)];
    }
    if (!this.says(end, "giờ")) return null;
    const [minute, stop] = this.minutes(end + 1);
    return [stop, clock(minute)];
  }

  /** @param {number} at @returns {[number, number]} */
  minutes(at) {
    if (this.says(at, "rưỡi")) return [30, at + 1];
    const [minute, end] = this.number(at);
    if (minute === null || minute > 59) return [0, at];
    if (this.says(end, "phút")) return [minute, end + 1];
    return minute >= 10 || this.figures(at).length === 2 ? [minute, end] : [0, at];
  }

  /** 25 tháng 11 (năm 2026). @param {number} at @returns {[number, string[]] | null} */
  date(at) {
    const [day, end] = this.number(at);
    if (day === null || day < 1 || day > 31 || !this.says(end, "tháng")) return null;
    const [month, stop] = this.number(end + 1);
    if (month === null || month < 1 || month > 12) return null;
    const year = this.says(stop, "năm") ? this.figures(stop + 1) : "";
    if (year.length === 4) return [stop + 2, [String(day), String(month), year]];
    return [stop, [String(day), String(month)]];
  }

  /** 1.500.000; 0912 345 678. @param {number} at @returns {[number, string[]] | null} */
  longNumber(at) {
    const groups = [this.figures(at)];
    if (!groups[0]) return null;
    const isPhone = groups[0][0] === "0" && groups[0].length >= 3;
    let end = at + 1;
    for (let group; (group = this.figures(end)); end += 1) {
      if (!(isPhone ? [".", " ", "-"] : ["."]).includes(this.between(end))) break;
      if (group.length !== 3 && !isPhone) break;
      groups.push(group);
    }
    const whole = groups.join("");
    if (groups.length === 1 || (isPhone && (whole.length < 9 || whole.length > 11))) return null;
    return [end, [whole]];
  }

  /** @param {number} at @returns {[number, string[]] | null} */
  abbreviation(at) {
    for (const [long, short] of this.short.get(this.words[at].folded) ?? []) {
      if (long.every((word, number) => this.words[at + number]?.folded === word)) {
        return [at + long.length, [short]];
      }
    }
    return null;
  }

  /** hai mươi lăm. @param {number} at @returns {[number, string[]] | null} */
  spoken(at) {
    if (this.figures(at)) return null;
    const [number, end] = this.number(at);
    if (number === null) return null;
    const counted = this.isAmong(end, SETS.counted) || this.isAmong(at - 1, SETS.heads);
    return counted || (end - at > 1 && !this.lenient) ? [end, [String(number)]] : null;
  }

  /** 25/11. @param {number} at @returns {[number, string[]] | null} */
  joined(at) {
    const said = [this.figures(at)];
    let end = at + 1;
    while (said[0] && this.figures(end) && "/-.,:".includes(this.between(end) || "?")
      && this.between(end).length === 1) said.push(this.figures(end++));
    return said.length > 1 ? [end, said] : null;
  }

  /** @param {number} at */
  twoFigures(at) {
    const figures = this.figures(at);
    return figures.length === 2 && Number(figures) <= 59 ? Number(figures) : null;
  }

  /** 0 to 99 in words, or up to four figures. @param {number} at @returns {[number | null, number]} */
  number(at) {
    const figures = this.figures(at);
    if (figures) return [figures.length <= 4 ? Number(figures) : null, at + 1];
    const first = this.figure(at, false);
    let tens, end;
    if (this.says(at, "mười")) [tens, end] = [1, at + 1];
    else if (first && this.says(at + 1, "mươi")) [tens, end] = [first, at + 2];
    else if (first && first > 1 && this.isAmong(at + 1, SETS.afterTens)) [tens, end] = [first, at + 1];
    else return [first, at + 1];
    const unit = this.figure(end, true);
    return unit === null ? [tens * 10, end] : [tens * 10 + unit, end + 1];
  }

  /** @param {number} at @param {boolean} afterTens @returns {number | null} */
  figure(at, afterTens) {
    const word = this.words[at];
    if (!word) return null;
    const value = (this.lenient ? FIGURE_WORDS[1].get(word.folded) : FIGURE_WORDS[0].get(word.exact)) ?? null;
    if (afterTens) return value || null;
    return !this.lenient && this.isAmong(at, SETS.afterTens) ? null : value;
  }
}

/** @param {[string, string][]} table  short form, what it stands for @returns {Abbreviations} */
export function abbreviations(table) {
  /** @type {Abbreviations} */
  const found = new Map();
  for (const [short, long] of table) {
    const words = splitWords(long.normalize("NFC")).map((word) => word.folded);
    found.set(words[0], [...(found.get(words[0]) ?? []), [words, short]]);
  }
  for (const forms of found.values()) forms.sort((one, other) => other[0].length - one[0].length);
  return found;
}

/** The words of a text as written, and as read. @param {string} text @param {Abbreviations} short */
export function readText(text, short) {
  const clean = text.normalize("NFC");
  const words = splitWords(clean);
  const read = new Reader(clean, words, false, short).readings().flatMap((one) => one.read);
  return [words, read];
}
