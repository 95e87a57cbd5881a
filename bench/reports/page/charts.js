// From the page's data to specifications of charts: one pure function for each, `(data, selection) -> spec`.
//
// `selection`: { records: ids (null: all), task, api: places in their tables (null: all), phase, x, y, record,
// changes }; each chart uses what it knows. What is missing has no mark, and a note names it. Docs: docs/charts.md.

"use strict";

/** Every chart that has something to draw, `[{name, spec}]`; names are file names. */
function allCharts(data) {
  const found = [];
  const add = (name, spec) => {
    if (hasMarks(spec)) found.push({ name, spec });
  };
  data.tasks.forEach((task, place) => {
    const name = chartFileName(task.name);
    add(`spend-${name}`, spendPerCorrect(data, { task: place }));
    for (const x of ["memory", "decode", "energy", "spend"]) {
      const spec = pareto(data, { task: place, x, y: "accuracy" });
      if (spec.series.some((one) => one.points.length > 1)) add(`accuracy-by-${x}-${name}`, spec); // one alone is no front
    }
  });
  add("accuracy", accuracyWithChance(data));
  for (const phase of ["prefill", "decode"]) {
    add(`depth-${phase}`, speedByDepth(data, { phase }));
    add(`concurrency-${phase}`, speedByConcurrency(data, { phase }));
  }
  add("memory", memoryStacked(data));
  add("energy", energyByPhase(data));
  // Of many records only the closest call: nobody looks through hundreds.
  const each = data.records.length > 12 ? [null] : data.records;
  each.forEach((record, i) => {
    const name = record === null ? "closest" : `${i + 1}-${chartFileName(record.label)}`;
    const selection = record === null ? {} : { record: record.id };
    add(`tornado-${name}`, tornado(data, selection));
    const curve = breakEven(data, selection);
    if (curve.series.length && curve.series.every((one) => one.points.length)) add(`break-even-${name}`, curve);
  });
  return found;
}

function hasMarks(spec) {
  if (spec.kind === "rows") return spec.rows.some((row) => row.marks.length);
  return spec.series.some((one) => one.points.length);
}

function chartFileName(text) {
  return text.toLowerCase().replace(/[^a-z0-9.]+/g, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 60) || "unnamed";
}

// -- what is spent, and how well it works ---------------------------------------------------------

/** USD of 1,000 right answers, here and behind each API, cheapest first. */
function spendPerCorrect(data, selection = {}) {
  const absent = absences();
  const rows = tasksOf(data, selection).flatMap((task) => {
    const compared = compareRows(data, selection, task);
    const here = compared.map(({ record, one }) => {
      const name = record.label;
      const band = perThousand(one.local_right_usd);
      const mark = spendMark(name, band, one.energy_provenance, `${data.tasks[task].name}, here`);
      if (!mark) absent.add(`${name} on ${data.tasks[task].name}`, whyNoSpend(record, one, task));
      return { name, mark: mark && { ...mark, key: record.id, colour: "c1", shape: "circle" } };
    });
    const there = apiRows(data, selection, task, (one) => one.api_right_usd).map(({ api, name, one, band }) => {
      const mark = spendMark(name, perThousand(band), one.evidence.kind === "transcript" ? "measured" : "given", evidenceText(one));
      if (!mark) absent.add(`${name} on ${data.tasks[task].name}`, one.api_attempt_usd ? "no accuracy is known of it" : "its price is not known");
      return { name, mark: mark && { ...mark, key: `api:${data.apis[api]}`, colour: "c2", shape: "diamond" } };
    });
    const drawn = [...uniqueRows(here), ...there].filter((row) => row.mark);
    drawn.sort((a, b) => a.mark.value - b.mark.value);
    return drawn.map(({ name, mark }) => ({ label: name, group: data.tasks[task].title, marks: [mark], text: mark.text }));
  });
  const marks = rows.map((row) => row.marks[0]);
  return {
    kind: "rows",
    title: "Spend per right answer",
    description: `${spendMessage(marks)} Dots are values, lines 95 % intervals.`,
    x: { label: "USD of 1,000 right answers (logarithmic)", unit: "usd", scale: "log" },
    rows,
    legend: [
      { name: "this device", colour: "c1", shape: "circle" },
      { name: "API", colour: "c2", shape: "diamond" },
      ...(marks.some((mark) => mark.isHollow) ? [{ name: "hollow: not measured (~: modelled)", colour: "c6", isHollow: true }] : []),
    ],
    notes: absent.notes(),
  };
}

function spendMark(name, band, provenance, what) {
  if (!band || isAbsent(band[0])) return null;
  const text = markedText(moneyBand(band), provenance);
  const isHollow = provenance === "modelled" || provenance === "given";
  return { type: "dot", value: band[0], low: band[1], high: band[2], isOpen: isAbsent(band[2]), isHollow, text, title: `${name}, ${what}: ${text} per 1,000 right answers` };
}

function whyNoSpend(record, one, task) {
  const tried = record.tasks.find((row) => row.task === task);
  if (tried && tried.right === 0) return "no answer was right, so the spend has no bound";
  return one.local_attempt_usd ? "the spend per right answer is not known" : "the cost of an attempt is not known";
}

