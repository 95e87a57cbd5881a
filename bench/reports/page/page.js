// The page itself: reads the embedded data, draws what is asked for, keeps what is chosen in the link.
//
// Stable names for tests and for links into the page:
//   #summaries .summary[data-task]         the verdict of each task; [data-part=verdict|why|sure|weakest|spend]
//   #filters [data-filter=task|model|api|verdict|machine], #clear-filters, #filter-status
//   #card-list .card[data-record][data-task][data-verdict], #more-cards
//   #assumption-form [data-assumption=kwh|device|volume|ownership|share], #edited, #reset-assumptions,
//   #recompute-status; a wrong entry has aria-invalid and #wrong-<name>
//   #chart-list .figure[data-chart], #chart-pickers [data-picker=x|y|task|record]
//   #table-list .table[data-table=spend|quality|speed|latency|memory|energy], th button[data-sort]
//   button[data-origin] opens dialog#origin; #theme, #download; #record-list .record[data-record]
//   document.documentElement.dataset.ready is "yes" once the page can be used.
//   performance has a mark "interactive" then, and a measure "recompute" for each conclusion anew.

const cardsAtFirst = 12;
const cardsMore = 60;
const rowsAtFirst = 10;
const rowsMore = 100;
const recordsInChart = 12;
const recordsAtFirst = 10;

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
const state = readState(location.hash);
const concluded = new Map(); // record id -> comparisons under the edited assumptions
const origins = new Map(); // key of a button -> {title, rows: () => pairs of words}
let shownCards = cardsAtFirst;
let shownRecords = recordsAtFirst;
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
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const plural = (count, one, many = `${one}s`) => `${wholeText(count)} ${count === 1 ? one : many}`;

function rivalNames(group) {
  const others = group.members.filter((one) => one !== group.closest).map((one) => data.apis[one.api]);
  const closest = data.apis[group.closest.api];
  return others.length ? `${closest} (closest call), ${others.join(", ")}` : closest;
}

