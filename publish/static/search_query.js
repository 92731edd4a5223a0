// Reads a query and tells what a bulletin has to do with it, as bridge/search_query.py,
// search_terms.py and search_marks.py do; the shared test set of searches holds both to it.

import { Reader, readText, splitWords } from "./search_readings.js";

/**
 * @typedef {import("./search_readings.js").Word} Word
 * @typedef {import("./search_readings.js").Abbreviations} Abbreviations
 * @typedef {{clauses: Word[][][], isMarked: boolean}} Query  A clause is its alternatives.
 * @typedef {{id: string, title: string, summary: string, category: string, area: string,
 *   passages: [number, number, string][]}} Bulletin
 * @typedef {{clause: number, start: number, end: number, exact: boolean}} Place
 * @typedef {{text: string, hit: boolean}} Piece
 */

const LONGEST_QUERY = 200;
const MOST_CLAUSES = 16;
const MOST_ALTERNATIVES = 12;
const SNIPPET_LENGTH = 220;
const LEAD_LENGTH = 48;

/** @param {string} text @param {[string, string][]} names @param {Abbreviations} short @returns {Query} */
export function parseQuery(text, names, short) {
  const clean = text.replace(/[“”„«»]/g, '"').normalize("NFC").slice(0, LONGEST_QUERY);
  const words = splitWords(clean);
  const isMarked = words.some((word) => word.exact !== word.folded);
  const places = placeNames(names);
  /** @type {Map<string, Word[][]>} */
  const clauses = new Map();
  for (const [begin, end, isQuoted] of spans(clean)) {
    const inside = words.filter((word) => begin <= word.start && word.end <= end);
    const parts = queryParts(clean, inside, places, !isMarked, short);
    for (const ways of isQuoted ? [wholePhrase(parts)] : parts.map((part) => part.ways)) {
      const clause = distinct(ways);
      const said = JSON.stringify(clause.map(saying));
      if (clause.length && clauses.size < MOST_CLAUSES && !clauses.has(said)) clauses.set(said, clause);
    }
  }
  return { clauses: [...clauses.values()], isMarked };
}

/** @param {[string, string][]} pairs @returns {Map<string, Word[][]>} */
function placeNames(pairs) {
  const found = new Map();
  for (const pair of pairs) {
    const [old, now] = pair.map((name) => splitWords(name.normalize("NFC")));
    for (const [name, other] of [[old, now], [now, old]]) {
      const key = name.map((word) => word.folded).join(" ");
      if (name.length && other.length && key !== other.map((word) => word.folded).join(" ")) {
        found.set(key, [...(found.get(key) ?? []), other]);
      }
    }
  }
  return found;
}

/** @param {string} text @returns {[number, number, boolean][]} */
function spans(text) {
  const found = [];
  let at = 0;
  for (let opened; (opened = text.indexOf('"', at)) >= 0;) {
    const closed = text.indexOf('"', opened + 1);
    if (closed < 0) break;
    found.push([at, opened, false], [opened + 1, closed, true]);
    at = closed + 1;
  }
  return [...found, [at, text.length, false]];
}

/** @typedef {{ways: Word[][], isName: boolean}} Part */
/** @param {string} text @param {Word[]} words @param {Map<string, Word[][]>} names @param {boolean} lenient @param {Abbreviations} short @returns {Part[]} */
function queryParts(text, words, names, lenient, short) {
  /** @type {Part[]} */
  const parts = [];
  const read = (/** @type {Word[]} */ some) => {
    for (const one of new Reader(text, some, lenient, short).readings()) {
      parts.push({ ways: [one.written, one.read], isName: false });
    }
  };
  let begin = 0;
  for (let at = 0; at < words.length;) {
    let end = words.length;
    while (end > at && !names.has(words.slice(at, end).map((word) => word.folded).join(" "))) end -= 1;
    if (end === at) {
      at += 1;
      continue;
    }
    const name = words.slice(at, end);
    read(words.slice(begin, at));
    parts.push({ ways: [name, ...(names.get(name.map((word) => word.folded).join(" ")) ?? [])], isName: true });
    begin = at = end;
  }
  read(words.slice(begin));
  return parts;
}

/** @param {Part[]} parts @returns {Word[][]} */
function wholePhrase(parts) {
  const ways = [0, 1].map((reading) => parts.flatMap((part) => part.ways[part.isName ? 0 : reading]));
  parts.forEach((part, place) => part.isName && part.ways.slice(1).forEach((other) =>
    ways.push(parts.flatMap((one, number) => (number === place ? other : one.ways[0])))));
  return ways;
}

const saying = (/** @type {Word[]} */ way) => way.map((word) => word.exact).join(" ");

/** @param {Word[][]} ways */
function distinct(ways) {
  const kept = new Map();
  for (const way of ways) if (way.length && !kept.has(saying(way))) kept.set(saying(way), way);
  return [...kept.values()].slice(0, MOST_ALTERNATIVES);
}

const threes = (/** @type {string[]} */ words) =>
  words.slice(2).map((_, at) => words.slice(at, at + 3).join("_"));