function spendMessage(marks) {
  const cheapest = (colour) => marks.filter((mark) => mark.colour === colour).reduce((best, mark) => (best && best.value <= mark.value ? best : mark), null);
  const [here, there] = [cheapest("c1"), cheapest("c2")];
  if (!here || !there) return here || there ? "Only one side has a known spend." : "No spend is known.";
  return `Lowest here: ${here.title}. Lowest behind an API: ${there.title}.`;
}

/** Share of right answers with its interval, against guessing, and what is known of the APIs. */
function accuracyWithChance(data, selection = {}) {
  const absent = absences();
  const rows = tasksOf(data, selection).flatMap((task) => {
    const { name: taskName, title } = data.tasks[task];
    const here = chosenRecords(data, selection).flatMap((record) =>
      record.tasks
        .filter((row) => row.task === task)
        .map((row) => {
          if (!row.accuracy) {
            absent.add(`${record.label} on ${taskName}`, "no answer was scored");
            return null;
          }
          const text = percentInterval(row.accuracy);
          const guess = isAbsent(row.chance) ? [] : [{ type: "tick", value: row.chance, colour: "muted", dash: "3 3", title: `${taskName}: ${percentText(row.chance)} by guessing` }];
          const mark = { ...shareMark(row.accuracy), colour: "c1", key: record.id, title: `${record.label} on ${taskName}: ${text}, ${wholeText(row.right)} of ${wholeText(row.n)} right` };
          return { label: record.label, group: title, marks: [...guess, mark], text };
        })
        .filter(Boolean),
    );
    if (!here.length) return [];
    const chance = here[0].marks.length > 1 ? [here[0].marks[0]] : [];
    const there = oneBar(apiRows(data, selection, task, (one) => one.evidence.accuracy))
      .filter(({ api, band }) => (band ? true : absent.add(`${data.apis[api]} on ${taskName}`, "no accuracy is known of it")))
      .map(({ api, name, one, band }) => {
        const text = percentInterval(band);
        const mark = { ...shareMark(band), colour: "c2", shape: "diamond", isHollow: one.evidence.kind !== "transcript", key: `api:${data.apis[api]}`, title: `${name} on ${taskName}: ${text}; ${evidenceText(one)}` };
        return { label: name, group: title, marks: [...chance, mark], text };
      });
    const order = (a, b) => b.marks[b.marks.length - 1].value - a.marks[a.marks.length - 1].value;
    return [...here, ...there].sort(order);
  });
  const marks = rows.flatMap((row) => row.marks);
  const lucky = rows.filter((row) => row.marks.length > 1 && row.marks[1].colour === "c1" && row.marks[1].low <= row.marks[0].value);
  const told = lucky.length ? `Not told from guessing: ${lucky.map((row) => `${row.label} (${row.group})`).join(", ")}.` : "Every model is told from guessing where chance is known.";
  return {
    kind: "rows",
    title: "Accuracy",
    description: rows.length ? `Right ÷ scored answers with 95 % intervals. ${told}` : "No accuracy is known.",
    x: { label: "share of answers that are right", unit: "share", scale: "linear", domain: [0, 1] },
    rows,
    legend: [
      { name: "this device", colour: "c1" },
      ...(marks.some((mark) => mark.colour === "c2") ? [{ name: "API (hollow: not measured here)", colour: "c2", shape: "diamond", isHollow: true }] : []),
      ...(marks.some((mark) => mark.type === "tick") ? [{ name: "by guessing", colour: "muted", mark: "tick", dash: "3 3" }] : []),
    ],
    notes: absent.notes(),
  };
}

/** APIs of which only the same declared bar is known share a row. */
function oneBar(rows) {
  const kept = new Map();
  for (const row of rows) {
    const isBar = row.band && row.one.evidence.kind === "declared-bar";
    const key = isBar ? JSON.stringify(row.band) : `${row.name} ${JSON.stringify(row.band)}`;
    if (kept.has(key)) kept.get(key).n += 1;
    else kept.set(key, { ...row, n: 1 });
  }
  return [...kept.values()].map((row) => (row.n > 1 ? { ...row, name: `bar declared for ${row.n} APIs` } : row));
}

function shareMark([value, low, high]) {
  return { type: "dot", value, low, high };
}

// -- quantizations against each other -------------------------------------------------------------

/** What can be an axis: `better` +1 where more is better; `read` gives a band, or says why there is none. */
const paretoMeasures = {
  accuracy: { label: "accuracy", unit: "share", scale: "linear", better: 1, ofTask: true, read: readAccuracy, text: percentInterval },
  memory: { label: "peak memory (RSS)", unit: "bytes", scale: "linear", better: -1, read: (record) => exactly(record.memory.peak_rss, "its peak memory is not known"), text: (band) => sizeText(band[0]) },
  file: { label: "file size", unit: "bytes", scale: "linear", better: -1, read: (record) => exactly(record.model.size_bytes, "its file's size is not known"), text: (band) => sizeText(band[0]) },
  decode: { label: "decoding, token/s", unit: "number", scale: "linear", better: 1, read: (record) => readRate(record, "decode"), text: (band) => bandText(band, "token/s") },
  prefill: { label: "prefill, token/s", unit: "number", scale: "linear", better: 1, read: (record) => readRate(record, "prefill"), text: (band) => bandText(band, "token/s") },
  energy: { label: "energy of decoding, J/token", unit: "number", scale: "linear", better: -1, ofTask: true, read: readJoules, text: (band) => bandText(band, "J/token") },
  spend: { label: "USD of 1,000 right answers", unit: "usd", scale: "log", better: -1, ofTask: true, read: readSpend, text: moneyBand },
  attempt: { label: "USD of 1,000 attempts", unit: "usd", scale: "log", better: -1, ofTask: true, read: readAttempt, text: moneyBand },
};

