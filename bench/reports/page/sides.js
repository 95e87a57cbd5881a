// What an attempt costs and how often it is right, here and at an API, as values, bounds and draws, by the formulas
// of bench/economics/verdict/{sides,costs}.py. Needs draws.js and terms.js. No DOM here.

const J_PER_KWH = 3.6e6;
const SECONDS_PER_HOUR = 3600;
const HOSTED_KEPT = 1024;

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

function drawnLoss(luck, loss, terms) {
  return terms.loss_per_error ? luck.band("loss_per_error", terms.loss_per_error) : luck.constant(loss || 0);
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
