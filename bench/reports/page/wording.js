// What is concluded anew, in the words of bench/economics/verdict/{verdict,wording}.py. Needs numbers.js. No DOM.

/** A probability with three decimals; what rounds to 0 or 1 is a bound, since draws make nothing certain. */
function shareWords(share) {
  const isTie = Number.isInteger(share * 16) && !Number.isInteger(share * 8); // exact, and toFixed rounds it up
  const told = isTie ? fixedDecimal(decimalOf(share), 3, false) : share.toFixed(3);
  return { "0.000": "< 0.001", "1.000": "> 0.999" }[told] || told;
}

/** Sums of doubles are off in their last digits; by twelve of them a tie is a tie again, as in exact decimals. */
function settledDigits(amount) {
  return Number(amount.toPrecision(12));
}

function dollarWords(amount) {
  return money(settledDigits(amount));
}

/** The conclusion in plain words; what the months make of a purchase is left to `breakeven cost`. */
function headlineOf(said, why, terms, task, isBar) {
  const device = {
    sunk: "the device you already own",
    dedicated: "a device bought for it",
    shared: `a device of which it bears ${fixedDecimal(decimalOf(terms.share * 100), 0)}%`,
  }[terms.ownership];
  let words = `${capital(said.verdict)}: ${device} instead of ${said.api} for ${said.task}. ${capital(why)}.`;
  if (said.local_attempt_usd && said.api_attempt_usd) {
    const mark = task.energy.is_modelled ? MODELLED_MARK : "";
    const [here, there] = [said.local_attempt_usd, said.api_attempt_usd].map(thousandWords);
    words += ` 1,000 attempts cost ${mark}${here} here and ${there} there`;
    if (!said.local_right_usd) {
      words += "; no answer was right here, so a correct one has no bounded cost";
    } else if (said.api_right_usd) {
      const [right, hosted] = [said.local_right_usd, said.api_right_usd].map(thousandWords);
      words += `; 1,000 correct answers ${mark}${right} and ${isBar ? "at least " : ""}${hosted}`;
    }
    if (task.energy.is_disturbed) words += "; its joules were taken while other programs were busy, and may be too many";
    words += ".";
  }
  if (task.is_completion) words += " A base model, prompted by examples: not to be ranked with chat runs.";
  return words;
}

function thousandWords(band) {
  return money(perThousand([settledDigits(band[0])])[0]);
}

/** The second line: what changes if the device had to be bought. */
function purchaseLine(terms, turning, savings, { isGoodEnough, unknown, capacity, isAlwaysRight }) {
  if (!isGoodEnough) return "If it had to be bought: it is not good enough at any price.";
  if (unknown) return `If it had to be bought: unknown, since ${unknown}.`;
  const volume = terms.tasks_per_month[0];
  const start = `If it had to be bought${isAlwaysRight ? ", against an API that is always right" : ""}`;
  if (savings.gain === null) {
    return `${start}: no price is too high by spend per correct answer, which the API never gave here.`;
  }
  if (savings.gain <= 0) return `${start}: it never pays off, since it saves nothing on an attempt.`;
  const place =
    capacity !== null && volume > capacity
      ? `at ${wholeText(capacity)} tasks a month, all that one device can do,`
      : `at ${wholeText(volume)} tasks a month`;
  const first = `${place} ${affordableWords(turning.affordable)}`;
  return `${start}: ${first}; ${boughtWords(terms, turning.bought, savings.gain, capacity)}.`;
}

function affordableWords(price) {
  if (price.at !== null) return `it may cost up to ${dollarWords(price.at)}`;
  if (price.kind === "any") return "any price pays off, since all of it comes back";
  return "it saves less than its idle power and upkeep cost, so no price pays off";
}

function boughtWords(terms, bought, gain, capacity) {
  if (!bought) return "give --device-price for the volume at which a price pays off";
  const price = dollarWords(terms.device_price[0]);
  if (bought.at === null) return `at ${price} it pays off at any volume`;
  if (bought.kind === "beyond-capacity") {
    const devices = wholeText(Math.ceil(bought.at / capacity));
    return (
      `at ${price} it never pays off: at full capacity one device saves ${dollarWords(gain * capacity)} of the ` +
      `${dollarWords(boughtPerMonth(terms))} that it costs a month; ${significant(settledDigits(bought.at))} tasks would take ` +
      `${devices} devices, each with costs of its own`
    );
  }
  return `at ${price} it pays off from ${significant(settledDigits(bought.at))} tasks a month`;
}
