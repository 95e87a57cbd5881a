// Concludes anew from the worksheet, by the formulas of bench/economics/verdict: what a reader changes are the
// price of a kWh, the device's price, the tasks a month and who bears the device. Needs numbers.js,
// draws.js and wording.js. No DOM here.

const J_PER_KWH = 3.6e6;
const SECONDS_PER_HOUR = 3600;
const WATTS_PER_KW = 1000;
const SURE = 0.95; // probability from which on the money gate is decided
const HOSTED_KEPT = 1024;

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

function changedTerms(scenario, changes) {
  const terms = { ...scenario };
  for (const [name, least] of [["kwh_price", 0], ["device_price", 0], ["tasks_per_month", 0.001]]) {
    if (changes[name]) {
      const [value, low, high] = changes[name];
      if (!(least <= low && low <= value && value <= high && Number.isFinite(high))) {
        throw new RangeError(`${name.replace(/_/g, " ")}: not a figure between its bounds: ${changes[name]}`);
      }
      terms[name] = [value, low, high];
      if (name === "tasks_per_month") terms.is_volume_stated = true;
    }
  }
  if (changes.ownership) {
    const { kind, share } = changes.ownership;
    const borne = { sunk: 0, dedicated: 1, shared: share }[kind];
    if (!(borne >= 0 && borne <= 1)) throw new RangeError(`ownership: ${kind} with a share of ${share}`);
    terms.ownership = kind;
    terms.share = borne;
  }
  if (terms.ownership !== "sunk" && !terms.device_price) {
    throw new RangeError(`the price of a device that is ${terms.ownership} is missing`);
  }
  terms.runningPerMonth =
    terms.maintenance_per_month + (terms.kwh_price[0] * terms.idle_watts[0] * terms.hours_per_month) / WATTS_PER_KW;
  return terms;
}

function boughtPerMonth(terms) {
  return terms.capital_factor * terms.device_price[0] + terms.runningPerMonth;
}

function fixedPerMonth(terms) {
  return terms.ownership === "sunk" ? 0 : terms.share * boughtPerMonth(terms);
}

function countsVolume(terms) {
  return terms.is_volume_stated || terms.ownership !== "sunk";
}

function lossOf(task, terms) {
  return terms.loss_per_error ? terms.loss_per_error[0] : task.loss_per_error;
}

function drawnLoss(luck, loss, terms) {
  return terms.loss_per_error ? luck.band("loss_per_error", terms.loss_per_error) : luck.constant(loss || 0);
}

/** What no change touches: which attempts are drawn, how often they are right, and their joules. */
function measuredSide(desk, task, seed) {
  if (!desk.luck.has(seed)) desk.luck.set(seed, { luck: new Luck(seed, desk.sheet.n_draws), measured: new WeakMap() });
  const { luck, measured } = desk.luck.get(seed);
  if (measured.has(task)) return measured.get(task);
  const right = Array.from(task.right, Number);
  const groups = task.groups === null ? null : listOf(desk, task.groups, right.length);
  const draws = new ItemDraws(luck, task.task, right.length, groups, task.widening);
  const key = `${seed} ${task.groups} ${right.length} ${task.task}`;
  const side = { luck, draws, key, n: right.length, share: meanOf(right), right: draws.accuracy(right), joules: null };
  if (task.energy) {
    const { j_per_prompt_token: perToken, j_per_decode_step: perStep } = task.energy;
    const prompts = listOf(desk, task.prompts, right.length);
    const steps = listOf(desk, task.steps, right.length);
    const [value, low, high] = [0, 1, 2].map((end) =>
      meanOf(prompts.map((prompt, i) => perToken[end] * prompt + (steps[i] ? perStep[end] * steps[i] : 0))),
    );
    const spread = value > 0 ? [1, low / value, high / value] : [1, 1, 1];
    const means = draws.mean(prompts.map((n, i) => perToken[0] * n + (steps[i] ? perStep[0] * steps[i] : 0)));
    const meter = luck.band("energy", spread);
    const rest = luck.band("unmetered", task.energy.unmetered);
    const supply = luck.band("psu_efficiency", task.energy.psu_efficiency);
    side.joules = value;
    side.wallKwh = (value * (1 + task.energy.unmetered[0])) / task.energy.psu_efficiency[0] / J_PER_KWH;
    side.drawnWallKwh = means.map((one, i) => (one * meter[i] * (1 + rest[i])) / supply[i] / J_PER_KWH);
  }
  measured.set(task, side);
  return side;
}

