// The tables of the page: columns and rows as values that sort and words that are shown. No DOM here.
//
// `items` are what a table has rows of, [record, one]; `row` makes the cells of one, and `origin()`, pairs of
// words that say where its figures are from. A cell is {text, sort, title}; `sort` null: absent, last always.

function cell(text, sort = text, title = "") {
  return { text, sort: sort === undefined || text === ABSENT ? null : sort, title };
}

const absentCell = (why = "") => ({ text: ABSENT, sort: null, title: why });

function figureCell(value, text, why = "") {
  return isAbsent(value) ? absentCell(why) : cell(text, value);
}

function bandCell(values, text, why = "") {
  return values && !isAbsent(values[0]) ? cell(text, values[0]) : absentCell(why);
}

const column = (key, label, isNumber = false, help = "") => ({ key, label, isNumber, help });

/** Every table in the order of the page; `view` is {data, records, comparisonsOf, isWanted, isRecomputed}. */
const pageTables = [
  {
    key: "spend",
    title: "Spend per correct answer",
    about: "USD per 1,000 correct answers, here and at each API, with 95 % bounds; ~ rests on modelled energy, ! on joules that were taken while others worked.",
    columns: [
      column("task", "Task"), column("model", "Model"), column("api", "API"), column("verdict", "Verdict"),
      column("here", "Here", true), column("there", "API's", true), column("times", "API ÷ here", true),
      column("probability", "Probability", true, "of good enough and cheaper"),
    ],
    items: (view) => itemsOf(view, (record) => view.comparisonsOf(record).filter(view.isWanted)),
    row: spendRow,
  },
  {
    key: "quality",
    title: "Quality",
    about: "Accuracy is right ÷ (right + wrong) with its 95 % interval; a verdict counts unscored answers, too.",
    columns: [
      column("task", "Task"), column("model", "Model"), column("accuracy", "Accuracy", true),
      column("chance", "Chance", true), column("right", "Right", true), column("wrong", "Wrong", true),
      column("unscored", "Unscored", true), column("truncated", "Truncated", true),
    ],
    items: (view) => itemsOf(view, (record) => record.tasks.filter((one) => isTaskWanted(view, one.task))),
    row: qualityRow,
  },
  {
    key: "speed",
    title: "Speed",
    about: "Tokens ÷ time inside the engine's calls, ± half of the median's 95 % interval; ! was disturbed: no result.",
    columns: [
      column("model", "Model"), column("test", "Test"), column("depth", "Depth", true, "tokens already in the context"),
      column("parallel", "Concurrency", true, "sequences at once"), column("rate", "Tokens/s", true),
      column("n", "Repetitions", true),
    ],
    items: (view) => itemsOf(view, (record) => record.speed),
    row: speedRow,
  },
  {
    key: "latency",
    title: "Latency",
    about: "Milliseconds, one request at a time, with an empty cache. p90 takes 10 values, p95 20, p99 100.",
    columns: [
      column("task", "Task"), column("model", "Model"), column("metric", "Metric"), column("n", "n", true),
      column("p50", "p50", true), column("p90", "p90", true), column("p95", "p95", true), column("p99", "p99", true),
      column("max", "Max", true),
    ],
    items: (view) => itemsOf(view, (record) => record.latency.filter((one) => isNameWanted(view, one.task))),
    row: latencyRow,
  },
  {
    key: "memory",
    title: "Memory",
    about: "Weights, KV cache and compute as the engine reports them; RSS, PSS and USS are the system's peaks.",
    columns: [
      column("model", "Model"), column("file", "File", true), column("weights", "Weights", true),
      column("kv", "KV cache", true), column("compute", "Compute", true), column("predicted", "Predicted", true),
      column("peak_rss", "RSS", true), column("peak_pss", "PSS", true), column("peak_uss", "USS", true),
    ],
    items: (view) => itemsOf(view, (record) => (record.kind === "quality" ? [] : [record.memory])),
    row: memoryRow,
  },
  {
    key: "energy",
    title: "Energy",
    about: "By the meter that figures are taken from; ~ was modelled from CPU time, not measured.",
    columns: [
      column("model", "Model"), column("what", "Of"), column("phase", "Phase"), column("unit", "Unit"),
      column("above", "Above idle", true), column("gross", "Gross", true), column("provenance", "Provenance"),
      column("meter", "Meter"),
    ],
    items: (view) => itemsOf(view, (record) => record.energy.filter((one) => isNameWanted(view, one.task))),
    row: energyRow,
  },
];

