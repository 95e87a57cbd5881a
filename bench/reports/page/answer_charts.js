// Charts of what answers cost and how many are right. Pure; needs charts.js and verdicts.js.

/** USD of 1,000 correct answers, here and behind each API, cheapest first. */
function spendPerCorrect(data, selection = {}) {
  const absent = absences();
  const rows = tasksOf(data, selection).flatMap((task) => {
    const compared = compareRows(data, selection, task);
    const here = compared.map(({ record, one }) => {
      const name = record.label;
      const band = perThousand(one.local_right_usd);
      const mark = spendMark(name, band, one.energy_provenance, `${data.tasks[task].name}, here`, restsOnDisturbed(record, one));
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
    title: "Spend per correct answer",
    description: `${spendMessage(marks)} Dots are values, lines 95 % intervals.`,
    x: { label: "USD of 1,000 correct answers (logarithmic)", unit: "usd", scale: "log" },
    rows,
    legend: [
      { name: "this device", colour: "c1", shape: "circle" },
      { name: "API", colour: "c2", shape: "diamond" },
      ...(marks.some((mark) => mark.isHollow) ? [{ name: "hollow: not measured (~: modelled)", colour: "c6", isHollow: true }] : []),
      ...(marks.some((mark) => mark.isDisturbed) ? [{ name: "struck through: disturbed (!)", colour: "muted", isDisturbed: true, isHollow: true }] : []),
    ],
    notes: absent.notes(),
  };
}

function spendMark(name, band, provenance, what, isDisturbed = false) {
  if (!band || isAbsent(band[0])) return null;
  const text = markedText(moneyBand(band), provenance, isDisturbed);
  const isHollow = provenance === "modelled" || provenance === "given";
  return { type: "dot", value: band[0], low: band[1], high: band[2], isOpen: isAbsent(band[2]), isHollow, ...(isDisturbed && { isDisturbed }), text, title: `${name}, ${what}: ${text} per 1,000 correct answers` };
}

function whyNoSpend(record, one, task) {
  const tried = record.tasks.find((row) => row.task === task);
  if (tried && tried.right === 0) return "no answer was right, so the spend has no bound";
  return one.local_attempt_usd ? "the spend per correct answer is not known" : "the cost of an attempt is not known";
}

function spendMessage(marks) {
  const cheapest = (colour) => marks.filter((mark) => mark.colour === colour).reduce((best, mark) => (best && best.value <= mark.value ? best : mark), null);
  const [here, there] = [cheapest("c1"), cheapest("c2")];
  if (!here || !there) return here || there ? "Only one side has a known spend." : "No spend is known.";
  return `Lowest here: ${here.title}. Lowest behind an API: ${there.title}.`;
}

/** Share of correct answers with its interval, against guessing, and what is known of the APIs. */
function accuracyWithChance(data, selection = {}) {
  const absent = absences();
  const rows = tasksOf(data, selection).flatMap((task) => {
    const { name: taskName, title } = data.tasks[task];
    const asked = chosenRecords(data, selection).filter((record) => record.tasks.some((row) => row.task === task));
    const here = asked.flatMap((record) =>
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
          return { label: nameAmong(asked, record), group: title, marks: [...guess, mark], text };
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

/** The model's name where no other of these records is of that model. */
function nameAmong(records, record) {
  const { name } = record.model;
  return records.filter((one) => one.model.name === name).length === 1 ? name : record.label;
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

function tasksOf(data, selection) {
  return isAbsent(selection.task) ? data.tasks.map((_, place) => place) : [selection.task];
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

function evidenceText(one) {
  return { transcript: "accuracy of its own answers", published: "published accuracy", "declared-bar": "only a declared bar is known", "declared-accuracy": "declared accuracy", none: "no accuracy is known" }[one.evidence.kind];
}

/** Each chosen record's comparisons on the task, of the chosen API or of all. */
function compareRows(data, selection, task) {
  return chosenRecords(data, selection).flatMap((record) =>
    record.comparisons.filter((one) => one.task === task && (isAbsent(selection.api) || one.api === selection.api)).map((one) => ({ record, one })),
  );
}

/** A record's own figure does not depend on the API that it is compared with: once is enough. */
function uniqueRows(rows) {
  const seen = new Set();
  return rows.filter((row) => {
    const key = `${row.name} ${row.mark && `${row.mark.key} ${row.mark.text}`}`;
    return !seen.has(key) && seen.add(key);
  });
}