function listOf(desk, place, count) {
  const list = desk.sheet.lists[place];
  return list.length === 1 ? new Array(count).fill(list[0]) : list;
}

/** What an attempt on the device costs: its increment, and with its part of the fixed costs. */
function deviceSide(desk, task, terms) {
  const measured = measuredSide(desk, task, terms.seed);
  if (measured.joules === null) return { ...measured, variableUsd: null, total: null, band: null, perRight: null };
  const { luck } = measured;
  const capacity = task.speed.capacity_per_month;
  const held = terms.tasks_per_month.map((end) => (capacity === null ? end : Math.min(end, capacity)));
  const kwh = luck.band("kwh_price", terms.kwh_price);
  const wage = luck.band("wage", terms.wage_per_hour);
  const labour = luck.band("labour", terms.labour_s);
  const { drawnWallKwh } = measured;
  const drawn = new Float64Array(luck.nDraws);
  for (let i = 0; i < drawn.length; i += 1) {
    drawn[i] = kwh[i] * drawnWallKwh[i] + (wage[i] * labour[i]) / SECONDS_PER_HOUR;
  }
  const variableUsd =
    terms.kwh_price[0] * measured.wallKwh + (terms.wage_per_hour[0] * terms.labour_s[0]) / SECONDS_PER_HOUR;
  if (terms.ownership !== "sunk") {
    const price = luck.band("device_price", terms.device_price);
    const idle = luck.band("idle_watts", terms.idle_watts);
    const volume = luck.band("tasks_per_month", held);
    for (let i = 0; i < drawn.length; i += 1) {
      const idling = (kwh[i] * idle[i] * terms.hours_per_month) / WATTS_PER_KW;
      const month = terms.capital_factor * price[i] + terms.maintenance_per_month + idling;
      drawn[i] += (terms.share * month) / volume[i];
    }
  }
  const total = { usd: variableUsd + fixedPerMonth(terms) / held[0], draws: drawn };
  const perRight = perRightAnswer(total, measured.share, measured.right);
  return { ...measured, variableUsd, total, band: bandOf(total.usd, drawn), perRight };
}

/** What an attempt costs at the API and how often it is right there: no change touches either. */
function hostedSide(desk, task, device, comparison) {
  const key = `${comparison.api} ${comparison.bill} ${device.key}`;
  return remembered(desk.hosted, HOSTED_KEPT, key, () => {
    const api = desk.sheet.apis[comparison.api];
    const right = drawnAccuracy(device.luck, api);
    const isBar = api.evidence === "declared-bar";
    const side = {
      api,
      isBar,
      accuracy: api.accuracy,
      forMoney: isBar ? 1 : api.accuracy || 0,
      right,
      atWorst: isBar && right ? device.luck.constant(api.accuracy) : right,
      cost: null,
      band: null,
      perRight: null,
    };
    if (comparison.bill !== null) {
      side.cost = hostedCost(desk, device, api, desk.sheet.bills[comparison.bill]);
      side.band = bandOf(side.cost.usd, side.cost.draws);
      const best = right && perRightAnswer(side.cost, side.forMoney, right);
      const worst = best && isBar ? perRightAnswer(side.cost, api.accuracy, side.atWorst) : best;
      side.perRight = best && [best[0], best[1], worst && worst[2]];
    }
    return side;
  });
}

function hostedCost(desk, device, api, bill) {
  const meanDraws = (place) =>
    remembered(desk.means, HOSTED_KEPT, `${place} ${device.key}`, () =>
      device.draws.mean(listOf(desk, place, device.n)),
    );
  const [input, output, fees] = [bill.input_usd, bill.output_usd, bill.fees_usd].map(meanDraws);
  const answer = device.luck.band(`answer of ${api.name}`, bill.answer);
  const tokens = device.luck.band(`tokens of ${api.name}`, bill.tokens);
  const usd = meanOf(listOf(desk, bill.input_usd, device.n)) + meanOf(listOf(desk, bill.output_usd, device.n));
  const draws = new Float64Array(fees.length);
  for (let i = 0; i < draws.length; i += 1) draws[i] = fees[i] + tokens[i] * (input[i] - fees[i] + output[i] * answer[i]);
  return { usd, draws };
}

function drawnAccuracy(luck, api) {
  if (api.accuracy === null) return null;
  if (api.evidence === "declared-bar") return luck.constant(1);
  const sampled =
    api.n === null ? luck.constant(api.accuracy) : luck.proportion(`sampling of ${api.name}`, api.accuracy, api.n);
  const shift = luck.band(`accuracy of ${api.name}`, [0, -api.below, api.above]);
  return sampled.map((one, i) => Math.min(1, Math.max(0, one + shift[i])));
}

