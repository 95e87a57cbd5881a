// The terms of a conclusion: a scenario of the worksheet with what a reader changes in it, and what it makes of a
// month. No DOM here.

const WATTS_PER_KW = 1000;

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