/** Records on two chosen axes, with the front of those that no other beats; only comparable ones share a front. */
function pareto(data, selection = {}) {
  const [xName, yName] = [selection.x ?? "memory", selection.y ?? "accuracy"];
  const [across, up] = [paretoMeasures[xName], paretoMeasures[yName]];
  const task = selection.task ?? null;
  const absent = absences();
  const found = [];
  const records = chosenRecords(data, selection);
  const joules = energyAxis(records, task === null ? null : data.tasks[task].name);
  for (const record of records) {
    const [x, y] = [across.read(record, task, joules), up.read(record, task, joules)];
    const why = [x, y].filter((one) => !one.band).map((one) => one.why);
    if (why.length) absent.add(record.label, [...new Set(why)].join("; "));
    else found.push({ record, x, y, group: `${record.group} ${record.is_base}` });
  }
  const groups = [...new Set(found.map((one) => one.group))];
  const series = groups.flatMap((group, place) => paretoSeries(data, found.filter((one) => one.group === group), place, groups.length > 1, across, up));
  const beaten = series.flatMap((one) => one.points).filter((point) => point.isFaded);
  const direction = (measure) => (measure.better > 0 ? "more is better" : "less is better");
  const of = task === null || !(across.ofTask || up.ofTask) ? "" : ` on ${data.tasks[task].name}`;
  return {
    kind: "plane",
    title: `${capital(up.label)} against ${across.label}${of}`,
    description: found.length
      ? `${beaten.length} of ${found.length} are surely beaten by a comparable one on both axes${beaten.length ? `: ${beaten.map((point) => point.label).join(", ")}` : ""}.`
      : "No record has both figures.",
    x: { label: `${across.label} (${direction(across)})`, unit: across.unit, scale: across.scale },
    y: { label: `${up.label} (${direction(up)})`, unit: up.unit, scale: up.scale },
    series,
    legend: [
      ...series.filter((one) => !one.hasLine && one.points.length).map((one) => ({ name: groups.length > 1 ? one.name : "not surely beaten", colour: one.colour, shape: one.shape })),
      ...(beaten.length ? [{ name: "pale: surely beaten on both axes", colour: "muted", shape: groups.length > 1 ? "circle" : series[series.length - 1].shape, isFaded: true, isHollow: true }] : []),
      { name: "front by the values", colour: groups.length > 1 ? "muted" : "c1", mark: "line", isFaint: true },
      ...(found.some((one) => one.x.isDisturbed || one.y.isDisturbed) ? [{ name: "struck through: disturbed", colour: "muted", isDisturbed: true, isHollow: true }] : []),
    ],
    notes: [
      ...(groups.length > 1 ? ["Marks of different shape and colour cannot be compared: another machine, engine or settings, or a base model."] : []),
      ...([xName, yName].includes("energy") && found.length ? [`Joules are ${basisText(joules.basis)}, of requests of ${joules.metered}.`] : []),
      ...(found.some((one) => one.x.isModelled || one.y.isModelled) ? ["Figures marked ~ are modelled, not measured."] : []),
      ...absent.notes(),
    ],
  };
}

function paretoSeries(data, group, place, isOneOfMany, across, up) {
  const colour = `c${(place % 6) + 1}`;
  const shape = chartShapes[place % chartShapes.length];
  const gain = (measure, value) => measure.better * value;
  const best = (measure, one) => gain(measure, measure.better > 0 ? one.band[2] ?? Infinity : one.band[1]);
  const worst = (measure, one) => gain(measure, measure.better > 0 ? one.band[1] : one.band[2] ?? Infinity);
  const beats = (a, b, of) => {
    const pairs = [[across, a.x, b.x], [up, a.y, b.y]];
    return pairs.every(([measure, mine, its]) => of.mine(measure, mine) >= of.its(measure, its)) && pairs.some(([measure, mine, its]) => of.mine(measure, mine) > of.its(measure, its));
  };
  const byValue = { mine: (measure, one) => gain(measure, one.band[0]), its: (measure, one) => gain(measure, one.band[0]) };
  const surely = { mine: worst, its: best };
  const points = group.map((one) => {
    const isFaded = group.some((other) => other !== one && beats(other, one, surely));
    const mark = one.x.isModelled || one.y.isModelled ? MODELLED_MARK : "";
    const told = `${across.label} ${one.x.isModelled ? "~" : ""}${across.text(one.x.band)}; ${up.label} ${one.y.isModelled ? "~" : ""}${up.text(one.y.band)}`;
    const status = isFaded ? "; surely beaten on both axes by another" : "";
    return {
      x: one.x.band[0], xLow: one.x.band[1], xHigh: one.x.band[2], isOpenX: isAbsent(one.x.band[2]),
      y: one.y.band[0], yLow: one.y.band[1], yHigh: one.y.band[2], isOpenY: isAbsent(one.y.band[2]),
      label: `${mark}${one.record.label}`, key: one.record.id, isFaded, isHollow: isFaded,
      isDisturbed: one.x.isDisturbed || one.y.isDisturbed,
      title: `${one.record.label}: ${told}${status}`,
    };
  });
  const front = group
    .filter((one) => !group.some((other) => other !== one && beats(other, one, byValue)))
    .sort((a, b) => a.x.band[0] - b.x.band[0]);
  const steps = front.flatMap((one, i) => {
    const next = front[i + 1];
    const here = { x: one.x.band[0], y: one.y.band[0] };
    if (!next) return [here];
    return [here, across.better < 0 ? { x: next.x.band[0], y: here.y } : { x: here.x, y: next.y.band[0] }];
  });
  const title = data.groups[group[0].record.group].title + (group[0].record.is_base ? ", base models" : "");
  return [
    { name: "front", colour, hasLine: true, hasNoPoints: true, isFaint: true, points: steps },
    { name: title, colour, shape, points },
  ];
}

