// Conclusions in the order in which a reader needs them; what is shown, and what a link remembers. No DOM here.

const verdictOrder = ["viable", "not viable", "insufficient evidence"];
const verdictWorth = ["viable", "insufficient evidence", "not viable"]; // of several models, the best news first
const emptyFilters = { machine: "", model: "", task: "", api: "", verdict: "" };

/** The least certain comparison, then the cheapest API, first: what is nearest to another verdict. */
function compareCalls(a, b) {
  const doubt = (one) => (isAbsent(one.probability) ? 1 : Math.abs(one.probability - 0.5));
  const cost = (one) => (one.api_attempt_usd ? one.api_attempt_usd[0] : Number.MAX_VALUE); // ∞ - ∞ is no order
  return doubt(a) - doubt(b) || cost(a) - cost(b);
}

function closestCall(comparisons) {
  return comparisons.reduce((best, one) => (compareCalls(one, best) < 0 ? one : best));
}

/** Comparisons of one task that share verdict and reason, what is settled before what is open. */
function verdictGroups(comparisons) {
  const groups = new Map();
  for (const one of comparisons) {
    const key = `${one.verdict}\n${one.decided_by}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
  }
  return [...groups.values()]
    .map((members) => ({ verdict: members[0].verdict, members, closest: closestCall(members) }))
    .sort((a, b) => verdictOrder.indexOf(a.verdict) - verdictOrder.indexOf(b.verdict));
}

/** One card for each record and task: {record, task, groups}; `comparisonsOf` gives those to be shown. */
function verdictCards(records, comparisonsOf) {
  const cards = [];
  for (const record of records) {
    const byTask = new Map();
    for (const one of comparisonsOf(record)) {
      if (!byTask.has(one.task)) byTask.set(one.task, []);
      byTask.get(one.task).push(one);
    }
    for (const [task, members] of byTask) cards.push({ record, task, groups: verdictGroups(members) });
  }
  return cards;
}

/** Better news first: the verdict, viable against more APIs or not viable against fewer, how sure, then the spend here. */
function compareCards(a, b) {
  const rank = (card) => {
    const { verdict, members, closest } = card.groups[0];
    const spend = closest.local_right_usd ? closest.local_right_usd[0] : Infinity;
    const rivals = verdict === "viable" ? members.length : -members.length;
    return [verdictWorth.indexOf(verdict), -rivals, -(closest.probability ?? -1), spend];
  };
  const [left, right] = [rank(a), rank(b)];
  for (let i = 0; i < left.length; i += 1) if (left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  return 0;
}

/** Base models, asked in another way, never stand before chat models. */
function compareShown(a, b) {
  return a.record.is_base - b.record.is_base || compareCards(a, b);
}

/** For each task its best card, how many models and machines have which verdict, and the best of each machine. */
function verdictSummaries(cards) {
  const byTask = new Map();
  for (const card of cards) {
    if (!byTask.has(card.task)) byTask.set(card.task, []);
    byTask.get(card.task).push(card);
  }
  return [...byTask.values()]
    .map((members) => {
      const ordered = [...members].sort(compareShown);
      const machines = new Map();
      for (const card of ordered) if (!machines.has(card.record.machine)) machines.set(card.record.machine, card);
      const viable = members.filter((card) => card.groups[0].verdict === "viable");
      return {
        task: members[0].task,
        best: ordered[0],
        perMachine: [...machines.values()],
        nCards: members.length,
        nViable: viable.length,
        nMachines: machines.size,
        nViableMachines: new Set(viable.map((card) => card.record.machine)).size,
      };
    })
    .sort((a, b) => compareCards(a.best, b.best));
}

/** What the deciding gates found; a verdict of viable rests on two: quality and money. */
function reasonsOf(one) {
  const deciding = one.verdict === "viable" ? ["good-enough", one.decided_by] : [one.decided_by];
  return one.gates.filter((gate) => deciding.includes(gate.name)).map((gate) => gate.why);
}

const beforeQuality = { fits: "memory or context", "fast-enough": "speed or capacity" }; // nothing is drawn

/** Of what the probability is, beside the gate that decides: it is that of quality and money alone. */
function sureWords(one) {
  if (isAbsent(one.probability)) return "no probability can be told";
  const told = `probability of good enough and cheaper: ${probabilityText(one.probability)}`;
  const gate = beforeQuality[one.decided_by];
  return gate ? `decided by ${gate}; but for that, ${told}` : told;
}

const flagWords = {
  "--delta": "an allowed loss of accuracy",
  "--device-price": "a price of the device",
  "--kwh-price": "a price of electricity",
  "--loss-per-error": "a loss per wrong answer",
  "--tasks-per-month": "a volume",
};

/** A flip that begins with a flag of the command line, in words first: `--delta above 0.9` says little to a reader. */
function flipWords(text) {
  return text.replace(/(--[a-z-]+) (above|below|at) (\S+) \((now [^)]+)\)/, (whole, flag, side, figure, now) =>
    flagWords[flag] ? `${flagWords[flag]} ${side} ${figure} (${now}; ${flag})` : whole);
}

/** What would flip it with the least change, or what it rests on most, as it was recorded. */
function weakestOf(one) {
  return flipWords(one.weakest);
}

/** A cost of the device with the marks of the joules that it rests on. */
function hereText(record, one, text) {
  return markedText(text, one.energy_provenance, restsOnDisturbed(record, one));
}

/** Were the joules behind the device's cost taken while others worked? */
function restsOnDisturbed(record, one) {
  return record.efficiency.some((found) => found.task === one.task && found.disturbed);
}

/** How many times cheaper a correct answer is on the cheaper side; null where a side is not known or free. */
function timesCheaper(one) {
  if (!one.local_right_usd || !one.api_right_usd) return null;
  const [here, there] = [one.local_right_usd[0], one.api_right_usd[0]];
  if (!(here > 0) || !(there > 0)) return null;
  return there >= here ? { where: "here", factor: there / here } : { where: "there", factor: here / there };
}

/** Records that the filters let through; task, API and verdict leave out comparisons, too. */
function filteredRecords(data, filters, comparisonsOf) {
  const isWanted = comparisonFilter(data, filters);
  const asksComparison = filters.api || filters.verdict;
  return data.records.filter((record) => {
    if (filters.machine && data.machines[record.machine].key !== filters.machine) return false;
    if (filters.model && record.model.name !== filters.model) return false;
    if (asksComparison) return comparisonsOf(record).some(isWanted);
    return !filters.task || record.tasks.some((one) => data.tasks[one.task].name === filters.task)
      || comparisonsOf(record).some(isWanted);
  });
}

function comparisonFilter(data, filters) {
  return (one) => (!filters.task || data.tasks[one.task].name === filters.task)
    && (!filters.api || data.apis[one.api] === filters.api)
    && (!filters.verdict || one.verdict === filters.verdict);
}

/** A figure or a range as the command line reads it: 0.3, or 0.25..0.35 of which the value is the middle. */
function readRange(text, { least, unit, example = "0.25..0.35" }) {
  // A comma groups thousands; "0,25" is refused, since it would be read as 25.
  const trimmed = text.replace(/[$\s]/g, "").replace(/(^|\.\.)([1-9]\d{0,2}(?:,\d{3})+)(?!\d|,)/g, (_, before, grouped) => before + grouped.replaceAll(",", ""));
  const match = /^(\d*\.?\d+(?:e-?\d+)?)(?:\.\.(\d*\.?\d+(?:e-?\d+)?))?$/i.exec(trimmed);
  if (!match) return { problem: `Give a figure in ${unit}, or a range such as ${example}.` };
  const low = Number(match[1]);
  const high = match[2] === undefined ? low : Number(match[2]);
  if (high < low) return { problem: `Write the lower figure first, as ${example}.` };
  if (low < least || high > 1e12) return { problem: `Give a figure from ${least} to 1e12 ${unit}.` };
  return { band: [match[2] === undefined ? low : (low + high) / 2, low, high] };
}

/** What a link keeps, as `a=1&b=2`; what is empty or unset is left out. */
function writeState(state) {
  return Object.keys(state).sort()
    .filter((key) => state[key] !== "" && state[key] !== null && state[key] !== undefined)
    .map((key) => `${encodeURIComponent(key)}=${encodeURIComponent(state[key])}`)
    .join("&");
}

/** Of a link's hash; without "=" it names a place on the page, and keeps nothing. */
function readState(hash) {
  const text = hash.replace(/^#/, "");
  const state = {};
  for (const part of text.includes("=") ? text.split("&") : []) {
    const [key, ...rest] = part.split("=");
    try {
      state[decodeURIComponent(key)] = decodeURIComponent(rest.join("="));
    } catch {
      continue; // a damaged link keeps what can be read of it
    }
  }
  return state;
}
