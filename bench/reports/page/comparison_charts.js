// Charts of one comparison: what moves it, and its cost over volume. Pure; needs charts.js, verdicts.js and economics.js.

/** What each uncertain figure alone makes of the difference, widest first. */
function tornado(data, selection = {}) {
  const chosen = rankedComparisons(data, selection).find(({ one }) => one.swings.length && !isAbsent(one.device_less_api_usd));
  const empty = { kind: "rows", title: "What each uncertain figure does alone", x: { label: "USD here less there of 1,000", unit: "usd", scale: "linear" }, rows: [] };
  if (!chosen) return { ...empty, description: "No comparison has figures whose bounds are known.", notes: ["No comparison has figures whose bounds are known."] };
  const { record, one } = chosen;
  const name = `${record.label} against ${data.apis[one.api]} on ${data.tasks[one.task].name}`;
  const now = one.device_less_api_usd * 1000;
  const less = (usd) => hereText(record, one, money(usd));
  const absent = absences();
  const rows = one.swings.map((swing) => {
    const marks = [["low", swing.low, swing.usd_at_low, "c3"], ["high", swing.high, swing.usd_at_high, "c1"]].flatMap(([bound, value, usd, colour]) => {
      const at = swingWords(swing, value, (joules) => hereText(record, one, joules));
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
    x: { label: "USD here less there of 1,000 correct answers, or of attempts with their errors; below 0 the device is cheaper", unit: "usd", scale: "linear", include: [0, now] },
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
function swingWords(swing, value, marked) {
  if (swing.unit === "share") return percentText(value);
  const text = `${significant(value)} ${swing.unit}`.trim();
  return swing.unit === "J" ? marked(text) : text;
}

/**
 * Cost over volume on both sides, with bounds; where they cross, what is stated, and where one device can do no
 * more. The curve is computed from the worksheet, under the changes that a reader made.
 */
function breakEven(data, selection = {}) {
  const changes = selection.changes ?? {};
  const axes = { x: { label: "attempts a month (logarithmic)", unit: "number", scale: "log" }, y: { label: "USD of 1,000 correct answers (logarithmic)", unit: "usd", scale: "log" } };
  const found = data.worksheet ? firstCurve(data, selection, changes) : null;
  if (!found) {
    const why = data.worksheet ? "No comparison here can be worked out at other volumes." : "A curve over volume takes what these data leave out: the worksheet of their costs.";
    return { kind: "plane", title: "Cost over volume", description: why, ...axes, series: [], notes: [why] };
  }
  const { record, one, curve, sheet, scenario } = found;
  const api = data.apis[one.api];
  if (!isAbsent(scenario.loss_per_error) || !isAbsent(sheet.loss_per_error)) axes.y.label = "USD of 1,000 attempts and their errors (logarithmic)";
  const marked = (text) => hereText(record, one, text);
  const marks = marked("");
  const side = (name, read, told) =>
    curve.filter((at) => read(at)).map((at) => {
      const band = perThousand(read(at));
      return { x: at.volume, y: band[0], yLow: band[1], yHigh: band[2], title: `${name} at ${wholeText(Math.round(at.volume))} a month: ${told(moneyBand(band))}` };
    });
  const series = [
    { name: marks ? `this device (${marks})` : "this device", colour: "c1", hasLine: true, hasBand: true, hasNoPoints: true, points: side("this device", (at) => at.device, marked), key: record.id },
    { name: api, colour: "c2", dash: "7 4", hasLine: true, hasBand: true, hasNoPoints: true, points: side(api, (at) => at.api, String), key: `api:${api}` },
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
      ...(marks.includes(MODELLED_MARK) ? [`${MODELLED_MARK} rests on modelled energy, not measured.`] : []),
      ...(marks.includes(DISTURBED_MARK) ? [`${DISTURBED_MARK} rests on joules that were taken while others worked.`] : []),
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

/** The chosen comparisons, the closest call first. */
function rankedComparisons(data, selection) {
  const wanted = selection.record ?? null;
  const records = wanted === null ? chosenRecords(data, selection) : data.records.filter((record) => record.id === wanted);
  return records
    .flatMap((record) => record.comparisons.map((one) => ({ record, one })))
    .filter(({ one }) => (isAbsent(selection.task) || one.task === selection.task) && (isAbsent(selection.api) || one.api === selection.api))
    .sort((a, b) => compareCalls(a.one, b.one));
}