function exactly(value, why) {
  return isAbsent(value) ? { why } : { band: [value, value, value] };
}

function readAccuracy(record, task) {
  const row = record.tasks.find((one) => one.task === task) ?? (task === null && record.tasks.length === 1 ? record.tasks[0] : undefined);
  if (!row) return { why: task === null ? "choose a task" : "it was not given this task" };
  return row.accuracy ? { band: row.accuracy } : { why: "no answer was scored" };
}

function readRate(record, phase) {
  const rows = record.speed.filter((row) => isOfPhase(row, phase) && !row.n_depth && !row.n_cached && (row.n_parallel ?? 1) === 1);
  const row = rows.find((one) => one.test === (phase === "decode" ? "tg128" : "pp512")) ?? rows[0];
  if (!row || !row.rate) return { why: `its ${phase} speed was not measured` };
  return { band: row.rate, isDisturbed: row.disturbed };
}

function readJoules(record, task, { basis, metered }) {
  const row = record.energy.find((one) => isDecodeJoules(one, basis) && one.task === metered);
  if (!row) return { why: `its energy of decoding, ${basisText(basis)}, is not known` };
  return { band: row[basis], isModelled: row.provenance === "modelled", isDisturbed: row.disturbed };
}

/** Whose requests' joules are compared: the task's own; where nothing of it was generated, the first metered task's. */
function energyAxis(records, taskName) {
  const basis = commonBasis(records);
  const metered = new Set(records.flatMap((record) => record.energy.filter((row) => isDecodeJoules(row, basis)).map((row) => row.task)));
  return { basis, metered: metered.has(taskName) ? taskName : [...metered][0] };
}

function isDecodeJoules(row, basis) {
  return row.phase === "decode" && row.unit === "J/token" && row.chosen && row[basis] && row.task !== null;
}

function readSpend(record, task) {
  const one = record.comparisons.find((row) => (task === null || row.task === task) && row.local_right_usd);
  if (one) return { band: perThousand(one.local_right_usd), isModelled: one.energy_provenance === "modelled" };
  const other = record.comparisons.find((row) => task === null || row.task === task);
  return { why: other ? whyNoSpend(record, other, other.task) : "it was not compared on this task" };
}

function readAttempt(record, task) {
  const one = record.comparisons.find((row) => (task === null || row.task === task) && row.local_attempt_usd);
  return one ? { band: perThousand(one.local_attempt_usd), isModelled: one.energy_provenance === "modelled" } : { why: "the cost of an attempt is not known" };
}

// -- speed, memory, energy ------------------------------------------------------------------------

/** Token/s over tokens that the cache holds before the test. */
function speedByDepth(data, selection = {}) {
  return speedChart(data, selection, {
    title: (phase) => `${capital(phase)} speed by depth`,
    place: "depth",
    label: "tokens in the cache before",
    scale: "linear",
    of: (row) => (row.n_depth === null || row.n_cached || (row.n_parallel ?? 1) !== 1 ? null : row.n_depth),
  });
}

/** Token/s of all sequences together over how many there are. */
function speedByConcurrency(data, selection = {}) {
  return speedChart(data, selection, {
    title: (phase) => `${capital(phase)} speed by concurrency`,
    place: "number of sequences",
    label: "sequences at once",
    scale: "log",
    of: (row) => (row.n_depth || row.n_cached ? null : row.n_parallel ?? 1),
  });
}

