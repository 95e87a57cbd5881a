// From figures to places and words on an axis, and how wide words are. Pure; knows nothing of SVG.

const TOO_LARGE_TO_DRAW = 1e150; // beyond, differences overflow
const TOO_SMALL_TO_DRAW = 1e-150; // on a log scale; on a linear one it is 0

/** Can `value` be placed on such an axis? Never true of null, NaN, or of 0 and less on a log scale. */
function isDrawable(value, scale) {
  if (typeof value !== "number" || !Number.isFinite(value) || Math.abs(value) > TOO_LARGE_TO_DRAW) return false;
  return scale !== "log" || value >= TOO_SMALL_TO_DRAW;
}

/** An axis over `values` (all drawable): its domain, rounded outwards to 1, 2 or 5, and `place(value)` in pixels. */
function makeAxis(axis, values, from, to) {
  const unit = axisUnit(axis, values);
  const scaled = values.map((value) => value / unit.factor);
  const [low, high] = axis.scale === "log" ? logDomain(scaled, axis) : linearDomain(scaled, axis, Math.abs(to - from));
  const along = axis.scale === "log" ? Math.log10 : (value) => value;
  const span = along(high) - along(low);
  const place = (value) => from + ((to - from) * (along(value / unit.factor) - along(low))) / span;
  return { axis, unit, low, high, from, to, place, lowest: low * unit.factor, highest: high * unit.factor };
}

/** Bytes are shown in the binary unit of the largest, all others as they are. */
function axisUnit(axis, values) {
  if (axis.unit !== "bytes") return { factor: 1, suffix: "" };
  const largest = extremes([1, ...values.map(Math.abs)])[1];
  for (const [factor, suffix] of [[2 ** 30, " GiB"], [2 ** 20, " MiB"], [2 ** 10, " KiB"]]) {
    if (largest >= factor) return { factor, suffix };
  }
  return { factor: 1, suffix: " B" };
}

function linearDomain(values, { domain, ticks }, length) {
  if (domain) return domain;
  let [low, high] = extremes(values);
  const largest = Math.max(-low, high);
  if (largest < TOO_SMALL_TO_DRAW) return [0, 1]; // all but 0
  if (high - low < largest * 1e-9) low = high; // no digits are left for ticks between them
  if (ticks && low < high) return [low, high];
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(0, 2 * low), Math.max(0, 2 * high)];
  const step = niceStep((high - low) / Math.max(2, length / 45));
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

function logDomain(values, { ticks }) {
  const [least, most] = extremes(values);
  if (ticks && least < most) return [least, most];
  const [low, high] = [roundedLog(least, Math.floor), roundedLog(most, Math.ceil)];
  return low < high ? [low, high] : [low / 2, high * 2];
}