function itemsOf(view, partsOf) {
  return view.records.flatMap((record) => partsOf(record).map((one) => [record, one]));
}

function isTaskWanted(view, task) {
  return isNameWanted(view, view.data.tasks[task].name);
}

function isNameWanted(view, name) {
  return !view.filters.task || name === null || name === view.filters.task;
}

function modelCell(view, record) {
  const machine = view.data.machines.length > 1 ? ` · ${view.data.machines[record.machine].machine_class}` : "";
  return cell(record.label + machine);
}

function spendRow(view, record, one) {
  const times = timesCheaper(one);
  const ratio = times && (times.where === "here" ? times.factor : 1 / times.factor);
  return {
    origin: () => comparisonOrigin(view, record, one),
    cells: {
      task: cell(view.data.tasks[one.task].name),
      model: modelCell(view, record),
      api: cell(view.data.apis[one.api]),
      verdict: cell(one.verdict, verdictOrder.indexOf(one.verdict)),
      here: bandCell(
        one.local_right_usd, hereText(record, one, moneyBand(perThousand(one.local_right_usd))),
        "no answer was right, or nothing was timed",
      ),
      there: bandCell(one.api_right_usd, moneyBand(perThousand(one.api_right_usd)), "no price or no accuracy is known"),
      times: figureCell(ratio, `${significant(ratio, 2)} ×`, "a side is not known"),
      probability: figureCell(one.probability, probabilityText(one.probability), "something is not known altogether"),
    },
  };
}

function qualityRow(view, record, one) {
  return {
    origin: () => [...recordOrigin(view, record), ["Sample", `${wholeText(one.n)} scored attempts`],
      ["Interval", "95 %; items that hang together count as one"], ...noteOrigin(one.notes)],
    cells: {
      task: cell(view.data.tasks[one.task].name + (record.is_base ? " (base model)" : "")),
      model: modelCell(view, record),
      accuracy: bandCell(one.accuracy, percentInterval(one.accuracy), "no item was scored"),
      chance: figureCell(one.chance, percentText(one.chance), "nothing can be guessed"),
      right: cell(wholeText(one.right), one.right),
      wrong: cell(wholeText(one.wrong), one.wrong),
      unscored: cell(wholeText(one.unscored), one.unscored),
      truncated: cell(wholeText(one.truncated), one.truncated),
    },
  };
}

function speedRow(view, record, one) {
  const half = one.rate && one.n > 1 ? (one.rate[2] - one.rate[1]) / 2 : null;
  const rate = one.rate && (one.disturbed ? DISTURBED_MARK : "") + plusMinus(one.rate[0], half);
  return {
    origin: () => [...recordOrigin(view, record), ["Sample", `${wholeText(one.n)} repetitions without warm-up`],
      ["Interval", "95 %, of the median of the repetitions"], ["Provenance", "measured"], ...noteOrigin(one.notes)],
    cells: {
      model: modelCell(view, record),
      test: cell(one.test),
      depth: cell(wholeText(one.n_depth), one.n_depth),
      parallel: cell(wholeText(one.n_parallel ?? 1), one.n_parallel ?? 1),
      rate: bandCell(one.rate, rate, one.notes.join("; ")),
      n: cell(wholeText(one.n), one.n),
    },
  };
}

function latencyRow(view, record, one) {
  const few = "too few values for this percentile";
  const seconds = (value) => figureCell(value, millisecondsText(value), few);
  return {
    origin: () => [...recordOrigin(view, record), ["Sample", `${wholeText(one.n)} values without warm-up`],
      ["Provenance", "measured"], ...noteOrigin(one.notes)],
    cells: {
      task: cell(one.task),
      model: modelCell(view, record),
      metric: cell((one.disturbed ? DISTURBED_MARK : "") + one.metric, one.metric),
      n: cell(wholeText(one.n), one.n),
      p50: seconds(one.p50_s), p90: seconds(one.p90_s), p95: seconds(one.p95_s), p99: seconds(one.p99_s),
      max: seconds(one.max_s),
    },
  };
}

