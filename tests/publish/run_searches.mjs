// Runs the shared test set in the portal's script: {bulletins, names, abbreviations, queries, path} on stdin.
import { readFileSync } from "node:fs";

const given = JSON.parse(readFileSync(0, "utf8"));
const { abbreviations } = await import(given.folder + "/search_readings.js");
const { indexEntries, parseQuery, rank, snippet } = await import(given.folder + "/search_query.js");
const short = abbreviations(given.abbreviations);
const entries = given.bulletins.map((one) => indexEntries(one, short));
const answers = given.queries.map((asked) => {
  const query = parseQuery(asked, given.names, short);
  if (!query.clauses.length) return [];
  return given.bulletins
    .map((one, number) => [rank(query, entries[number]), number, one])
    .filter(([place]) => place >= 0)
    .sort((one, other) => one[0] - other[0] || other[1] - one[1])
    .map(([, , one]) => [one.id, snippet(query, one, short).startMs]);
});
console.log(JSON.stringify({ answers, entries: entries.map((one) => [...one].sort()) }));