function bandOf(usd, draws) {
  const [low, high] = boundsOf(draws).map(simulated);
  return [usd, Math.min(usd, low), Math.max(usd, high)];
}

/** Spend per correct answer; null where none was right, a high of null where it may be so. */
function perRightAnswer(cost, share, right) {
  if (share <= 0) return null;
  const value = cost.usd / share;
  const { draws } = cost;
  const drawn = new Float64Array(draws.length);
  for (let i = 0; i < drawn.length; i += 1) drawn[i] = right[i] > 0 ? draws[i] / right[i] : Infinity;
  const [low, high] = boundsOf(drawn);
  const upper = Number.isFinite(high) ? Math.max(value, simulated(high)) : null;
  return [value, Number.isFinite(low) ? Math.min(value, simulated(low)) : value, upper];
}

function compared(desk, task, device, comparison, terms) {
  const api = hostedSide(desk, task, device, comparison);
  const found = desk.sheet.found[comparison.found];
  const loss = lossOf(task, terms);
  const isPriced = Boolean(device.total && api.cost && api.right);
  const chance = probabilities(device, api, task, terms, loss, isPriced);
  const savings = isPriced ? { gain: gainOf(device, api, loss) } : null;
  let unknown = [task.unknown_because, comparison.unknown_because].filter(Boolean).join("; ");
  if (!unknown && !isPriced) unknown = "nothing is known of the API's accuracy on this task";
  const gates = [
    { name: "fits", result: task.fits.result, why: task.fits.why, probability: null },
    fastEnough(task, terms),
    { name: "good-enough", result: found.result, why: found.why, probability: chance.good },
    cheaperGate(chance, unknown, found.result, loss === null ? null : task.loss_words, api.api.retired),
  ];
  const blocking = gates.find((gate) => gate.result === "fail") || gates.find((gate) => gate.result === "open");
  const decisive = blocking || gates[gates.length - 1];
  const verdict = !blocking ? "viable" : blocking.result === "fail" ? "not viable" : "insufficient evidence";
  const counts = isPriced && (found.result !== "fail" || loss !== null);
  const capacity = task.speed.capacity_per_month;
  const turning = turningPoints(counts ? savings : null, found.result, terms, capacity);
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
    affordable_usd: turning.affordable,
  };
  const why = decisive.result === "pass" ? `${found.why}; ${decisive.why}` : decisive.why;
  said.sentence = headlineOf(said, why, terms, task, api.isBar);
  said.if_bought = purchaseLine(terms, turning, savings, {
    isGoodEnough: found.result !== "fail" || loss !== null,
    unknown: isPriced ? "" : unknown,
    capacity,
    isAlwaysRight: api.isBar,
  });
  return said;
}

/** What an attempt on the device saves before fixed costs; null: the API is never right, which leaves it open. */
function gainOf(device, api, loss) {
  if (loss !== null) return api.cost.usd - device.variableUsd + (device.share - api.forMoney) * loss;
  return api.forMoney > 0 ? (api.cost.usd * device.share) / api.forMoney - device.variableUsd : null;
}

/**
 * Shares of the draws in which the device is good enough, cheaper and both; `most`: cheaper than an API that is
 * just as good as it must be. null where it is not known.
 */
function probabilities(device, api, task, terms, loss, isPriced) {
  if (!api.right) return { good: null, cheaper: null, most: null, both: null };
  const { right } = device;
  const [there, atWorst, need] = [api.right, api.atWorst, task.need];
  const here = isPriced ? device.total.draws : right;
  const hosted = isPriced ? api.cost.draws : there;
  const drawn = drawnLoss(device.luck, loss, terms);
  const isCheaper = (i, apiRight) =>
    loss === null
      ? here[i] * apiRight < hosted[i] * right[i] // spend per correct answer, without dividing by 0
      : here[i] + (1 - right[i]) * drawn[i] < hosted[i] + (1 - apiRight) * drawn[i];
  let [good, cheaper, most, both] = [0, 0, 0, 0];
  for (let i = 0; i < right.length; i += 1) {
    const isNear = right[i] - there[i] > -terms.delta && (need === null || right[i] > need);
    const isGood = api.isBar ? right[i] > api.accuracy : isNear;
    const isCheap = isCheaper(i, there[i]);
    if (isGood) good += 1;
    if (isCheap) cheaper += 1;
    if (isGood && isCheap) both += 1;
    if (api.isBar && isCheaper(i, atWorst[i])) most += 1;
  }
  const n = right.length;
  if (!isPriced) return { good: good / n, cheaper: null, most: null, both: null };
  return { good: good / n, cheaper: cheaper / n, most: (api.isBar ? most : cheaper) / n, both: both / n };
}

