// What the page knows and what is chosen in it, and the words that several parts use. Reads the document.

const summariesAtMost = 9;
const cardsAtFirst = 12;
const cardsMore = 60;
const rowsAtFirst = 10;
const rowsMore = 100;
const recordsInChart = 12;
const recordsAtFirst = 10;
const recordsMore = 50;
const onPaper = 200; // of each list: a printer has no button that brings more

class Markup {
  constructor(text) { this.text = text; }
}

/** A template whose values are escaped, unless they are markup themselves; lists are joined. */
function markup(strings, ...values) {
  const shown = (value) => {
    if (value instanceof Markup) return value.text;
    if (Array.isArray(value)) return value.map(shown).join("");
    return value === null || value === undefined || value === false ? "" : escapeText(value);
  };
  return new Markup(strings.reduce((text, part, i) => text + shown(values[i - 1]) + part));
}

function put(element, content) {
  element.innerHTML = content.text;
}

const byId = (id) => document.getElementById(id);

// -- what is known and what is chosen -------------------------------------------------------------

const data = unpackData(JSON.parse(byId("data").textContent));
const hasVerdicts = data.records.some((record) => record.comparisons.length);
const state = readState(location.hash);
const concluded = new Map(); // record id -> comparisons under the edited assumptions
const origins = new Map(); // key of a button -> {title, rows: () => pairs of words}
let shownCards = cardsAtFirst;
let shownRecords = recordsAtFirst;
let isPaper = false;
let recomputing = 0; // counts the runs, so that a later one ends the earlier

const filterNames = ["task", "model", "api", "verdict", "machine"];

function filtersNow() {
  return Object.fromEntries(filterNames.map((name) => [name, state[name] ?? ""]));
}

function comparisonsOf(record) {
  return concluded.get(record.id) ?? record.comparisons;
}

function viewNow() {
  const filters = filtersNow();
  return {
    data, filters, comparisonsOf,
    records: filteredRecords(data, filters, comparisonsOf),
    isWanted: comparisonFilter(data, filters),
    isRecomputed: (record) => concluded.has(record.id),
  };
}

function remember(changes) {
  Object.assign(state, changes);
  for (const key of Object.keys(state)) if (state[key] === "" || state[key] === null) delete state[key];
  try {
    history.replaceState(null, "", `#${writeState(state)}`);
  } catch {
    // a page within another may not change its address; it works without
  }
}

// -- words ----------------------------------------------------------------------------------------

const verdictClass = (verdict) => verdict.replace(/ /g, "-");
const plural = (count, one, many = `${one}s`) => `${wholeText(count)} ${count === 1 ? one : many}`;

const moreWords = (left, more) => (left <= more ? `Show ${wholeText(left)} more` : `Show ${wholeText(more)} more of ${wholeText(left)}`);

/** How many of a list are drawn; on paper more than were asked for. */
const shownOf = (count) => (isPaper ? Math.max(count, onPaper) : count);

/** On paper, that there are more; "" where there are not. */
const leftWords = (shown, all) => (all > shown ? `${wholeText(shown)} of ${wholeText(all)} are printed.` : "");

/** A figure with its bounds below it. */
function stacked(text) {
  const [, value, bounds] = /^(.+) (\(.+\))$/.exec(text) ?? [null, text, null];
  return bounds ? markup`${value} <span class="bounds">${bounds}</span>` : text;
}

function rivalNames(group) {
  const others = group.members.filter((one) => one !== group.closest).map((one) => data.apis[one.api]);
  const closest = data.apis[group.closest.api];
  return others.length ? `${closest} (closest call), ${others.join(", ")}` : closest;
}

function spendWords(record, one) {
  if (!one.local_right_usd && !one.api_right_usd) return null;
  const here = one.local_right_usd ? hereText(record, one, moneyBand(perThousand(one.local_right_usd))) : null;
  const there = one.api_right_usd ? moneyBand(perThousand(one.api_right_usd)) : "unknown";
  const told = `${here ? `${here} here` : "here a correct answer has no bounded cost"}, ${there} at ${data.apis[one.api]}`;
  return told.includes("(") ? `${told}; brackets: 95 % of the draws` : told;
}

function timesWords(one) {
  const times = timesCheaper(one);
  if (!times) return null;
  if (times.factor < 1.05) return "About the same cost on both sides";
  return `${significant(times.factor, 2)} × cheaper ${times.where === "here" ? "here" : "there"}`;
}

function machineWords(record) {
  const machine = data.machines[record.machine];
  return machine.cpu_model === "unknown" ? machine.machine_class : `${machine.machine_class} (${machine.cpu_model})`;
}

function originButton(key, title, rows, about) {
  origins.set(key, { title, rows });
  return markup`<button type="button" class="link" data-origin="${key}" aria-label="Origin of ${about}">Origin</button>`;
}
