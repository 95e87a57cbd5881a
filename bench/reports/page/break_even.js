// Where both sides cost the same, by bench/economics/verdict/break_even.py. Needs terms.js. No DOM here.

/** What an attempt on the device saves before fixed costs; null: the API is never right, which leaves it open. */
function gainOf(device, api, loss) {
  if (loss !== null) return api.cost.usd - device.variableUsd + (device.share - api.forMoney) * loss;
  return api.forMoney > 0 ? (api.cost.usd * device.share) / api.forMoney - device.variableUsd : null;
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
function turningPoints(savings, isHopeless, terms, capacity) {
  if (isHopeless || !savings) {
    return { owned: { kind: isHopeless ? "never" : "unknown", at: null }, bought: null, affordable: { at: null } };
  }
  const { gain } = savings;
  const isKnown = gain !== null;
  const withoutAnswerThere = { kind: savings.isEverRight ? "any" : "unknown", at: null };
  const volumeOf = (fixed) => (isKnown ? breakEvenAt(fixed, gain, capacity) : withoutAnswerThere);
  const volume = terms.tasks_per_month[0];
  const done = capacity === null ? volume : Math.min(volume, capacity);
  return {
    owned: volumeOf(fixedPerMonth(terms)),
    bought: terms.device_price ? volumeOf(boughtPerMonth(terms)) : null,
    affordable: isKnown ? whereEqual(terms.runningPerMonth - gain * done, terms.capital_factor) : withoutAnswerThere,
  };
}

/** Why nothing can be told of a purchase though both sides are priced; "" where it can. */
function unknownIfBought({ gain, isEverRight }) {
  return gain !== null || isEverRight ? "" : "neither side gave a correct answer";
}
