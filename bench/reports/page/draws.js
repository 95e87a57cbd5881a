// Joint draws of everything uncertain: the same formulas and the same random numbers, place by place, as
// bench/economics/verdict/{philox,uncertainty}.py. Change both or neither. No DOM here.

const MOST_WEIGHTS = 2000000; // of items times resamples; beyond it resamples are met more than once
const BANDS_KEPT = 256;
const WEIGHTS_KEPT = 12;
const MADE_UP = 2; // items beside those that were seen, one wrong and one right
const TINY = 2.2250738585072014e-308;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit += 1) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  return word >>> 0;
});

/** CRC-32 of the text's UTF-8. */
function crc32(text) {
  const bytes = encodeURIComponent(text).match(/%[0-9A-F]{2}|[^%]/g) || [];
  let word = 0xffffffff;
  for (const byte of bytes) {
    const code = byte.length > 1 ? parseInt(byte.slice(1), 16) : byte.charCodeAt(0);
    word = CRC_TABLE[(word ^ code) & 0xff] ^ (word >>> 8);
  }
  return (word ^ 0xffffffff) >>> 0;
}

/** The upper 32 bits of the product of two words. */
function highWord(a, b) {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const first = aHigh * bLow + ((aLow * bLow) >>> 16);
  const second = aLow * bHigh + (first & 0xffff);
  return (aHigh * bHigh + (first >>> 16) + (second >>> 16)) >>> 0;
}