function fastEnough(task, terms) {
  const gate = (result, why) => ({ name: "fast-enough", result, why, probability: null });
  const { speed } = task;
  const isCounted = countsVolume(terms);
  if (!speed.is_level_stated && !isCounted && !speed.arrivals) {
    return gate("not-asked", "the task states no service level, the user no volume");
  }
  if (speed.unknown_because !== null) return gate("open", speed.unknown_because);
  const [value, low, high] = terms.tasks_per_month;
  const capacity = speed.capacity_per_month;
  const isSimulated = speed.arrivals !== null || (isCounted && speed.load_tasks_per_month === value);
  const isLoaded = isCounted && capacity !== null && value < capacity;
  let isUnknown = false;
  let isTooSlow = false;
  const said = [];
  const take = (found) => {
    isTooSlow = isTooSlow || found.result === "fail";
    isUnknown = isUnknown || found.result === "open";
    said.push(found.why);
  };
  for (const level of speed.levels) {
    take(level.alone);
    if (isSimulated && level.loaded) take(level.loaded);
    else if (!isSimulated && isLoaded) {
      const command = `breakeven cost … --tasks-per-month ${value}`;
      take({ result: "open", why: `at this volume a load has to be simulated: ${command}` });
    }
  }
  if (isCounted && capacity === null) {
    take({ result: "open", why: "capacity not known" });
  } else if (isCounted) {
    const asked = low === high ? wholeText(value) : `${wholeText(low)} to ${wholeText(high)}`;
    const result = low > capacity ? "fail" : high > capacity ? "open" : "pass";
    take({ result, why: `one device does ${wholeText(capacity)} attempts a month, ${asked} are wanted` });
  }
  if (speed.arrivals) take(speed.arrivals);
  if (isTooSlow && speed.is_disturbed) {
    said.push("measured while other programs were busy, so it may be faster");
    return gate("open", said.join("; "));
  }
  return gate(isTooSlow ? "fail" : isUnknown ? "open" : "pass", said.join("; "));
}

function cheaperGate(chance, unknown, quality, lossWords, retired) {
  if (chance.cheaper === null) return { name: "cheaper", result: "open", why: unknown, probability: null };
  const basis = lossWords === null ? "spend per correct answer" : `cost with $${lossWords} per error`;
  let why = `${basis} is lower on the device with probability ${shareWords(chance.cheaper)}`;
  if (chance.most > chance.cheaper) {
    why += ` against an API that is always right, ${shareWords(chance.most)} against one just as good as needed`;
  }
  let result = chance.cheaper >= SURE ? "pass" : chance.most <= 1 - SURE ? "fail" : "open";
  if (lossWords === null && quality !== "pass" && result !== "fail") {
    result = "not-asked";
    why += "; counts once it is good enough";
  }
  if (retired !== null) {
    result = "open";
    why = `the API was retired on ${retired}; at its last price ${why}`;
  }
  return { name: "cheaper", result, why, probability: chance.cheaper };
}

/** Solves at_zero + slope · x = 0 for x above 0. */
function whereEqual(atZero, slope) {
  if (slope === 0) return { kind: atZero < 0 ? "any" : "never", at: null };
  const x = -atZero / slope;
  if (x <= 0) return { kind: slope < 0 ? "any" : "never", at: null };
  return { kind: "at", at: x };
}

function breakEvenAt(fixed, gain, capacity) {
  const found = whereEqual(fixed, -gain);
  if (found.at === null || capacity === null || found.at <= capacity) return found;
  return { kind: "beyond-capacity", at: found.at };
}

/** As the device is held, as if it were bought at its price, and the price that it may have. */
function turningPoints(savings, quality, terms, capacity) {
  if (!savings || savings.gain === null) {
    return { owned: { kind: quality === "fail" ? "never" : "unknown", at: null }, bought: null, affordable: null };
  }
  const volume = terms.tasks_per_month[0];
  const done = capacity === null ? volume : Math.min(volume, capacity);
  return {
    owned: breakEvenAt(fixedPerMonth(terms), savings.gain, capacity),
    bought: terms.device_price ? breakEvenAt(boughtPerMonth(terms), savings.gain, capacity) : null,
    affordable: whereEqual(terms.runningPerMonth - savings.gain * done, terms.capital_factor).at,
  };
}