function speedChart(data, selection, { title, place, label, scale, of }) {
  const phase = selection.phase ?? "decode";
  const absent = absences();
  const series = [];
  for (const record of chosenRecords(data, selection)) {
    const points = [];
    for (const row of record.speed.filter((one) => isOfPhase(one, phase))) {
      const x = of(row);
      if (isAbsent(x)) continue;
      if (!row.rate) {
        absent.add(`${record.label}, ${row.test}`, "no repetition was timed");
        continue;
      }
      const [y, yLow, yHigh] = row.rate;
      const text = row.n > 1 ? bandText(row.rate, "token/s") : `${significant(y)} token/s, one repetition, so no interval`;
      const bounds = row.n > 1 ? { yLow, yHigh } : {};
      points.push({ x, y, ...bounds, key: record.id, isDisturbed: row.disturbed, isHollow: row.disturbed, title: `${record.label}, ${row.test}: ${text}${row.disturbed ? "; disturbed, no result" : ""}` });
    }
    const places = new Set(points.map((point) => point.x));
    if (places.size < 2) {
      absent.add(record.label, points.length ? `measured at one ${place} only` : `no ${phase} test of this kind`);
      continue;
    }
    points.sort((a, b) => a.x - b.x);
    series.push({ name: record.label, points, hasLine: true, key: record.id });
  }
  for (const [i, one] of series.entries()) {
    Object.assign(one, { colour: `c${(i % 6) + 1}`, shape: chartShapes[i % 6], dash: chartDashes[Math.floor(i / 6) % 6] });
  }
  return {
    kind: "plane",
    title: title(phase),
    description: series.length ? series.map(speedMessage).join(" ") : `Nothing was measured at more than one ${place}.`,
    x: { label, unit: "number", scale, ticks: [...new Set(series.flatMap((one) => one.points.map((point) => point.x)))] },
    y: { label: scale === "log" ? "token/s of all sequences together" : "token/s", unit: "number", scale: "linear", include: [0] },
    series,
    legend: [
      ...series.map((one) => ({ name: one.name, isSeries: true, colour: one.colour, shape: one.shape, dash: one.dash, mark: "both" })),
      ...(series.some((one) => one.points.some((point) => point.isDisturbed)) ? [{ name: "struck through: disturbed, no result", colour: "muted", isDisturbed: true, isHollow: true }] : []),
    ],
    notes: absent.notes(),
  };
}

function speedMessage(one) {
  const [first, last] = [one.points[0], one.points[one.points.length - 1]];
  return `${one.name}: ${significant(first.y)} token/s at ${wholeText(first.x)}, ${significant(last.y)} at ${wholeText(last.x)}.`;
}

/** What the engine allocated, by kind, against the peak that the system saw. */
function memoryStacked(data, selection = {}) {
  const kinds = [["weights", "weights", 1], ["kv", "KV cache", 0.55], ["compute", "compute buffers", 0.2]];
  const absent = absences();
  const rows = [];
  let isBelow = false;
  for (const record of chosenRecords(data, selection)) {
    if (record.kind === "quality") continue;
    const memory = record.memory;
    const marks = [];
    let from = 0;
    const missing = kinds.filter(([kind]) => isAbsent(memory[kind])).map(([, name]) => name);
    for (const [kind, name, tint] of kinds) {
      if (isAbsent(memory[kind])) continue;
      marks.push({ type: "bar", from, to: from + memory[kind], colour: "c1", tint, key: record.id, title: `${record.label}, ${name}: ${sizeText(memory[kind])}` });
      from += memory[kind];
    }
    isBelow ||= !isAbsent(memory.peak_rss) && memory.peak_rss < from;
    if (missing.length) absent.add(record.label, `not reported: ${missing.join(", ")}`);
    if (isAbsent(memory.peak_rss)) absent.add(record.label, "its peak was not measured");
    else marks.push({ type: "tick", value: memory.peak_rss, colour: "c2", key: record.id, title: `${record.label}, peak RSS as measured: ${sizeText(memory.peak_rss)}` });
    if (marks.length) rows.push({ label: record.label, marks, text: isAbsent(memory.peak_rss) ? "" : `${sizeText(memory.peak_rss)} peak` });
  }
  const highest = rows.flatMap((row) => row.marks).filter((mark) => mark.type === "tick").sort((a, b) => b.value - a.value)[0];
  return {
    kind: "rows",
    title: "Memory",
    description: `Weights, KV cache and compute buffers as the engine reports them, and the peak that the system saw.${highest ? ` Highest: ${highest.title}.` : ""}`,
    x: { label: "memory", unit: "bytes", scale: "linear", include: [0] },
    rows,
    legend: [...kinds.map(([, name, tint]) => ({ name, colour: "c1", tint, mark: "bar" })), { name: "peak RSS, measured", colour: "c2", mark: "tick" }],
    notes: [...(isBelow ? ["A peak below the sum: buffers that are reserved and never filled take no memory."] : []), ...absent.notes()],
  };
}

