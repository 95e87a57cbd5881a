// From the page's data to specifications of charts: one pure function for each, `(data, selection) -> spec`.
//
// `selection`: { records: ids (null: all), task, api: places in their tables (null: all), phase, x, y, record,
// changes }; each chart uses what it knows. What is missing has no mark, and a note names it. Docs: docs/charts.md.

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

// -- what several charts share -------------------------------------------------------------------

function chosenRecords(data, selection) {
  const wanted = selection.records ?? null;
  return wanted === null ? data.records : data.records.filter((record) => wanted.includes(record.id));
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
