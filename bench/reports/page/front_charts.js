// Charts of models and quantizations against each other, on two axes. Pure; needs charts.js and verdicts.js.

/** What can be an axis: `better` +1 where more is better; `read` gives a band, or says why there is none. */
const paretoMeasures = {
  accuracy: { label: "accuracy", unit: "share", scale: "linear", better: 1, ofTask: true, read: readAccuracy, text: percentInterval },
  memory: { label: "peak memory (RSS)", unit: "bytes", scale: "linear", better: -1, read: (record) => exactly(record.memory.peak_rss, "its peak memory is not known"), text: (band) => sizeText(band[0]) },
  file: { label: "file size", unit: "bytes", scale: "linear", better: -1, read: (record) => exactly(record.model.size_bytes, "its file's size is not known"), text: (band) => sizeText(band[0]) },
  decode: { label: "decoding, token/s", unit: "number", scale: "linear", better: 1, read: (record) => readRate(record, "decode"), text: (band) => bandText(band, "token/s") },
  prefill: { label: "prefill, token/s", unit: "number", scale: "linear", better: 1, read: (record) => readRate(record, "prefill"), text: (band) => bandText(band, "token/s") },
  energy: { label: "energy of decoding, J/token", unit: "number", scale: "linear", better: -1, ofTask: true, read: readJoules, text: (band) => bandText(band, "J/token") },
  spend: { label: "USD of 1,000 correct answers", unit: "usd", scale: "log", better: -1, ofTask: true, read: readSpend, text: moneyBand },
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
  if (one) return spent(record, one, one.local_right_usd);
  const other = record.comparisons.find((row) => task === null || row.task === task);
  return { why: other ? whyNoSpend(record, other, other.task) : "it was not compared on this task" };
}

function readAttempt(record, task) {
  const one = record.comparisons.find((row) => (task === null || row.task === task) && row.local_attempt_usd);
  return one ? spent(record, one, one.local_attempt_usd) : { why: "the cost of an attempt is not known" };
}

function spent(record, one, usd) {
  return { band: perThousand(usd), isModelled: one.energy_provenance === "modelled", isDisturbed: restsOnDisturbed(record, one) };
}