/** Joules of a token in prefill and decoding, by the meter that costs rest on; modelled ones are hatched. */
function energyByPhase(data, selection = {}) {
  const absent = absences();
  const records = chosenRecords(data, selection);
  const found = records.flatMap((record) => record.energy.filter((row) => row.unit === "J/token").map((row) => ({ record, row })));
  const basis = commonBasis(records);
  const groups = new Map();
  const place = (record, row) => JSON.stringify([record.id, row.phase, row.task, row.test, row.n_parallel]);
  const told = new Set(found.filter(({ row }) => row[basis]).map(({ record, row }) => place(record, row)));
  for (const { record, row } of found) {
    const name = `${row.phase} · ${row.task ?? row.test}${row.n_parallel > 1 ? ` · ${row.n_parallel} at once` : ""}`;
    const wanted = selection.task ?? null;
    if (wanted !== null && row.task !== data.tasks[wanted].name) continue;
    const band = row[basis];
    if (!band) {
      if (!told.has(place(record, row))) absent.add(`${record.label}, ${name}`, row.absent_because ?? `no joules ${basisText(basis)}`);
      continue;
    }
    if (!row.chosen) continue;
    const isModelled = row.provenance === "modelled";
    const text = markedText(bandText(band), row.provenance);
    const disturbed = row.disturbed ? "; disturbed, no result" : "";
    const mark = { type: "bar", from: 0, to: band[0], low: band[1], high: band[2], colour: row.phase === "prefill" ? "c3" : "c1", isModelled, isFaded: row.disturbed, key: record.id, title: `${record.label}, ${name}: ${text} J/token, ${row.provenance} by ${row.meter} (${row.covers})${disturbed}` };
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push({ label: record.label, group: name, marks: [mark], text: (row.disturbed ? DISTURBED_MARK : "") + text });
  }
  for (const record of records) {
    if (record.kind === "run" && !record.energy.some((row) => row.unit === "J/token")) absent.add(record.label, "no joules of tokens are known");
  }
  const rows = [...groups.values()].flat();
  const marks = rows.flatMap((row) => row.marks);
  const n = marks.filter((mark) => mark.isModelled).length;
  return {
    kind: "rows",
    title: `Energy by phase, ${basisText(basis)}`,
    description: marks.length ? `Joules of a token. ${n ? `${n === marks.length ? "All" : `${n} of ${marks.length}`} figures are modelled (hatched, ~), not measured.` : "All figures are measured."}` : "No joules of tokens are known.",
    x: { label: `J/token, ${basisText(basis)}`, unit: "number", scale: "linear", include: [0] },
    rows,
    legend: [
      { name: "prefill", colour: "c3", mark: "bar" },
      { name: "decode", colour: "c1", mark: "bar" },
      ...(n ? [{ name: "modelled (~)", colour: "c6", mark: "bar", isModelled: true }] : []),
      ...(marks.some((mark) => mark.isFaded) ? [{ name: "pale: disturbed (!)", colour: "c6", mark: "bar", isFaded: true }] : []),
    ],
    notes: absent.notes(),
  };
}

/** What most figures tell: joules above idle, or gross ones. They never share a chart. */
function commonBasis(records) {
  const chosen = records.flatMap((record) => record.energy.filter((row) => row.chosen && row.unit === "J/token"));
  const count = (basis) => chosen.filter((row) => row[basis]).length;
  return count("gross") >= count("above_idle") ? "gross" : "above_idle";
}

function basisText(basis) {
  return basis === "gross" ? "gross" : "above idle";
}

// -- one comparison -------------------------------------------------------------------------------

/** What each uncertain figure alone makes of the difference, widest first. */
function tornado(data, selection = {}) {
  const chosen = rankedComparisons(data, selection).find(({ one }) => one.swings.length && !isAbsent(one.device_less_api_usd));
  const empty = { kind: "rows", title: "What each uncertain figure does alone", x: { label: "USD here less there of 1,000", unit: "usd", scale: "linear" }, rows: [] };
  if (!chosen) return { ...empty, description: "No comparison has figures whose bounds are known.", notes: ["No comparison has figures whose bounds are known."] };
  const { record, one } = chosen;
  const name = `${record.label} against ${data.apis[one.api]} on ${data.tasks[one.task].name}`;
  const now = one.device_less_api_usd * 1000;
  const less = (usd) => markedText(money(usd), one.energy_provenance);
  const absent = absences();
  const rows = one.swings.map((swing) => {
    const marks = [["low", swing.low, swing.usd_at_low, "c3"], ["high", swing.high, swing.usd_at_high, "c1"]].flatMap(([bound, value, usd, colour]) => {
      const at = swingWords(swing, value, one.energy_provenance);
      if (isAbsent(usd)) {
        absent.add(`${swing.name} at ${at}`, "the difference has no bound, since a side is never right there");
        return [];
      }
      return [{ type: "bar", from: now, to: usd * 1000, end: at, isLow: bound === "low", colour, key: record.id, title: `${swing.name} at its ${bound} bound, ${at}: ${less(usd * 1000)}` }];
    });
    return { label: swing.flag ? `${swing.name} (${swing.flag})` : swing.name, marks, text: swing.flips ? "flips who is cheaper" : "" };
  });
  const flips = one.swings.filter((swing) => swing.flips).map((swing) => swing.name);
  return {
    kind: "rows",
    title: `What each uncertain figure does alone: ${name}`,
    description: `Now ${less(now)} here less there. ${flips.length ? `Alone, these can flip which side is cheaper: ${flips.join(", ")}.` : "None alone flips which side is cheaper."}`,
    x: { label: "USD here less there of 1,000 right answers, or of attempts with their errors; below 0 the device is cheaper", unit: "usd", scale: "linear", include: [0, now] },
    rows,
    lines: [
      { at: 0, colour: "ink", dash: " ", title: "equal cost" },
      { at: now, colour: "muted", title: `now: ${less(now)}` },
    ],
    legend: [
      { name: "figure at its low bound", colour: "c3", mark: "bar" },
      { name: "at its high bound", colour: "c1", mark: "bar" },
      { name: `now: ${less(now)}`, colour: "muted", mark: "tick", dash: "4 3" },
      { name: "equal cost", colour: "ink", mark: "tick" },
    ],
    notes: absent.notes(),
  };
}