/** @param {Bulletin} bulletin @param {Abbreviations} short @returns {Set<string>} */
export function indexEntries(bulletin, short) {
  const body = bulletin.passages.map((one) => one[2]).join(" ");
  const entries = new Set();
  [bulletin.title, bulletin.summary, body, bulletin.category, bulletin.area].forEach((text, number) => {
    for (const stream of readText(text, short)) {
      const words = stream.map((word) => word.folded);
      for (const word of words) entries.add(word);
      if (number === 0) for (const word of words) entries.add(`~${word}`);
      for (const word of stream) entries.add(`=${word.exact}`);
      words.slice(1).forEach((word, at) => entries.add(`${words[at]}_${word}`));
      for (const three of threes(words)) entries.add(three);
    }
  });
  return entries;
}

/**
 * 0 for what is most to the point; -1 for what is not found.
 * @param {Query} query @param {Set<string>} entries
 */
export function rank(query, entries) {
  const says = (/** @type {Word[]} */ way) => {
    const words = way.map((word) => word.folded);
    return words.length < 3 ? entries.has(words.join("_")) : threes(words).every((one) => entries.has(one));
  };
  const all = (/** @type {(way: Word[]) => boolean} */ test) => query.clauses.every((ways) => ways.some(test));
  if (!all(says)) return -1;
  const inTitle = all((way) => way.every((word) => entries.has(`~${word.folded}`)));
  const inRow = query.clauses.length > 1 && query.clauses.slice(1).every((ways, at) =>
    query.clauses[at].some((before) => ways.some((after) =>
      entries.has(`${before[before.length - 1].folded}_${after[0].folded}`))));
  const exact = !query.isMarked || all((way) =>
    (way.length === 1 || says(way)) && way.every((word) => entries.has(`=${word.exact}`)));
  return (exact ? 0 : 2) + (inTitle || inRow ? 0 : 1);
}

/** @param {Query} query @param {string} text @param {Abbreviations} short @returns {Place[]} */
function findPlaces(query, text, short) {
  /** @type {Map<string, Place>} */
  const found = new Map();
  for (const stream of readText(text, short)) {
    query.clauses.forEach((ways, clause) => ways.forEach((way) => stream.forEach((_, at) => {
      const words = stream.slice(at, at + way.length);
      if (words.length < way.length || words.some((word, number) => word.folded !== way[number].folded)) return;
      const exact = words.every((word, number) => word.exact === way[number].exact);
      const [start, end] = [words[0].start, words[words.length - 1].end];
      const key = `${clause} ${start} ${end}`;
      if (exact || !found.has(key)) found.set(key, { clause, start, end, exact });
    })));
  }
  return [...found.values()].sort((one, other) => one.start - other.start || one.end - other.end);
}

/** @param {string} text @param {number} begin @param {number} end @param {Place[]} places @returns {Piece[]} */
function cutPieces(text, begin, end, places) {
  const pieces = [];
  let at = begin;
  for (const { start, end: stop } of places) {
    if (stop <= at || start < begin || stop > end) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), hit: false });
    pieces.push({ text: text.slice(Math.max(at, start), stop), hit: true });
    at = stop;
  }
  if (at < end) pieces.push({ text: text.slice(at, end), hit: false });
  return pieces;
}

/** @param {Query} query @param {string} text @param {Abbreviations} short */
export function markText(query, text, short) {
  const clean = text.normalize("NFC");
  return cutPieces(clean, 0, clean.length, findPlaces(query, clean, short));
}

/**
 * The stretch of a bulletin that says most of what is looked for, and when it is heard.
 * @param {Query} query @param {Bulletin} bulletin @param {Abbreviations} short
 * @returns {{pieces: Piece[], startMs: number | null}}
 */
export function snippet(query, bulletin, short) {
  const text = bulletin.passages.map((one) => one[2]).join(" ");
  const places = findPlaces(query, text, short);
  let best = { score: 0, near: /** @type {Place[]} */ ([]) };
  places.forEach((first, number) => {
    const near = places.slice(number).filter((one) => one.end <= first.start + SNIPPET_LENGTH - LEAD_LENGTH);
    const count = (/** @type {Place[]} */ some) => new Set(some.map((one) => one.clause)).size;
    const score = count(near) * 100 + count(near.filter((one) => one.exact));
    if (score > best.score) best = { score, near };
  });
  const first = best.near[0]?.start ?? 0;
  const begin = first > LEAD_LENGTH ? text.indexOf(" ", first - LEAD_LENGTH) + 1 : 0;
  const space = text.indexOf(" ", begin + SNIPPET_LENGTH);
  const end = space < 0 ? text.length : space;
  const pieces = cutPieces(text, begin, end, best.near);
  if (begin > 0) pieces.unshift({ text: "… ", hit: false });
  if (end < text.length) pieces.push({ text: " …", hit: false });
  return { pieces, startMs: best.near.length ? momentOf(bulletin, first) : null };
}

/** @param {Bulletin} bulletin @param {number} offset */
function momentOf(bulletin, offset) {
  let left = offset;
  for (const [startMs, endMs, said] of bulletin.passages) {
    if (left <= said.length) return startMs + Math.floor(((endMs - startMs) * left) / Math.max(1, said.length));
    left -= said.length + 1;
  }
  return 0;
}