function spendWords(one) {
  if (!one.local_right_usd && !one.api_right_usd) return null;
  const here = one.local_right_usd ? markedText(moneyBand(perThousand(one.local_right_usd)), one.energy_provenance) : "no bounded cost";
  const there = one.api_right_usd ? moneyBand(perThousand(one.api_right_usd)) : "unknown";
  return `${here} here, ${there} at ${data.apis[one.api]}`;
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

// -- the first screen -----------------------------------------------------------------------------

function drawLead() {
  const kinds = data.records.length;
  const machines = plural(data.machines.length, "machine");
  const models = plural(new Set(data.records.map((record) => record.model.name)).size, "model");
  const where = data.machines.length === 1 ? `on ${machineWords(data.records[0])}` : `on ${machines}`;
  const apis = data.apis.length ? ` against ${plural(data.apis.length, "hosted API")}` : "";
  const premises = [...new Set(data.records.map((record) => record.premise).filter(Boolean))];
  const premise = premises.length === 1 && !isEdited() ? ` The device: ${premises[0]}.` : "";
  byId("lead").textContent = `${models} ${where}${apis}, from ${plural(kinds, "record")}.${premise}`;
  byId("left-out").hidden = data.left_out.length === 0;
  byId("left-out").textContent = `To stay small, this page leaves out ${data.left_out.join("; ")}.`;
}

function drawSummaries(view) {
  const cards = verdictCards(view.records, (record) => comparisonsOf(record).filter(view.isWanted));
  const found = verdictSummaries(cards);
  const shown = found.slice(0, 6);
  put(byId("summaries"), markup`${shown.map(summaryCard)}${found.length ? "" : noVerdict(view)}`);
  return cards;
}

function noVerdict(view) {
  const why = view.records.length === 0 ? "No record matches the filters." : "These records compare nothing with an API: there are measurements below, and no verdict.";
  return markup`<p>${why}</p>`;
}

function summaryCard(summary) {
  const { best, task } = summary;
  const [group, ...others] = best.groups;
  const { closest } = group;
  const title = data.tasks[task].title;
  const name = data.tasks[task].name;
  const machine = data.machines.length > 1 ? ` on ${data.machines[best.record.machine].machine_class}` : "";
  return markup`<article class="summary ${verdictClass(group.verdict)}" data-task="${name}">
    <p class="task">${name}${title === name ? "" : `: ${title}`}</p>
    <h2><span class="word ${verdictClass(group.verdict)}" data-part="verdict">${capital(group.verdict)}</span>${closest.was && markup` <span class="chip edited">recomputed</span>`}</h2>
    <p class="what">${verdictLine(group, best.record, machine)}</p>
    <dl class="facts">
      <dt>Why</dt><dd data-part="why">${reasonsOf(closest).join("; ")}</dd>
      <dt>How sure</dt><dd data-part="sure">${sureWords(closest)}</dd>
      <dt>Weakest point</dt><dd data-part="weakest">${weakestOf(closest)}</dd>
      ${spendWords(closest) && markup`<dt>1,000 right</dt><dd data-part="spend">${spendWords(closest)}</dd>`}
      ${others.map((other) => markup`<dt>Also</dt><dd>${other.verdict} against ${rivalNames(other)}</dd>`)}
    </dl>
    ${summaryCounts(summary)}
    <div class="foot">${originButton(`summary-${task}`, `${name}: ${best.record.label}`, () => comparisonOrigin(viewNow(), best.record, closest), `the verdict on ${name}`)}
      <button type="button" class="link" data-show-task="${name}">${summary.nCards === 1 ? "Only" : `All ${wholeText(summary.nCards)} on`} this task</button></div>
  </article>`;
}

function verdictLine(group, record, machine) {
  const rivals = group.members.length === 1 ? data.apis[group.closest.api] : plural(group.members.length, "API");
  const times = timesWords(group.closest);
  const told = { viable: "instead of", "not viable": "is no replacement for", "insufficient evidence": "against" }[group.verdict];
  return markup`<strong>${record.label}</strong>${machine} ${told} ${rivals}${group.verdict === "viable" && times ? `: ${times.toLowerCase()}` : ""}`;
}

function sureWords(one) {
  const told = one.probability === null
    ? "no probability can be told"
    : `probability ${probabilityText(one.probability)} of good enough and cheaper`;
  return one.items_to_settle ? `${told}; about ${wholeText(one.items_to_settle)} items would settle it` : told;
}

function summaryCounts(summary) {
  if (summary.nCards === 1) return "";
  const runs = `Viable in ${wholeText(summary.nViable)} of ${plural(summary.nCards, "run")}`;
  if (summary.nMachines === 1) return markup`<p class="counts">${runs}; the clearest is shown.</p>`;
  const machines = `, on ${wholeText(summary.nViableMachines)} of ${plural(summary.nMachines, "machine")}`;
  const rows = summary.perMachine.slice(0, 10).map((card) => markup`<tr>
    <th scope="row">${data.machines[card.record.machine].machine_class}</th>
    <td><span class="word ${verdictClass(card.groups[0].verdict)}">${card.groups[0].verdict}</span></td>
    <td>${card.record.label}</td></tr>`);
  return markup`<p class="counts">${runs}${machines}; the clearest is shown.</p>
    <details><summary>The best on each machine</summary><div class="scroll" tabindex="0" role="region" aria-label="The best on each machine"><table>
    <caption class="hidden">The best model of each machine on this task</caption>
    <thead><tr><th scope="col">Machine</th><th scope="col">Verdict</th><th scope="col">Model</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

// -- cards ----------------------------------------------------------------------------------------

function drawCards(view, cards) {
  const order = verdictSummaries(cards).map((summary) => summary.task);
  const ordered = [...cards].sort((a, b) => order.indexOf(a.task) - order.indexOf(b.task) || compareShown(a, b));
  const shown = ordered.slice(0, shownCards);
  put(byId("card-list"), markup`${order.map((task) => {
    const members = shown.filter((card) => card.task === task);
    return members.length ? markup`<h3 class="group">${data.tasks[task].name}</h3><div class="grid">${members.map((card) => verdictCard(view, card))}</div>` : "";
  })}`);
  const left = ordered.length - shownCards;
  byId("more-cards").hidden = left <= 0;
  byId("more-cards").textContent = `Show ${wholeText(Math.min(left, cardsMore))} more of ${wholeText(left)}`;
}

/** "against 6, insufficient evidence against 2": several reasons of one verdict are one count. */
function verdictCounts(groups) {
  const counts = new Map();
  for (const { verdict, members } of groups) counts.set(verdict, (counts.get(verdict) ?? 0) + members.length);
  return [...counts].map(([verdict, count], i) => `${i ? `${verdict} ` : ""}against ${wholeText(count)}`).join(", ");
}

function verdictCard(view, { record, task, groups }) {
  const [group] = groups;
  const { closest } = group;
  const name = data.tasks[task].name;
  const quality = record.tasks.find((one) => one.task === task);
  const members = groups.flatMap((one) => one.members);
  const chips = [
    record.is_quick && "quick run", !record.is_complete && "not finished", record.is_base && "base model",
    record.imported && "imported", view.isRecomputed(record) && "recomputed",
  ].filter(Boolean);
  return markup`<article class="card ${verdictClass(group.verdict)}" data-record="${record.id}" data-task="${name}" data-verdict="${group.verdict}">
    <h4>${record.label}</h4>
    ${data.machines.length > 1 && markup`<p class="task">${data.machines[record.machine].machine_class}</p>`}
    <p><span class="word ${verdictClass(group.verdict)}">${capital(group.verdict)}</span>
      <span class="quiet">${verdictCounts(groups)}</span>
      ${chips.map((chip) => markup` <span class="chip${chip === "recomputed" ? " edited" : ""}">${chip}</span>`)}</p>
    <dl class="facts">
      <dt>Why</dt><dd>${reasonsOf(closest).join("; ")}</dd>
      <dt>How sure</dt><dd>${sureWords(closest)}</dd>
      <dt>Weakest</dt><dd>${weakestOf(closest)}</dd>
      ${quality && markup`<dt>Accuracy</dt><dd>${percentInterval(quality.accuracy)}, ${wholeText(quality.right)} of ${wholeText(quality.n)} right</dd>`}
      ${spendWords(closest) && markup`<dt>1,000 right</dt><dd>${spendWords(closest)}</dd>`}
    </dl>
    <details><summary>${plural(members.length, "API")}${closest.if_bought ? ", and if the device were bought" : ""}</summary>
      ${closest.if_bought && markup`<p class="bought">${closest.if_bought}</p>`}
      <div class="scroll" role="region" tabindex="0" aria-label="APIs against ${record.label} on ${name}"><table>
      <caption class="hidden">Each API against ${record.label} on ${name}</caption>
      <thead><tr><th scope="col">API</th><th scope="col">Verdict</th><th scope="col" class="number">Probability</th><th scope="col" class="number">USD per 1,000 right</th></tr></thead>
      <tbody>${members.map((one) => markup`<tr><th scope="row">${data.apis[one.api]}${one === closest && members.length > 1 ? " (closest call)" : ""}</th>
        <td><span class="word ${verdictClass(one.verdict)}">${one.verdict}</span></td>
        <td class="number">${probabilityText(one.probability)}</td><td class="number">${moneyBand(perThousand(one.api_right_usd))}</td></tr>`)}</tbody></table></div>
    </details>
    <div class="foot">${originButton(`card-${record.id}-${task}`, `${name}: ${record.label}`, () => comparisonOrigin(view, record, closest), `the verdict on ${name} with ${record.label}`)}</div>
  </article>`;
}

// -- tables ---------------------------------------------------------------------------------------

const tableRows = new Map(pageTables.map((table) => [table.key, rowsAtFirst]));

function drawTableFrames() {
  put(byId("table-list"), markup`${pageTables.map((table) => markup`<section class="table" data-table="${table.key}">
    <h3 id="table-${table.key}">${table.title}</h3><p class="about" id="about-${table.key}">${table.about}</p>
    <div class="hold"></div></section>`)}`);
}

function sortOf(table) {
  const [key, direction] = (state[`sort-${table.key}`] ?? "").split(":");
  return table.columns.some((one) => one.key === key) ? { key, isDescending: direction === "desc" } : null;
}

function drawTable(section) {
  const table = pageTables.find((one) => one.key === section.dataset.table);
  const view = viewNow();
  const sort = sortOf(table);
  const items = table.items(view);
  const count = tableRows.get(table.key);
  const made = (some) => some.map(([record, one]) => table.row(view, record, one));
  const shown = sort ? sortedRows(made(items), sort.key, sort.isDescending).slice(0, count) : made(items.slice(0, count));
  const left = items.length - shown.length;
  const hold = section.querySelector(".hold");
  if (items.length === 0) {
    put(hold, markup`<p class="quiet">Nothing of this kind was measured in the records that are shown.</p>`);
    return;
  }
  put(hold, markup`<div class="scroll" role="region" tabindex="0" aria-labelledby="table-${table.key}">
    <table aria-describedby="about-${table.key}"><caption class="hidden">${table.title}, ${plural(items.length, "row")}</caption>
    <thead><tr>${table.columns.map((one) => headerCell(one, sort))}<th scope="col" class="origin-cell"><span class="hidden">Origin</span></th></tr></thead>
    <tbody>${shown.map((row, i) => tableRow(table, row, i))}</tbody></table></div>
    ${left > 0 ? markup`<p class="more"><button type="button" data-more="${table.key}">Show ${wholeText(Math.min(left, rowsMore))} more of ${wholeText(left)}</button></p>` : ""}`);
}

function headerCell(one, sort) {
  const isSorted = sort && sort.key === one.key;
  const order = isSorted ? markup` aria-sort="${sort.isDescending ? "descending" : "ascending"}"` : "";
  return markup`<th scope="col" class="${one.isNumber ? "number" : ""}"${order}><button type="button" data-sort="${one.key}" title="${one.help || "Sort"}">${one.label}</button></th>`;
}

function tableRow(table, row, place) {
  const [first, ...others] = table.columns;
  const missing = table.columns.filter((one) => row.cells[one.key].sort === null && row.cells[one.key].title)
    .map((one) => [`${one.label} is missing`, row.cells[one.key].title]);
  const about = table.columns.filter((one) => !one.isNumber).map((one) => row.cells[one.key].text).join(", ");
  const shown = (one) => {
    const { text, title } = row.cells[one.key];
    if (title) return markup`<span title="${title}">${text}</span>`;
    const [, value, bounds] = (one.isNumber && /^(.+) (\(.+\))$/.exec(text)) || [null, text, null];
    return bounds ? markup`${value} <span class="bounds">${bounds}</span>` : text;
  };
  return markup`<tr><th scope="row">${shown(first)}</th>${others.map((one) => markup`<td class="${one.isNumber ? "number" : ""}">${
    one.key === "verdict" ? markup`<span class="word ${verdictClass(row.cells.verdict.text)}">${row.cells.verdict.text}</span>` : shown(one)}</td>`)}
    <td class="origin-cell">${originButton(`${table.key}-${place}`, `${table.title}: ${about}`, () => [...row.origin(), ...missing], about)}</td></tr>`;
}

// -- charts ---------------------------------------------------------------------------------------

const pareto0 = { x: "memory", y: "accuracy" };
const paretoAxis = (name) => (Object.hasOwn(paretoMeasures, state[name] ?? "") ? state[name] : pareto0[name]);

function chartList(view) {
  const task = state["chart-task"] === undefined ? null : Number(state["chart-task"]);
  const ids = view.records.slice(0, recordsInChart).map((record) => record.id);
  const names = data.tasks.map((one) => one.name);
  const chosen = task !== null && data.tasks[task] ? task : view.filters.task ? names.indexOf(view.filters.task) : defaultTask(view);
  const all = { records: ids, task: chosen, api: view.filters.api ? data.apis.indexOf(view.filters.api) : null, changes: changesNow() };
  const record = ids.includes(state["chart-record"]) ? state["chart-record"] : defaultRecord(view, chosen);
  const one = { ...all, records: null, record };
  return [
    { name: "spend", column: 0, build: (live) => spendPerCorrect(live, all) },
    { name: "pareto", column: 0, build: (live) => pareto(live, { ...all, x: paretoAxis("x"), y: paretoAxis("y") }) },
    { name: "accuracy", column: 0, build: (live) => accuracyWithChance(live, { ...all, task: null }) },
    { name: "break-even", column: 1, build: (live) => breakEven(live, one) },
    { name: "tornado", column: 1, build: () => tornado(data, one), isRecorded: true },
    { name: "memory", column: 1, build: (live) => memoryStacked(live, all) },
    { name: "depth", column: 1, build: (live) => speedByDepth(live, all) },
    { name: "concurrency", column: 1, build: (live) => speedByConcurrency(live, all) },
    { name: "energy", column: 1, build: (live) => energyByPhase(live, all) },
  ];
}

function defaultTask(view) {
  const found = verdictSummaries(verdictCards(view.records, comparisonsOf));
  return found.length ? found[0].task : 0;
}

function defaultRecord(view, task) {
  const cards = verdictCards(view.records, comparisonsOf).filter((card) => card.task === task).sort(compareCards);
  return cards.length ? cards[0].record.id : (view.records[0]?.id ?? null);
}

function drawChartFrames() {
  const view = viewNow();
  const columns = [0, 1].map((column) => chartList(view).filter((one) => one.column === column));
  put(byId("chart-list"), markup`${columns.map((column) => markup`<div>${column.map((one) => markup`<figure class="figure" data-chart="${one.name}"></figure>`)}</div>`)}`);
}

function drawFigure(figure) {
  const view = viewNow();
  const { build, isRecorded } = chartList(view).find((one) => one.name === figure.dataset.chart);
  const live = { ...data, records: data.records.map((record) => ({ ...record, comparisons: comparisonsOf(record) })) };
  const spec = build(live);
  figure.classList.toggle("bare", !hasMarks(spec));
  if (!hasMarks(spec)) {
    put(figure, markup`<h3>${spec.title}</h3><p class="quiet">${(spec.notes ?? []).join(" ") || spec.description || "Nothing of this kind was measured."}</p>`);
    return;
  }
  const width = Math.max(280, Math.floor(figure.clientWidth - 34));
  figure.innerHTML = drawChart(spec, { width, theme: "page" }); // every text in it is escaped where it is drawn
  if (isRecorded && concluded.size) {
    figure.insertAdjacentHTML("beforeend", markup`<p class="quiet">As recorded: edited assumptions do not enter this chart.</p>`.text);
  }
  if (view.records.length > recordsInChart) {
    figure.insertAdjacentHTML("beforeend", markup`<p class="quiet">${recordsInChart} of ${wholeText(view.records.length)} records are drawn: filter to choose others.</p>`.text);
  }
}

function drawPickers(view) {
  const measures = Object.entries(paretoMeasures).map(([key, one]) => [key, capital(one.label)]);
  const tasks = data.tasks.map((one, place) => [String(place), one.name]);
  const records = view.records.slice(0, recordsInChart).map((record) => [record.id, record.label]);
  const pick = (name, label, choices, chosen) => markup`<label>${label} <select data-picker="${name}">${
    choices.map(([key, text]) => markup`<option value="${key}"${key === chosen ? markup` selected` : ""}>${text}</option>`)}</select></label>`;
  const task = state["chart-task"] ?? "";
  put(byId("chart-pickers"), markup`
    ${pick("chart-task", "Task", [["", "the clearest"], ...tasks], task)}
    ${pick("chart-record", "Model of break-even and tornado", [["", "the best"], ...records], state["chart-record"] ?? "")}
    ${pick("x", "Pareto, across", measures, paretoAxis("x"))}
    ${pick("y", "Pareto, up", measures, paretoAxis("y"))}`);
}

// -- assumptions ----------------------------------------------------------------------------------

const assumptionFields = [
  { key: "kwh", change: "kwh_price", name: "kwh price", label: "Price of electricity", unit: "USD/kWh", least: 0, flag: "--kwh-price" },
  { key: "device", change: "device_price", name: "device price", label: "Price of the device", unit: "USD", least: 0, flag: "--device-price" },
  { key: "volume", change: "tasks_per_month", name: "tasks per month", label: "Tasks a month", unit: "tasks", least: 0.001, flag: "--tasks-per-month" },
];
const ownershipChoices = [["", "as in the records"], ["sunk", "already owned"], ["dedicated", "bought for this"], ["shared", "bought, shared with other work"]];

function recordedAssumption(name) {
  const found = new Set();
  for (const record of data.records) {
    for (const place of record.assumptions) if (data.assumptions[place].name === name) found.add(data.assumptions[place]);
  }
  return [...found];
}

function recordedWords(name) {
  const values = [...new Set(recordedAssumption(name).map((one) => one.value))];
  if (values.length === 0) return "not stated";
  return values.length === 1 ? values[0] : "differs by record";
}

function drawAssumptionForm() {
  const canRedo = data.worksheet !== null && data.worksheet !== undefined;
  const fields = assumptionFields.map((one) => markup`<div class="field" data-field="${one.key}">
    <label for="assume-${one.key}">${one.label}</label>
    <div class="entry"><input id="assume-${one.key}" data-assumption="${one.key}" type="text" inputmode="decimal" autocomplete="off"
      placeholder="${recordedWords(one.name)}" value="${state[one.key] ?? ""}" aria-describedby="hint-${one.key}"><span class="unit">${one.unit}</span></div>
    <p class="hint" id="hint-${one.key}">Recorded: ${recordedWords(one.name)}</p>
    <p class="wrong" id="wrong-${one.key}" role="alert" hidden></p></div>`);
  const owned = markup`<div class="field" data-field="ownership">
    <label for="assume-ownership">Who bears the device's price</label>
    <div class="entry"><select id="assume-ownership" data-assumption="ownership" aria-describedby="hint-ownership">${
      ownershipChoices.map(([key, text]) => markup`<option value="${key}"${key === (state.ownership ?? "") ? markup` selected` : ""}>${text}</option>`)}</select>
    <input id="assume-share" data-assumption="share" aria-label="Share borne by this task, from 0 to 1" type="text" inputmode="decimal" placeholder="0.5" value="${state.share ?? ""}" hidden></div>
    <p class="hint" id="hint-ownership">Recorded: ${recordedWords("ownership")}; one that is bought needs a price</p>
    <p class="wrong" id="wrong-ownership" role="alert" hidden></p></div>`;
  put(byId("assumption-fields").querySelector(".fields"), markup`${fields}${owned}`);
  byId("assumption-fields").disabled = !canRedo;
  put(byId("assumptions-about"), canRedo
    ? markup`Change them, and verdicts, charts and tables follow: a figure, or a range as 0.25..0.35. Nothing leaves this page.`
    : markup`Nothing can be recomputed here: ${data.worksheet_absent ?? "this page holds conclusions, not what they are computed from"}. <code>breakeven cost --kwh-price 0.25..0.35 --html FILE</code> concludes anew.`);
  put(byId("all-assumptions").querySelector(".body"), assumptionTable());
  byId("all-assumptions").querySelector(".body").classList.add("wide");
}

function assumptionTable() {
  const rows = data.assumptions.map((one) => markup`<tr><th scope="row">${one.name}</th><td>${one.value} ${one.unit}</td><td>${one.kind}</td>
    <td>${one.source}${one.date ? ` (${one.date})` : ""}</td><td>${one.flag ? markup`<code>${one.flag}</code>` : ABSENT}</td></tr>`);
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="All assumptions"><table><caption class="hidden">All assumptions of the records</caption>
    <thead><tr><th scope="col">Assumption</th><th scope="col">Value</th><th scope="col">Kind</th><th scope="col">Source</th><th scope="col">Changed by</th></tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

/** What is edited, as economics.js takes it; a wrong entry counts for nothing and is told beside its field. */
function changesNow() {
  return readChanges().changes;
}

function readChanges() {
  const changes = {};
  const wrong = {};
  for (const one of assumptionFields) {
    if (!state[one.key]) continue;
    const read = readRange(state[one.key], one);
    if (read.problem) wrong[one.key] = read.problem;
    else changes[one.change] = read.band;
  }
  if (state.ownership) {
    const share = state.ownership === "shared" ? Number(state.share || "0.5") : state.ownership === "dedicated" ? 1 : 0;
    const hasPrice = changes.device_price || recordedAssumption("device price").length;
    if (!(share >= 0 && share <= 1)) wrong.ownership = "Give a share from 0 to 1.";
    else if (state.ownership !== "sunk" && !hasPrice) wrong.ownership = "Give the price of the device, too.";
    else changes.ownership = { kind: state.ownership, share };
  }
  return { changes, wrong };
}

function isEdited() {
  return Object.keys(changesNow()).length > 0;
}

function tellWrong() {
  const { wrong } = readChanges();
  for (const name of [...assumptionFields.map((one) => one.key), "ownership"]) {
    const place = byId(`wrong-${name}`);
    const entry = byId(`assume-${name}`);
    place.hidden = !wrong[name];
    if (place.textContent !== (wrong[name] ?? "")) place.textContent = wrong[name] ?? "";
    entry.setAttribute("aria-invalid", wrong[name] ? "true" : "false");
    entry.setAttribute("aria-describedby", wrong[name] ? `wrong-${name} hint-${name}` : `hint-${name}`);
    entry.closest(".field").classList.toggle("changed", Boolean(state[name]) && !wrong[name]);
  }
  byId("assume-share").hidden = state.ownership !== "shared";
  byId("edited").hidden = !isEdited();
  byId("reset-assumptions").hidden = ![...assumptionFields.map((one) => one.key), "ownership", "share"].some((key) => state[key]);
}

/** Concludes record by record, in pieces that leave the page responsive; then draws everything once. */
function recompute() {
  recomputing += 1;
  const run = recomputing;
  const startMs = performance.now();
  const changes = changesNow();
  const status = byId("recompute-status");
  tellWrong();
  concluded.clear();
  if (!data.worksheet || Object.keys(changes).length === 0) {
    status.textContent = data.worksheet ? "Verdicts are as recorded." : "";
    drawAll();
    return;
  }
  const found = new Map();
  const wanted = data.records.filter((record) => record.comparisons.length);
  let place = 0;
  const step = () => {
    if (run !== recomputing) return;
    const until = performance.now() + 30;
    while (place < wanted.length && performance.now() < until) {
      const comparisons = concludedAnew(wanted[place], changes);
      if (comparisons) found.set(wanted[place].id, comparisons);
      place += 1;
    }
    if (place < wanted.length) {
      status.textContent = `Recomputing ${wholeText(place)} of ${wholeText(wanted.length)} records…`;
      setTimeout(step);
      return;
    }
    for (const [id, comparisons] of found) concluded.set(id, comparisons);
    drawAll();
    status.textContent = recomputedWords(wanted, found);
    performance.measure("recompute", { start: startMs });
  };
  step();
}

function recomputedWords(wanted, found) {
  const anew = wanted.map((record) => found.get(record.id)).filter(Boolean);
  const moved = anew.flat().filter((one) => one.was && one.was !== one.verdict).length;
  const kept = wanted.flatMap((record) => found.get(record.id) ?? record.comparisons).filter((one) => !one.was);
  const told = moved ? `${plural(moved, "verdict")} changed` : "no verdict changes";
  const because = kept.length ? ` ${plural(kept.length, "comparison")} as recorded: ${kept[0].kept_because ?? keptBecause(wanted[0].id)}.` : "";
  return `Recomputed here with ${wholeText(data.worksheet.n_draws)} draws: ${told}.${because}`;
}

/** The record's comparisons with what changes in them; null where none can be redone. */
function concludedAnew(record, changes) {
  const key = (task, api) => `${task}\n${api}`;
  const anew = new Map(conclude(data.worksheet, record.id, changes).map((one) => [key(one.task, one.api), one]));
  if (anew.size === 0) return null;
  return record.comparisons.map((one) => {
    const [task, api] = [data.tasks[one.task].name, data.apis[one.api]];
    const found = anew.get(key(task, api));
    if (!found) return { ...one, kept_because: keptBecause(record.id, task, api) };
    const weakest = found.verdict === one.verdict ? `as recorded: ${one.weakest}` : `what was edited: as recorded it is ${one.verdict}`;
    return { ...one, ...found, task: one.task, api: one.api, was: one.verdict, weakest, flips: [] };
  });
}

function keptBecause(record, task = null, api = null) {
  const isOf = (asked, given) => asked === null || given === null || asked === given;
  const found = data.worksheet.not_redone.find((one) => one.record === record && isOf(one.task, task) && isOf(one.api, api));
  return found ? found.because : "what it was concluded from is not in this page";
}

// -- filters --------------------------------------------------------------------------------------

function drawFilters() {
  const choices = {
    task: data.tasks.map((one) => [one.name, one.name]),
    model: [...new Set(data.records.map((record) => record.model.name))].sort().map((name) => [name, name]),
    api: data.apis.map((name) => [name, name]),
    verdict: verdictOrder.map((verdict) => [verdict, verdict]),
    machine: data.machines.map((one) => [one.key, `${one.machine_class}${data.machines.filter((other) => other.machine_class === one.machine_class).length > 1 ? ` #${one.key}` : ""}`]),
  };
  for (const select of document.querySelectorAll("[data-filter]")) {
    const name = select.dataset.filter;
    const options = [["", "all"], ...choices[name]];
    put(select, markup`${options.map(([key, text]) => markup`<option value="${key}">${text}</option>`)}`);
    select.value = state[name] ?? "";
    if (select.selectedIndex < 0) {
      select.value = ""; // a link from another page names what is not here
      delete state[name];
    }
    select.closest("label").hidden = options.length < 3 && name !== "verdict";
  }
}

function drawFilterStatus(view, cards) {
  const isFiltered = filterNames.some((name) => state[name]);
  byId("clear-filters").hidden = !isFiltered;
  byId("filter-status").textContent = isFiltered
    ? `${plural(cards.length, "verdict")} of ${plural(view.records.length, "record")}.`
    : "";
}

// -- method, warnings, records --------------------------------------------------------------------

function drawWarnings(view) {
  const told = new Map();
  const add = (text, remedy, record) => {
    const key = `${text}\n${remedy}`;
    if (!told.has(key)) told.set(key, { text, remedy, names: [] });
    told.get(key).names.push(record.label);
  };
  for (const record of view.records) {
    for (const one of record.warnings) add(one.what, one.remedy, record);
    for (const one of record.failures) add(`${one.unit} failed, ${one.kind}: ${one.what}`, "", record);
    for (const note of record.notes) add(note, "", record);
  }
  const few = (names) => (names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", "));
  const rows = [...told.values()].slice(0, 200).map((one) => markup`<li>${one.text} <span class="quiet">(${few(one.names)})</span>${one.remedy && markup`<br><span class="quiet">Remedy: ${one.remedy}</span>`}</li>`);
  put(byId("warnings").querySelector(".body"), rows.length ? markup`<ul>${rows}</ul>` : markup`<p>None.</p>`);
  byId("warnings").querySelector("summary").textContent = `Warnings and failures (${wholeText(told.size)})`;
}

function drawRecords(view) {
  put(byId("record-list"), markup`${view.records.slice(0, shownRecords).map((record) => {
    const { model } = record;
    const facts = [
      record.created.replace("T", " ").replace("Z", " UTC"), record.is_quick && "quick run", !record.is_complete && "not finished",
      machineWords(record), record.engine && `${record.engine.name} ${record.engine.version}`,
      record.imported ? `imported from ${record.imported}` : `breakeven ${record.tool.version}`,
      `${parametersText(model.n_params)} parameters, ${sizeText(model.size_bytes)}${model.quantization ? `, ${model.quantization}` : ""}`,
      `from ${model.source}`, `sha256 ${model.sha256.slice(0, 12)}`, model.licence,
    ].filter(Boolean);
    return markup`<article class="record" data-record="${record.id}"><h3>${record.label}</h3>
      <p class="quiet">${facts.join(" · ")}</p><p class="quiet">Record ${record.id}${record.file && ` in ${record.file}`}</p>
      <div class="command"><code>${record.command}</code><button type="button" data-copy="${record.id}" aria-label="Copy the command of ${record.label}">Copy</button></div></article>`;
  })}`);
  const left = view.records.length - shownRecords;
  byId("more-records").hidden = left <= 0;
  byId("more-records").textContent = `Show ${wholeText(Math.min(left, 50))} more of ${wholeText(left)}`;
}

// -- drawing what is near -------------------------------------------------------------------------

const stale = new WeakSet();

function drawPart(element) {
  if (!stale.has(element)) return;
  stale.delete(element);
  if (element.dataset.chart) drawFigure(element);
  else if (element.dataset.table) drawTable(element);
  else drawRecords(viewNow());
}

const watcher = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => drawPart(entry.target)),
  { rootMargin: "600px" },
);

const lateParts = () => [...document.querySelectorAll("[data-chart], [data-table], #record-list")];

/** Parts far from the window are drawn when they come near. */
function drawLate() {
  for (const element of lateParts()) {
    stale.add(element);
    watcher.unobserve(element);
    watcher.observe(element);
  }
}

function drawAll() {
  const view = viewNow();
  drawLead();
  const cards = drawSummaries(view);
  drawCards(view, cards);
  drawFilterStatus(view, cards);
  drawWarnings(view);
  drawPickers(view);
  drawLate();
}

// -- what the reader does -------------------------------------------------------------------------

function later(action, delay) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
}

const recomputeSoon = later(recompute, 250);

function showOrigin(key) {
  const { title, rows } = origins.get(key);
  byId("origin-title").textContent = title;
  put(byId("origin-body"), markup`<dl class="facts">${rows().map(([name, text]) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`);
  byId("origin").showModal();
}

const themes = ["", "light", "dark"];
const themeWords = { "": "as the system", light: "light", dark: "dark" };

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme").setAttribute("aria-label", `Colours: ${themeWords[theme]}`);
  byId("theme").title = `Colours: ${themeWords[theme]}`;
  try {
    localStorage.setItem("breakeven-theme", theme);
  } catch {
    // a page without storage keeps the choice while it is open
  }
}

function storedTheme() {
  try {
    const theme = localStorage.getItem("breakeven-theme");
    return themes.includes(theme) ? theme : "";
  } catch {
    return "";
  }
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 1)], { type: "application/json" }));
  link.download = "breakeven.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function onClick(event) {
  const target = event.target.closest("button, a");
  if (!target) return;
  const { dataset, id } = target;
  if (dataset.origin !== undefined) showOrigin(dataset.origin);
  else if (dataset.sort) sortBy(target);
  else if (dataset.more) showMoreRows(target);
  else if (dataset.copy) copyCommand(target);
  else if (dataset.showTask) {
    remember({ task: dataset.showTask });
    drawFilters();
    drawAll();
    moveTo("cards");
  } else if (id === "close-origin") byId("origin").close();
  else if (id === "theme") setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % 3]);
  else if (id === "download") download();
  else if (id === "more-cards") {
    const first = shownCards;
    shownCards += cardsMore;
    const view = viewNow();
    drawCards(view, verdictCards(view.records, (record) => comparisonsOf(record).filter(view.isWanted)));
    byId("card-list").querySelectorAll(".card")[first]?.querySelector("button").focus();
  } else if (id === "more-records") {
    shownRecords += 50;
    drawRecords(viewNow());
  } else if (id === "clear-filters") {
    remember(emptyFilters);
    drawFilters();
    drawAll();
    document.querySelector("[data-filter]").focus();
  } else if (id === "reset-assumptions") {
    remember({ kwh: "", device: "", volume: "", ownership: "", share: "" });
    drawAssumptionForm();
    recompute();
    byId("assume-kwh").focus();
  } else if (target.matches("a[href^='#']")) {
    event.preventDefault(); // the link's hash keeps what is chosen, not where the reader is
    moveTo(target.getAttribute("href").slice(1));
  }
}

function moveTo(id) {
  const place = byId(id);
  place.scrollIntoView();
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

function sortBy(button) {
  const section = button.closest("[data-table]");
  const table = pageTables.find((one) => one.key === section.dataset.table);
  const { key } = table.columns.find((one) => one.key === button.dataset.sort);
  const sort = sortOf(table);
  const isDescending = sort && sort.key === key ? !sort.isDescending : false;
  remember({ [`sort-${table.key}`]: `${key}:${isDescending ? "desc" : "asc"}` });
  drawTable(section);
  section.querySelector(`[data-sort="${key}"]`).focus();
}

function showMoreRows(button) {
  const section = button.closest("[data-table]");
  const shown = tableRows.get(button.dataset.more);
  tableRows.set(button.dataset.more, shown + rowsMore);
  drawTable(section);
  section.querySelectorAll("tbody tr")[shown]?.querySelector("button").focus();
}

function copyCommand(button) {
  const record = data.records.find((one) => one.id === button.dataset.copy);
  const told = (text) => { button.textContent = text; };
  if (!navigator.clipboard) {
    getSelection().selectAllChildren(button.previousElementSibling);
    return;
  }
  navigator.clipboard.writeText(record.command).then(() => told("Copied"), () => told("Not allowed"));
}

function onInput(event) {
  const { dataset, value } = event.target;
  if (dataset.filter) {
    remember({ [dataset.filter]: value });
    shownCards = cardsAtFirst;
    drawAll();
  } else if (dataset.picker) {
    remember({ [dataset.picker]: value });
    drawLate();
  } else if (dataset.assumption) {
    remember({ [dataset.assumption]: value.trim() });
    tellWrong();
    recomputeSoon();
  }
}

let closedForPrint = [];

function beforePrint() {
  closedForPrint = [...document.querySelectorAll("details:not([open])")];
  for (const one of closedForPrint) one.open = true;
  for (const element of lateParts()) drawPart(element);
}

function afterPrint() {
  for (const one of closedForPrint) one.open = false;
}

function takeLink() {
  const linked = readState(location.hash);
  for (const key of Object.keys(state)) delete state[key];
  Object.assign(state, linked);
  drawFilters();
  drawAssumptionForm();
  recompute();
}

function start() {
  setTheme(storedTheme());
  byId("made").textContent = `Made by breakeven ${data.version} from ${plural(data.records.length, "record")}${data.made ? `, the newest of ${data.made}` : ""}. Works offline; nothing is sent anywhere.`;
  drawTableFrames();
  drawFilters();
  drawAssumptionForm();
  drawChartFrames();
  recompute();
  document.addEventListener("click", onClick);
  document.addEventListener("input", onInput);
  document.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", takeLink);
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
  addEventListener("resize", later(drawLate, 200));
  document.documentElement.dataset.ready = "yes";
  performance.mark("interactive");
}

start();