/** A bound of an uncertain figure: shares in per cent, joules as sure as their meter. */
function swingWords(swing, value, provenance) {
  if (swing.unit === "share") return percentText(value);
  const text = `${significant(value)} ${swing.unit}`.trim();
  return swing.unit === "J" ? markedText(text, provenance) : text;
}

/**
 * Cost over volume on both sides, with bounds; where they cross, what is stated, and where one device can do no
 * more. The curve is computed from the worksheet, under the changes that a reader made.
 */
function breakEven(data, selection = {}) {
  const changes = selection.changes ?? {};
  const axes = { x: { label: "attempts a month (logarithmic)", unit: "number", scale: "log" }, y: { label: "USD of 1,000 right answers (logarithmic)", unit: "usd", scale: "log" } };
  const found = data.worksheet ? firstCurve(data, selection, changes) : null;
  if (!found) {
    const why = data.worksheet ? "No comparison here can be worked out at other volumes." : "A curve over volume takes what these data leave out: the worksheet of their costs.";
    return { kind: "plane", title: "Cost over volume", description: why, ...axes, series: [], notes: [why] };
  }
  const { record, one, curve, sheet, scenario } = found;
  const api = data.apis[one.api];
  if (!isAbsent(scenario.loss_per_error) || !isAbsent(sheet.loss_per_error)) axes.y.label = "USD of 1,000 attempts and their errors (logarithmic)";
  const isModelled = one.energy_provenance === "modelled";
  const side = (name, read, provenance) =>
    curve.filter((at) => read(at)).map((at) => {
      const band = perThousand(read(at));
      return { x: at.volume, y: band[0], yLow: band[1], yHigh: band[2], title: `${name} at ${wholeText(Math.round(at.volume))} a month: ${markedText(moneyBand(band), provenance)}` };
    });
  const series = [
    { name: isModelled ? `this device (${MODELLED_MARK})` : "this device", colour: "c1", hasLine: true, hasBand: true, hasNoPoints: true, points: side("this device", (at) => at.device, one.energy_provenance), key: record.id },
    { name: api, colour: "c2", dash: "7 4", hasLine: true, hasBand: true, hasNoPoints: true, points: side(api, (at) => at.api), key: `api:${api}` },
  ];
  const isOwned = (changes.ownership ? changes.ownership.kind : scenario.ownership) === "sunk";
  const crossing = curveCrossing(curve);
  const capacity = sheet.speed.capacity_per_month;
  const stated = changes.tasks_per_month ? changes.tasks_per_month[0] : scenario.is_volume_stated ? scenario.tasks_per_month[0] : null;
  const lines = [
    ...(crossing === null ? [] : [{ at: crossing, label: `break-even at ${significant(crossing)} a month`, dash: " ", title: `Both cost the same at ${significant(crossing)} attempts a month.` }]),
    ...(isAbsent(stated) ? [] : [{ at: stated, label: `stated: ${significant(stated)} a month`, colour: "muted" }]),
  ];
  const last = curve[curve.length - 1];
  const cheaper = last.device && last.api ? (last.device[0] < last.api[0] ? "the device" : "the API") : null;
  const message = crossing === null ? (cheaper ? `By the values ${cheaper} is cheaper at every volume shown.` : "One side's cost has no bound.") : `Both cost the same at about ${significant(crossing)} attempts a month; above, ${cheaper} is cheaper.`;
  const limit = isAbsent(capacity) ? "" : ` One device does at most ${significant(capacity)} a month.`;
  return {
    kind: "plane",
    title: `Cost over volume: ${record.label} against ${api} on ${data.tasks[one.task].name}`,
    description: message + limit,
    ...axes,
    series,
    lines,
    regions: isAbsent(capacity) ? [] : [{ from: capacity, to: null, title: `beyond what one device can do: ${significant(capacity)} a month` }],
    legend: [
      ...series.map(({ name, colour, dash }) => ({ name, colour, dash, mark: "line", isSeries: true })),
      { name: "95 % of the draws", colour: "c1", mark: "area" },
      ...(isAbsent(capacity) ? [] : [{ name: `beyond one device: ${significant(capacity)} a month`, colour: "muted", mark: "area" }]),
    ],
    notes: [
      ...(isOwned ? ["The device is already owned: its price does not count, so volume changes nothing."] : []),
      ...(isModelled ? [`${MODELLED_MARK} rests on modelled energy, not measured.`] : []),
      ...series.filter((each) => !each.points.length).map((each) => `Not drawn: ${each.name} (its cost has no bound, or is not known).`),
    ],
  };
}

/**
 * Of the chosen comparison, else of the closest call with a bounded cost on both sides, else on one: its curve over
 * volumes up to beyond one device's capacity.
 */
