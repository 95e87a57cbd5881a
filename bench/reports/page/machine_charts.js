// Charts of speed, memory and energy. Pure; needs charts.js.

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

function isOfPhase(row, phase) {
  return phase === "decode" ? row.n_gen > 0 && row.n_prompt === 0 : row.n_prompt > 0 && row.n_gen === 0;
}
