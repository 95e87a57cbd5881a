// The evidence: tables, charts, warnings and records, drawn when they come near.

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
  const count = shownOf(tableRows.get(table.key));
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
    <p class="quiet on-paper">${leftWords(shown.length, items.length)}</p>
    ${left > 0 ? markup`<p class="more"><button type="button" data-more="${table.key}">${moreWords(left, rowsMore)}</button></p>` : ""}`);
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
    return one.isNumber ? stacked(text) : text;
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
  const card = chartedCard(view, chosen, ids);
  const one = { ...all, records: null, record: card ? card.record.id : (ids[0] ?? null), api: card ? card.groups[0].closest.api : all.api };
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
  return found.length ? found[0].task : data.tasks.length ? 0 : null;
}

/** Whose break-even and sensitivity are drawn: the clearest card of the task, and its closest call. */
function chartedCard(view, task, records) {
  const cards = verdictCards(view.records, (record) => comparisonsOf(record).filter(view.isWanted));
  const chosen = records.includes(state["chart-record"]) ? state["chart-record"] : null;
  const isOf = (card) => card.task === task && (chosen === null || card.record.id === chosen);
  return cards.filter(isOf).sort(compareShown)[0] ?? null;
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
  const rows = [...told.values()].slice(0, 200).map((one) => markup`<li>${one.text} <span class="quiet">(${someNames(one.names)})</span>${one.remedy && markup`<br><span class="quiet">Remedy: ${one.remedy}</span>`}</li>`);
  put(byId("warnings").querySelector(".body"), rows.length ? markup`<ul>${rows}</ul>` : markup`<p>None.</p>`);
  byId("warnings").querySelector("summary").textContent = `Warnings and failures (${wholeText(told.size)})`;
}

function drawRecords(view) {
  const shown = view.records.slice(0, shownOf(shownRecords));
  put(byId("record-list"), markup`${shown.map((record) => {
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
  byId("more-records").textContent = moreWords(left, recordsMore);
  byId("left-records").textContent = leftWords(shown.length, view.records.length);
}