function firstCurve(data, selection, changes) {
  let best = null;
  for (const { record, one } of rankedComparisons(data, selection)) {
    const of = data.worksheet.records.find((row) => row.id === record.id);
    const sheet = of && of.tasks.find((row) => row.task === data.tasks[one.task].name);
    if (!sheet) continue;
    const isLikely = one.local_right_usd && one.api_right_usd;
    if (best && !isLikely) continue; // a curve takes thousands of draws
    const scenario = data.worksheet.scenarios[of.scenario];
    const stated = changes.tasks_per_month ?? (scenario.is_volume_stated ? scenario.tasks_per_month : null);
    const most = 3 * Math.max(sheet.speed.capacity_per_month ?? 0, stated ? stated[2] : 0, 1e4);
    const volumes = Array.from({ length: curvePoints }, (_, i) => most ** (i / (curvePoints - 1)));
    const curve = breakEvenCurve(data.worksheet, record.id, sheet.task, data.apis[one.api], changes, volumes);
    const found = { record, one, curve, sheet, scenario };
    if (curve.some((at) => at.device && at.api)) return found;
    if (!best && curve.some((at) => at.device || at.api)) best = found;
  }
  return best;
}

const curvePoints = 33;

/** The volume at which both values are the same, between two of the curve; null where they never are. */
function curveCrossing(curve) {
  const told = curve.filter((at) => at.device && at.api);
  for (let i = 1; i < told.length; i++) {
    const [before, after] = [told[i - 1], told[i]].map((at) => Math.log(at.device[0] / at.api[0]));
    if (Number.isFinite(before) && Number.isFinite(after) && before > 0 !== after > 0) {
      const share = before / (before - after);
      return told[i - 1].volume * (told[i].volume / told[i - 1].volume) ** share;
    }
  }
  return null;
}

// -- inside ---------------------------------------------------------------------------------------

function chosenRecords(data, selection) {
  const wanted = selection.records ?? null;
  return wanted === null ? data.records : data.records.filter((record) => wanted.includes(record.id));
}

function tasksOf(data, selection) {
  return isAbsent(selection.task) ? data.tasks.map((_, place) => place) : [selection.task];
}

/** Each chosen record's comparisons on the task, of the chosen API or of all. */
function compareRows(data, selection, task) {
  return chosenRecords(data, selection).flatMap((record) =>
    record.comparisons.filter((one) => one.task === task && (isAbsent(selection.api) || one.api === selection.api)).map((one) => ({ record, one })),
  );
}

/**
 * One row for each API and distinct band. Records that were given the same items agree on it; where they do not,
 * the name tells the number of items.
 */
function apiRows(data, selection, task, read) {
  const seen = new Map();
  for (const { record, one } of compareRows(data, selection, task)) {
    const band = read(one) ?? null;
    const key = `${one.api} ${JSON.stringify(band)}`;
    if (!seen.has(key)) seen.set(key, { api: one.api, name: data.apis[one.api], one, band, record });
  }
  const known = new Map();
  for (const row of seen.values()) if (row.band) known.set(row.api, (known.get(row.api) ?? 0) + 1);
  const rows = [...seen.values()].filter((row) => row.band || !known.has(row.api));
  for (const row of rows.filter((one) => known.get(one.api) > 1)) {
    const tried = row.record.tasks.find((one) => one.task === task);
    if (tried) row.name = `${row.name}, ${wholeText(tried.right + tried.wrong + tried.unscored)} items`;
  }
  return rows;
}

/** A record's own figure does not depend on the API that it is compared with: once is enough. */
function uniqueRows(rows) {
  const seen = new Set();
  return rows.filter((row) => {
    const key = `${row.name} ${row.mark && `${row.mark.key} ${row.mark.text}`}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** The chosen comparisons, those whose outcome is nearest to even first. */
function rankedComparisons(data, selection) {
  const wanted = selection.record ?? null;
  const records = wanted === null ? chosenRecords(data, selection) : data.records.filter((record) => record.id === wanted);
  const doubt = ({ one }) => (isAbsent(one.probability) ? 1 : Math.abs(one.probability - 0.5));
  return records
    .flatMap((record) => record.comparisons.map((one) => ({ record, one })))
    .filter(({ one }) => (isAbsent(selection.task) || one.task === selection.task) && (isAbsent(selection.api) || one.api === selection.api))
    .sort((a, b) => doubt(a) - doubt(b));
}

function isOfPhase(row, phase) {
  return phase === "decode" ? row.n_gen > 0 && row.n_prompt === 0 : row.n_prompt > 0 && row.n_gen === 0;
}

function evidenceText(one) {
  return { transcript: "accuracy of its own answers", published: "published accuracy", "declared-bar": "only a declared bar is known", "declared-accuracy": "declared accuracy", none: "no accuracy is known" }[one.evidence.kind];
}

/** Why what has no mark, each reason once with all whom it concerns. */
function absences() {
  const reasons = new Map();
  return {
    add(name, why) {
      if (!reasons.has(why)) reasons.set(why, new Set());
      reasons.get(why).add(name);
      return false;
    },
    notes: () => [...reasons].map(([why, names]) => `Not drawn: ${someNames([...names])} (${why}).`),
  };
}
