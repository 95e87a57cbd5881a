// Numbers and words as people read them: the same rules as bench/reports/figures.py, which a test holds
// against these. What is absent is a dash, never "NaN", "null" or 0. No DOM here.
"use strict";

const ABSENT = "–";
const UNBOUNDED = "unbounded";
const MODELLED_MARK = "~";
const DISTURBED_MARK = "!";

/** Text from outside as HTML or SVG shows it, in content and in quoted attributes. */
function escapeText(text) {
  return String(text).replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The shortest decimal that names the double, as Python's repr does: sign, digits, power of the first one. */
function decimalOf(value) {
  const [mantissa, power] = Math.abs(value).toExponential().split("e");
  return { negative: value < 0, digits: mantissa.replace(".", ""), power: Number(power) };
}

/** Rounded half to even after so many digits (0: none is left, but a half may round up). */
function roundedDigits(decimal, count) {
  const { digits } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { ...decimal, digits: "0", isZero: true };
  const kept = digits.slice(0, count).padStart(1, "0");
  const rest = digits.slice(count);
  const half = "5".padEnd(rest.length, "0");
  const isOdd = Number(kept[kept.length - 1]) % 2 === 1;
  if (rest < half || (rest === half && !isOdd)) {
    return count === 0 ? { ...decimal, digits: "0", isZero: true } : { ...decimal, digits: kept };
  }
  const raised = String(BigInt(kept) + 1n).padStart(kept.length, "0");
  const carried = count === 0 || raised.length > kept.length;
  return { ...decimal, digits: raised, power: decimal.power + (carried ? 1 : 0) };
}

/** Plain notation with so many decimals, thousands grouped on demand. */
function fixedDecimal(decimal, decimals, isGrouped = true) {
  const rounded = roundedDigits(decimal, decimal.power + 1 + decimals);
  const isZero = rounded.isZero || /^0*$/.test(rounded.digits);
  const power = isZero ? 0 : rounded.power;
  const digits = isZero ? "0" : rounded.digits;
  const whole = power < 0 ? "0" : digits.slice(0, power + 1).padEnd(power + 1, "0");
  const behind = power < 0 ? "0".repeat(-power - 1) + digits : digits.slice(power + 1);
  const grouped = isGrouped ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  const fraction = decimals > 0 ? `.${behind.padEnd(decimals, "0").slice(0, decimals)}` : "";
  return `${decimal.negative ? "-" : ""}${grouped}${fraction}`;
}

function isAbsent(value) {
  return value === null || value === undefined || !Number.isFinite(value);
}

/** So many significant digits; thousands are grouped: 1,230 and 0.00123. */
function significant(value, digits = 3) {
  if (isAbsent(value)) return ABSENT;
  if (value === 0) return "0";
  const rounded = roundedDigits(decimalOf(value), digits);
  if (rounded.power < -9) {
    const padded = rounded.digits.padEnd(digits, "0").slice(0, digits);
    const mantissa = digits > 1 ? `${padded[0]}.${padded.slice(1)}` : padded;
    return `${value < 0 ? "-" : ""}${mantissa}e${rounded.power}`;
  }
  return fixedDecimal(rounded, Math.max(0, digits - 1 - rounded.power));
}

/** 174.2 ± 1.3: two digits of the half-width decide how many of the value are shown. */
function plusMinus(value, halfWidth) {
  if (isAbsent(halfWidth) || halfWidth === 0) return significant(value, 4);
  if (isAbsent(value)) return ABSENT;
  const half = roundedDigits(decimalOf(Math.abs(halfWidth)), 2);
  const decimals = Math.min(9, Math.max(0, 1 - half.power));
  return `${fixedDecimal(decimalOf(value), decimals)} ± ${fixedDecimal(half, decimals)}`;
}

/** USD with three significant digits: $0.000123, $1,230. */
function money(amount) {
  const text = significant(amount);
  if (text === ABSENT) return text;
  return text.startsWith("-") ? `-$${text.slice(1)}` : `$${text}`;
}

function boundsText(values) {
  const [value, low, high] = values;
  if (isAbsent(high)) return `(${significant(low, 2)} or more)`;
  return low === value && value === high ? "" : `(${significant(low, 2)}–${significant(high, 2)})`;
}

/** 0.0123 J (0.010–0.015). */
function bandText(values, unit = "") {
  if (!values) return ABSENT;
  return [significant(values[0]), unit, boundsText(values)].filter(Boolean).join(" ");
}

/** $0.0123 (0.010–0.015). */
function moneyBand(values) {
  if (!values) return ABSENT;
  return [money(values[0]), boundsText(values)].filter(Boolean).join(" ");
}

/** The cost of a thousand, by its decimal: 1000 × the double would bring digits that nobody wrote. */
function perThousand(values) {
  if (!values) return null;
  return values.map((value) => (isAbsent(value) ? null : shiftedByThousand(value)));
}

function shiftedByThousand(value) {
  const [mantissa, power] = value.toExponential().split("e");
  return Number(`${mantissa}e${Number(power) + 3}`);
}

/** A share in [0, 1] as per cent with one decimal: 96.7 %. */
function percentText(share) {
  if (isAbsent(share)) return ABSENT;
  const decimal = decimalOf(share);
  return `${fixedDecimal({ ...decimal, power: decimal.power + 2 }, 1, false)} %`;
}

/** 96.7 % (88.6–99.1). */
function percentInterval(values) {
  if (!values || values.some(isAbsent)) return values ? percentText(values[0]) : ABSENT;
  const [value, low, high] = values.map(percentText);
  return `${value} (${low.slice(0, -2)}–${high.slice(0, -2)})`;
}

/** 0.97; what rounds to 0 or 1 is said as a bound, since no simulation can say more. */
function probabilityText(share) {
  if (isAbsent(share)) return ABSENT;
  if (share > 0.995) return "> 0.99";
  return share < 0.005 ? "< 0.01" : fixedDecimal(decimalOf(share), 2);
}

/** Bytes in binary units: 93.8 MiB. */
function sizeText(bytes) {
  if (isAbsent(bytes)) return ABSENT;
  for (const [factor, unit] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]) {
    if (bytes >= factor) return `${significant(bytes / factor)} ${unit}`;
  }
  return `${bytes} B`;
}

/** Parameters of a model: 134.5 M, 1.24 B. */
function parametersText(count) {
  if (isAbsent(count)) return ABSENT;
  for (const [factor, unit] of [[1e9, "B"], [1e6, "M"]]) {
    if (count >= factor) return `${significant(count / factor, 4)} ${unit}`;
  }
  return wholeText(count);
}

/** Seconds as milliseconds, without the unit: it is in the column's name. */
function millisecondsText(seconds) {
  return isAbsent(seconds) ? ABSENT : significant(seconds * 1000);
}

function wholeText(count) {
  return isAbsent(count) ? ABSENT : fixedDecimal(decimalOf(count), 0);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The first few of many, and how many more there are. */
function someNames(names) {
  return names.length <= 6 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}

/** A modelled figure carries its mark wherever it is shown, and so does one that others disturbed. */
function markedText(text, provenance, isDisturbed = false) {
  if (text === ABSENT) return text;
  return (isDisturbed ? DISTURBED_MARK : "") + (provenance === "modelled" ? MODELLED_MARK : "") + text;
}