/** Four words of Philox4x32-10 into `out`; the counter's four words, the key's two. */
function philoxWords(out, c0, c1, c2, c3, k0, k1) {
  let [first, second, third, fourth, key0, key1] = [c0, c1, c2, c3, k0, k1];
  for (let round = 0; round < 10; round += 1) {
    const high0 = highWord(first, 0xd2511f53);
    const low0 = Math.imul(first, 0xd2511f53);
    const high1 = highWord(third, 0xcd9e8d57);
    const low1 = Math.imul(third, 0xcd9e8d57);
    first = high1 ^ second ^ key0;
    second = low1;
    third = high0 ^ fourth ^ key1;
    fourth = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  out[0] = first;
  out[1] = second;
  out[2] = third;
  out[3] = fourth;
}

/** Within (0, 1), both ends left out. */
function uniforms(seed, name, count, row = 0, part = 0) {
  const drawn = new Float64Array(count);
  const words = new Uint32Array(4);
  const [key0, key1] = [seed | 0, crc32(name) | 0];
  for (let start = 0; start < count; start += 4) {
    philoxWords(words, start / 4, row, part, 0, key0, key1);
    for (let lane = 0; lane < 4 && start + lane < count; lane += 1) {
      drawn[start + lane] = (words[lane] + 0.5) * 2 ** -32;
    }
  }
  return drawn;
}

function normals(seed, name, count, row = 0) {
  const radius = uniforms(seed, name, count, row, 0);
  const turn = uniforms(seed, name, count, row, 1);
  return radius.map((luck, i) => Math.sqrt(-2 * Math.log(luck)) * Math.cos(2 * Math.PI * turn[i]));
}

/** Keeps what was used last. */
function remembered(kept, most, key, make) {
  let found = kept.get(key);
  if (found === undefined) {
    if (kept.size >= most) kept.delete(kept.keys().next().value);
    found = make();
  } else {
    kept.delete(key);
  }
  kept.set(key, found);
  return found;
}

/** The luck of one seed: every name has its own, whatever else is drawn. */
class Luck {
  constructor(seed, nDraws) {
    this.seed = seed;
    this.nDraws = nDraws;
    this.names = new Map();
    this.bands = new Map();
    this.weights = new Map();
  }

  /** Triangular between the bounds with its mode at the value; all the same where it is exact. */
  band(name, [value, low, high]) {
    if (low === high) return remembered(this.bands, BANDS_KEPT, `${value}`, () => this.constant(value));
    return remembered(this.bands, BANDS_KEPT, `${value} ${low} ${high} ${name}`, () => {
      const luck = remembered(this.names, BANDS_KEPT, name, () => uniforms(this.seed, name, this.nDraws));
      return luck.map((one) =>
        one * (high - low) < value - low
          ? Math.sqrt(one * (high - low) * (value - low)) + low
          : high - Math.sqrt((1 - one) * (high - low) * (high - value)),
      );
    });
  }

  constant(value) {
    return new Float64Array(this.nDraws).fill(value);
  }

  /** A proportion seen as `share` of `n`: quantiles of Wilson's interval at a random level. */
  proportion(name, share, n) {
    return normals(this.seed, name, this.nDraws).map((z) => {
      const middle = share + (z * z) / (2 * n);
      const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
      return Math.min(1, Math.max(0, (middle + spread) / (1 + (z * z) / n)));
    });
  }

  /** The Bayesian bootstrap: an array for each item that was seen, then for each made-up one. */
  itemWeights(name, n) {
    return remembered(this.weights, WEIGHTS_KEPT, `${n} ${name}`, () => {
      const nResamples = Math.min(this.nDraws, Math.max(1, Math.floor(MOST_WEIGHTS / (n + MADE_UP))));
      const rows = [];
      const sums = new Float64Array(nResamples);
      for (let row = 0; row < n + MADE_UP; row += 1) {
        const gammas =
          row < n
            ? uniforms(this.seed, name, nResamples, row).map((luck) => -Math.log(luck))
            : normals(this.seed, name, nResamples, row).map((z) => (z * z) / 2);
        for (let i = 0; i < nResamples; i += 1) {
          gammas[i] += TINY;
          sums[i] += gammas[i];
        }
        rows.push(gammas);
      }
      for (const row of rows) for (let i = 0; i < nResamples; i += 1) row[i] /= sums[i];
      return rows;
    });
  }
}

/** Resampled means over the attempts at the items of one task, all from the same resamples. */
class ItemDraws {
  /** `groups` has the number of each attempt's group, or is null where none hang together. */
  constructor(luck, name, nAttempts, groups, widening) {
    this.luck = luck;
    this.n = nAttempts;
    this.groups = groups;
    this.widening = widening;
    this.nGroups = groups ? new Set(groups).size : nAttempts;
    this.weights = luck.itemWeights(`items of ${name}`, this.nGroups);
    this.madeUpSize = 1;
    this.whole = null; // the weight of a resample's attempts, where groups are not all of one
    if (groups) {
      const sizes = new Array(this.nGroups).fill(0);
      for (const group of groups) sizes[group] += 1;
      this.madeUpSize = sizes.reduce((sum, size) => sum + size * size, 0) / nAttempts;
      this.whole = this.summed([...sizes, ...new Array(MADE_UP).fill(this.madeUpSize)]);
    }
  }

  summed(perRow) {
    const sums = new Float64Array(this.weights[0].length);
    perRow.forEach((figure, row) => {
      if (figure === 0) return;
      const weights = this.weights[row];
      for (let i = 0; i < sums.length; i += 1) sums[i] += figure * weights[i];
    });
    return sums;
  }

  resampled(figures, madeUp) {
    let perRow = figures;
    if (this.groups) {
      perRow = new Array(this.nGroups).fill(0);
      this.groups.forEach((group, i) => {
        perRow[group] += figures[i];
      });
    }
    const means = this.summed([...perRow, ...madeUp.map((figure) => figure * this.madeUpSize)]);
    if (this.whole) for (let i = 0; i < means.length; i += 1) means[i] /= this.whole[i];
    if (means.length === this.luck.nDraws) return means;
    return new Float64Array(this.luck.nDraws).map((_, i) => means[i % means.length]);
  }

  /** Share right; `right` has 1 or 0 for each attempt. */
  accuracy(right) {
    return this.resampled(right, [0, 1]);
  }

  /** Mean of a figure of each attempt; spread as Student's t says of a mean. */
  mean(figures) {
    const mean = meanOf(figures);
    if (figures.every((figure) => figure === figures[0])) return this.luck.constant(mean);
    const drawn = this.resampled(figures, [mean, mean]);
    if (this.widening === null) return drawn;
    const least = figures.reduce((lowest, figure) => Math.min(lowest, figure), 0);
    return drawn.map((one) => Math.max(mean + this.widening * (one - mean), least));
  }
}

function meanOf(figures) {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}

/** Moves the k-th smallest to its place, smaller ones before it and larger ones behind it. */
function placeKth(values, k, from = 0) {
  let [low, high] = [from, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >>> 1];
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left] < pivot) left += 1;
      while (values[right] > pivot) right -= 1;
      if (left <= right) {
        const moved = values[left];
        values[left] = values[right];
        values[right] = moved;
        left += 1;
        right -= 1;
      }
    }
    if (k <= right) high = right;
    else if (k >= left) low = left;
    else break;
  }
  return values[k];
}

/** The central interval that holds 95 % of the draws; its ends are draws themselves. */
function boundsOf(draws) {
  const values = draws.slice();
  const below = Math.floor((values.length * (1 - 0.95)) / 2);
  const low = placeKth(values, below);
  return [low, placeKth(values, values.length - 1 - below, below)];
}

/** Six significant digits: no simulation knows more. */
function simulated(bound) {
  return Number(bound.toPrecision(6));
}
