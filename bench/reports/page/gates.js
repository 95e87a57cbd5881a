// The gates of speed and money, and the probabilities behind them, by bench/economics/verdict/{verdict,compare}.py;
// what the other gates found does not change with what is edited. Needs sides.js and wording.js. No DOM here.

const SURE = 0.95; // probability from which on the money gate is decided

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

function cheaperGate(chance, unknown, quality, lossWords, retired, { isDisturbed, isEverRight }) {
  if (chance.cheaper === null) return { name: "cheaper", result: "open", why: unknown, probability: null };
  const basis = lossWords === null ? "spend per correct answer" : `cost with $${lossWords} per error`;
  let why = `${basis} is lower on the device with probability ${shareWords(chance.cheaper)}`;
  if (chance.most > chance.cheaper) {
    why += ` against an API that is always right, ${shareWords(chance.most)} against one just as good as needed`;
  }
  let result = chance.cheaper >= SURE ? "pass" : chance.most <= 1 - SURE ? "fail" : "open";
  if (result === "fail" && isDisturbed) {
    result = "open";
    why += "; its joules were taken while other programs were busy, so it may cost less";
  } else if (lossWords === null && quality !== "pass" && result !== "fail") {
    result = "not-asked";
    why += "; counts once it is good enough";
  } else if (lossWords === null && !isEverRight && result !== "fail") {
    result = "open";
    why += "; no answer was right here, so what a correct one costs is not known";
  }
  if (retired !== null) {
    result = "open";
    why = `the API was retired on ${retired}; at its last price ${why}`;
  }
  return { name: "cheaper", result, why, probability: chance.cheaper };
}