/** Of any number of values: as arguments of Math.min, many thousands would not fit. */
function extremes(values) {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** The next of 1, 2, 5 times a power of ten, downwards or upwards. */
function roundedLog(value, round) {
  const exponent = Math.floor(Math.log10(value) + 1e-12);
  const places = [1, 2, 5, 10].map((digit) => digit * 10 ** exponent);
  const below = places.filter((place) => place <= value * (1 + 1e-9));
  const above = places.filter((place) => place >= value * (1 - 1e-9));
  return round === Math.floor ? below[below.length - 1] ?? places[0] : above[0] ?? places[3];
}

/** The smallest of 1, 2, 5 times a power of ten that is at least `rough`. */
function niceStep(rough) {
  return roundedLog(rough, Math.ceil);
}

/**
 * Ticks of an axis, `[{value, text}]`, in figures as drawn and words; a minor one has no text. They are as many
 * as have room: words of neighbours keep a distance.
 */
function axisTicks(made, spacing) {
  const values = made.axis.ticks ? givenTicks(made, spacing) : made.axis.scale === "log" ? logTicks(made, spacing) : linearTicks(made, spacing);
  return values.map(([scaled, isMinor]) => ({
    value: scaled * made.unit.factor,
    text: isMinor ? "" : tickText(scaled, made.axis.unit) + made.unit.suffix,
  }));
}

/** Where something was measured, as far as the words have room. */
function givenTicks(made, spacing) {
  let end = -Infinity;
  return made.axis.ticks
    .map((value) => value / made.unit.factor)
    .sort((a, b) => a - b)
    .filter((value) => {
      const [at, half] = [made.place(value * made.unit.factor), spacing(tickText(value, made.axis.unit)) / 2];
      if (!(at - half >= end)) return false;
      end = at + half;
      return true;
    })
    .map((value) => [value, false]);
}

function linearTicks(made, spacing) {
  const length = Math.abs(made.to - made.from);
  let step = niceStep((made.high - made.low) / Math.max(2, length / 25));
  for (;;) {
    const n = Math.floor((made.high - made.low) / step + 1e-9);
    const first = Math.ceil(made.low / step - 1e-9);
    const ticks = Array.from({ length: n + 1 }, (_, i) => (first + i) * step).filter((at) => at <= made.high + step * 1e-6);
    const widest = Math.max(...ticks.map((at) => spacing(tickText(at, made.axis.unit) + made.unit.suffix)));
    if (ticks.length < 2) return [made.low, made.high].map((at) => [at, false]); // round ones, too
    if (widest <= (length * step) / (made.high - made.low)) return ticks.map((at) => [trimmedTick(at, step), false]);
    step = niceStep(step * 1.01);
  }
}

function logTicks(made, spacing) {
  const decades = Math.log10(made.high / made.low);
  const length = Math.abs(made.to - made.from);
  const first = Math.floor(Math.log10(made.low) + 1e-9);
  const last = Math.ceil(Math.log10(made.high) - 1e-9);
  const within = (value) => value >= made.low * (1 - 1e-9) && value <= made.high * (1 + 1e-9);
  const digits = decades <= 2.1 ? [1, 2, 5] : [1];
  const wanted = [];
  for (let exponent = first; exponent <= last; exponent++) {
    for (const digit of digits) if (within(digit * 10 ** exponent)) wanted.push(digit * 10 ** exponent);
  }
  const room = (ticks) =>
    ticks.every((at, i) => {
      if (i === 0) return true;
      const apart = (length * Math.log10(at / ticks[i - 1])) / decades;
      return apart >= (spacing(tickText(at, made.axis.unit)) + spacing(tickText(ticks[i - 1], made.axis.unit))) / 2;
    });
  let shown = wanted;
  if (digits.length > 1 && !room(shown)) shown = wanted.filter((at) => isPowerOfTen(at));
  for (let stride = 2; shown.length > 1 && !room(shown); stride++) {
    shown = wanted.filter((at) => isPowerOfTen(at) && Math.round(Math.log10(at)) % stride === 0);
  }
  const minor = [];
  for (let exponent = first; exponent <= last && decades <= 12; exponent++) {
    for (let digit = 1; digit < 10; digit++) {
      const at = digit * 10 ** exponent;
      if ((decades <= 5 || digit === 1) && within(at) && !shown.some((one) => Math.abs(one / at - 1) < 1e-6)) minor.push(at);
    }
  }
  return [...shown.map((at) => [at, false]), ...minor.map((at) => [at, true])];
}

function isPowerOfTen(value) {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}

/** Without what multiplication left behind: 0.30000000000000004 is 0.3. */
function trimmedTick(value, step) {
  if (Math.abs(value) < step * 1e-6) return 0;
  return Number(value.toPrecision(12));
}

/** A round figure as an axis says it: `$0.02`, `20 %`, `10,000`, `5 M`. */
function tickText(value, unit) {
  if (unit === "share") return `${plainTick(Number((value * 100).toPrecision(6)))} %`;
  if (unit !== "usd") return plainTick(value);
  return value < 0 ? `−$${plainTick(-value)}` : `$${plainTick(value)}`;
}

function plainTick(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size < 1e-6 || size >= 1e15) return sign + Number(size.toPrecision(3)).toExponential().replace("+", "");
  for (const [factor, suffix] of [[1e12, " T"], [1e9, " B"], [1e6, " M"]]) {
    if (size >= factor) return sign + groupedTick(Number((size / factor).toPrecision(6))) + suffix;
  }
  return sign + groupedTick(Number(size.toPrecision(9)));
}

/** Plain notation with thousands grouped. */
function groupedTick(value) {
  const decimals = value >= 1 ? 6 : 12;
  const [whole, part] = value.toFixed(decimals).replace(/\.?0+$/, "").split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? spaced : `${spaced}.${part}`;
}

/** About how wide `text` is at `size` pixels, rather too wide than too narrow: no font is at hand to ask. */
function textWidth(text, size) {
  let ems = 0;
  for (const char of text) {
    if (/[\u0300-\u036f]/.test(char)) continue;
    if (/[ilj.,:;'|!()\[\] Iftr/\\·-]/.test(char)) ems += 0.37;
    else if (/[mwMW@%~±→←…—]/.test(char)) ems += 0.95;
    else if (/[A-Z_$+=<>#&−–]/.test(char)) ems += 0.72;
    else ems += char.codePointAt(0) > 0x2e7f ? 1.05 : 0.62;
  }
  return ems * size;
}

/** `text` within `width` pixels: cut in the middle, since names of quantizations differ at their ends. */
function shortenedText(text, width, size) {
  if (textWidth(text, size) <= width) return text;
  const chars = [...text];
  const cut = (kept) => `${chars.slice(0, Math.ceil(kept / 2)).join("")}…${chars.slice(chars.length - Math.floor(kept / 2)).join("")}`;
  let [least, most] = [2, Math.min(chars.length - 1, 400)];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (textWidth(cut(middle), size) <= width) least = middle;
    else most = middle - 1;
  }
  return cut(least);
}

/** Lines of at most `width` pixels; a word that is longer than a line is shortened. */
function wrappedText(text, width, size) {
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(shortenedText(word, width, size));
  }
  return lines;
}