function memoryRow(view, record, memory) {
  const sizes = ["file", "weights", "kv", "compute", "predicted", "peak_rss", "peak_pss", "peak_uss"];
  const why = { file: "the file's size was not told", predicted: "nothing was predicted" };
  const absent = (name) => why[name] ?? (name.startsWith("peak") ? "the system does not report it" : "the engine reported no buffers");
  return {
    origin: () => [...recordOrigin(view, record), ["Predicted", "from the file's header and the settings, before the load"],
      ["Provenance", "measured; predicted is modelled"], ...noteOrigin(memory.notes)],
    cells: {
      model: modelCell(view, record),
      ...Object.fromEntries(sizes.map((name) => [
        name, figureCell(memory[name], sizeText(memory[name]), absent(name)),
      ])),
    },
  };
}

function energyRow(view, record, one) {
  const why = one.absent_because ?? "not told by this meter";
  const joules = (values) => bandCell(
    values, markedText(bandText(values), one.provenance, one.disturbed), why,
  );
  return {
    origin: () => [...recordOrigin(view, record), ["Provenance", one.provenance], ["Meter", `${one.meter}, covers ${one.covers}`],
      ["How", one.detail], ["Bounds", "of the meter, or of the model's watts"]],
    cells: {
      model: modelCell(view, record),
      what: cell(one.task ?? (one.phase === "load" || one.phase === "idle" ? "the model's load" : "speed test"), one.task ?? ""),
      phase: cell(one.test),
      unit: cell(one.unit),
      above: joules(one.above_idle),
      gross: joules(one.gross),
      provenance: cell(one.provenance),
      meter: cell(one.meter),
    },
  };
}

function recordOrigin(view, record) {
  const machine = view.data.machines[record.machine];
  const quick = record.is_quick ? ", quick run" : "";
  return [
    ["Record", record.id],
    ["Measured", `${record.created.slice(0, 10)}${quick}, by ${record.imported ? `import from ${record.imported}` : `breakeven ${record.tool.version}`}`],
    ["Machine", `${machine.machine_class}: ${machine.cpu_model}`],
    ["Model", `${record.model.name}${record.model.quantization ? `, ${record.model.quantization}` : ""}`],
  ];
}

function noteOrigin(notes) {
  return (notes ?? []).map((note) => ["Note", note]);
}

/** Where a comparison's figures are from, and what changes them. */
function comparisonOrigin(view, record, one) {
  const price = one.price === null || one.price === undefined ? null : view.data.prices[one.price];
  const rows = [...recordOrigin(view, record)];
  const add = (name, text) => { if (text) rows.push([name, text]); };
  add("Concluded", one.was ? "in this page, with the edited assumptions" : record.assessed);
  add("Not recomputed", one.kept_because);
  add("Accuracy here", one.local_accuracy && `${percentInterval(one.local_accuracy.share)}: ${one.local_accuracy.method}`);
  add("API's accuracy", one.evidence && (one.evidence.accuracy
    ? `${percentInterval(one.evidence.accuracy)}: ${one.evidence.detail}` : `unknown: ${one.evidence.detail}`));
  add("Price", price && `$${significant(price.input_usd_per_mtok)} in, $${significant(price.output_usd_per_mtok)} out per million tokens; ${price.matched_id} of ${price.provider} on ${price.at}, ${price.source}${price.is_last ? "; retired, these are its last prices" : ""}`);
  add("Tokens", one.tokens && `${significant(one.tokens.input)} in (${one.tokens.input_source}), ${significant(one.tokens.output)} out (${one.tokens.output_source})`);
  add("Attempt here", one.local_attempt_usd && `${hereText(record, one, moneyBand(one.local_attempt_usd))}; ${significant(one.local_seconds)} s, ${hereText(record, one, bandText(one.local_j, "J"))}`);
  add("Attempt there", one.api_attempt_usd && moneyBand(one.api_attempt_usd));
  add("Energy", `${one.energy_provenance}${one.energy_provenance === "modelled" ? ": --watts-per-core, or a meter, changes it" : ""}`);
  add("Bounds", "95 % of draws over all uncertain figures together");
  add("Compared because", one.chosen_because === "default" ? "one of the usual rivals" : one.chosen_because);
  add("What flips it", (one.flips ?? []).join("; "));
  add("If bought", one.if_bought);
  return rows;
}

/** A copy in the order of a column; absent values last, equal ones as they were. */
function sortedRows(rows, key, isDescending) {
  const sign = isDescending ? -1 : 1;
  const { compare } = new Intl.Collator("en", { numeric: true });
  return [...rows].sort((a, b) => {
    const [x, y] = [a.cells[key].sort, b.cells[key].sort];
    if (x === null || y === null) return (x === null) - (y === null);
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * compare(String(x), String(y));
  });
}
