// Concludes anew from the worksheet, as bench/economics/verdict/compare.py does: what a reader changes are the
// price of a kWh, the device's price, the tasks a month and who bears the device. Needs terms.js, sides.js,
// gates.js, break_even.js and wording.js. No DOM here.

const desks = new WeakMap();

/** What is worked out once for a worksheet and kept. */
function deskOf(worksheet) {
  if (!desks.has(worksheet)) {
    desks.set(worksheet, {
      sheet: worksheet,
      records: new Map(worksheet.records.map((record) => [record.id, record])),
      luck: new Map(),
      means: new Map(),
      hosted: new Map(),
    });
  }
  return desks.get(worksheet);
}

/**
 * The comparisons of a record under changed assumptions. `changes` may have kwh_price, device_price and
 * tasks_per_month as [value, low, high] in USD and tasks, and ownership as {kind, share}. RangeError for a
 * change that makes no sense. Comparisons that cannot be redone are in `worksheet.not_redone`.
 */
function conclude(worksheet, recordId, changes = {}) {
  const desk = deskOf(worksheet);
  const record = desk.records.get(recordId);
  if (!record) return [];
  const terms = changedTerms(worksheet.scenarios[record.scenario], changes);
  return record.tasks.flatMap((task) => {
    if (task.comparisons.length === 0) return [];
    const device = deviceSide(desk, task, terms);
    return task.comparisons.map((one) => compared(desk, task, device, one, terms));
  });
}

/**
 * Spend per correct answer on both sides by volume, or with a stated loss what an attempt costs with its errors:
 * [{volume, device: [value, low, high], api: [value, low, high]}]; null where it is not known or unbounded.
 */
function breakEvenCurve(worksheet, recordId, taskName, apiName, changes, volumes) {
  const desk = deskOf(worksheet);
  const record = desk.records.get(recordId);
  const task = record && record.tasks.find((one) => one.task === taskName);
  const comparison = task && task.comparisons.find((one) => worksheet.apis[one.api].name === apiName);
  if (!comparison) return [];
  return volumes.map((volume) => {
    const terms = changedTerms(worksheet.scenarios[record.scenario], {
      ...changes,
      tasks_per_month: [volume, volume, volume],
    });
    const device = deviceSide(desk, task, terms);
    const api = hostedSide(desk, task, device, comparison);
    const loss = lossOf(task, terms);
    if (loss === null) return { volume, device: device.perRight, api: api.perRight };
    const drawn = drawnLoss(device.luck, loss, terms);
    const here = device.total && withErrors(device.total, device.share, device.right, loss, drawn);
    if (!api.cost || !api.right) return { volume, device: here, api: null };
    const best = withErrors(api.cost, api.forMoney, api.right, loss, drawn);
    const worst = withErrors(api.cost, api.accuracy, api.atWorst, loss, drawn);
    return { volume, device: here, api: [best[0], best[1], worst[2]] };
  });
}

function withErrors(cost, share, right, loss, drawnLossUsd) {
  const usd = cost.usd + (1 - share) * loss;
  return bandOf(usd, cost.draws.map((one, i) => one + (1 - right[i]) * drawnLossUsd[i]));
}

function compared(desk, task, device, comparison, terms) {
  const api = hostedSide(desk, task, device, comparison);
  const found = desk.sheet.found[comparison.found];
  const loss = lossOf(task, terms);
  const isPriced = Boolean(device.total && api.cost && api.right);
  const chance = probabilities(device, api, task, terms, loss, isPriced);
  const savings = isPriced ? { gain: gainOf(device, api, loss), isEverRight: device.share > 0 } : null;
  let unknown = [task.unknown_because, comparison.unknown_because].filter(Boolean).join("; ");
  if (!unknown && !isPriced) unknown = "nothing is known of the API's accuracy on this task";
  const gates = [
    { name: "fits", result: task.fits.result, why: task.fits.why, probability: null },
    fastEnough(task, terms),
    { name: "good-enough", result: found.result, why: found.why, probability: chance.good },
    cheaperGate(chance, unknown, found.result, loss === null ? null : task.loss_words, api.api.retired, {
      isDisturbed: task.energy?.is_disturbed,
      isEverRight: device.share > 0,
    }),
  ];
  const blocking = gates.find((gate) => gate.result === "fail") || gates.find((gate) => gate.result === "open");
  const decisive = blocking || gates[gates.length - 1];
  const verdict = !blocking ? "viable" : blocking.result === "fail" ? "not viable" : "insufficient evidence";
  const isHopeless = found.result === "fail" && loss === null;
  const capacity = task.speed.capacity_per_month;
  const turning = turningPoints(savings, isHopeless, terms, capacity);
  const said = {
    task: task.task,
    api: api.api.name,
    verdict,
    decided_by: decisive.name,
    probability: chance.both,
    items_to_settle: decisive.name === "good-enough" ? found.items_to_settle : null,
    gates,
    local_attempt_usd: device.band,
    api_attempt_usd: api.band,
    local_right_usd: device.perRight,
    api_right_usd: api.perRight,
    local_seconds: task.seconds,
    break_even: { kind: turning.owned.kind, if_bought: turning.bought && turning.bought.at },
    affordable_usd: turning.affordable.at,
  };
  const why = decisive.result === "pass" ? `${found.why}; ${decisive.why}` : decisive.why;
  said.sentence = headlineOf(said, why, terms, task, api.isBar);
  said.if_bought = purchaseLine(terms, turning, savings, {
    isGoodEnough: !isHopeless,
    unknown: isPriced ? unknownIfBought(savings) : unknown,
    capacity,
    isAlwaysRight: api.isBar,
  });
  return said;
}
