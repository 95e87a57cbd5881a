// From the specification of a chart to SVG text. Pure: no document, no clock; runs in the page and in QuickJS.
//
// Two kinds. "rows": categories down the page, one axis across; a row holds dots with intervals, bars, ticks.
// "plane": two axes; series of points with intervals, lines and bands. Docs: docs/charts.md.

const chartColours = {
  light: {
    paper: "#ffffff", ink: "#1f2328", muted: "#59636e", grid: "#e4e7eb",
    c1: "#0067a5", c2: "#c64600", c3: "#00795c", c4: "#9a3f7c", c5: "#856100", c6: "#4b5a70",
  },
  dark: {
    paper: "#0d1117", ink: "#e6edf3", muted: "#9da7b3", grid: "#2b323b",
    c1: "#63b3ed", c2: "#ff9559", c3: "#3ecf9f", c4: "#e59ccb", c5: "#e3b341", c6: "#b6c2d2",
  },
};
const chartFont = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', 'Noto Sans', sans-serif";
const chartShapes = ["circle", "square", "diamond", "triangle", "wedge", "cross"];
const chartDashes = ["", "7 4", "2 3", "9 3 2 3", "4 2", "1 3"];
const chartWordSize = 12;
const chartSmallSize = 11;
const chartBoldness = 1.12; // how much wider heavy words are
const chartNoteLines = 8;
// What nobody can read any more is not drawn, and the chart says so.
const mostChartRows = 200;
const mostLegendEntries = 24;
const mostPointLabels = 80;

/**
 * SVG text of `spec`, `width` pixels wide and as high as it needs. `theme`: "light" and "dark" have colours of
 * their own; "page" takes them from the page's variables (--paper, --ink, --muted, --grid, --c1 to --c6).
 */
function drawChart(spec, { width = 720, theme = "light", heading = true } = {}) {
  const paint = chartPaint(theme);
  const frame = { width: Math.max(240, width), paint, id: chartId(spec, width, theme), isNarrow: width < 560, notes: [...(spec.notes ?? [])] };
  frame.isDirect = isDirectlyLabelled(spec, frame);
  const top = chartHeading(spec, frame, heading);
  const body = spec.kind === "rows" ? drawRows(spec, frame, top.bottom) : drawPlane(spec, frame, top.bottom);
  const foot = chartNotes(frame, body.bottom);
  const height = Math.ceil(foot.bottom + 6);
  const told = [spec.description, ...frame.notes].filter(Boolean).join(" ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-labelledby="${frame.id}-t ${frame.id}-d"`,
    ` width="${frame.width}" height="${height}" viewBox="0 0 ${frame.width} ${height}" font-family="${chartFont}" font-size="${chartWordSize}">`,
    `<title id="${frame.id}-t">${svgText(spec.title)}</title><desc id="${frame.id}-d">${svgText(told)}</desc>`,
    chartPatterns(frame),
    theme === "page" ? "" : `<rect width="${frame.width}" height="${height}" fill="${paint.paper}"/>`,
    top.svg, body.svg, foot.svg, "</svg>",
  ].join("");
}

function chartPaint(theme) {
  if (theme !== "page") return chartColours[theme];
  return Object.fromEntries(Object.entries(chartColours.light).map(([name, colour]) => [name, `var(--${name}, ${colour})`]));
}

/** The same for the same chart, so that a page of several has no id twice. */
function chartId(spec, width, theme) {
  let hash = 2166136261;
  for (const char of JSON.stringify([spec, width, theme])) hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
  return `chart-${hash.toString(36)}`;
}

function chartHeading(spec, frame, heading) {
  let y = 6;
  let svg = "";
  if (heading) {
    for (const line of wrappedText(spec.title, frame.width - 16, 15 * chartBoldness)) {
      y += 18;
      svg += svgWords(line, 8, y, { fill: frame.paint.ink, size: 15, weight: 600 });
    }
  }
  const entries = (spec.legend ?? []).filter((entry) => !(entry.isSeries && frame.isDirect));
  const shown = entries.slice(0, mostLegendEntries);
  if (entries.length > shown.length) frame.notes.push(`${entries.length - shown.length} more names are left out of the legend.`);
  if (shown.length) y += 8;
  let x = 8;
  for (const [place, entry] of shown.entries()) {
    const name = shortenedText(entry.name, frame.width - 50, chartWordSize);
    const wide = 30 + textWidth(name, chartWordSize);
    if (place === 0 || x + wide > frame.width - 4) {
      x = 8;
      y += 18;
    }
    svg += legendMark(entry, x, y - 4, frame) + svgWords(name, x + 26, y, { fill: frame.paint.ink });
    x += wide + 14;
  }
  return { svg, bottom: y + 8 };
}

function legendMark(entry, x, y, frame) {
  const colour = frame.paint[entry.colour ?? "c1"];
  if (entry.mark === "bar") return barShape(x, y - 5, 20, 10, entry, frame);
  if (entry.mark === "area") return `<rect x="${svgPixel(x)}" y="${svgPixel(y - 5)}" width="20" height="10" fill="${colour}" opacity="0.2"/>`;
  if (entry.mark === "tick") return svgLine(x + 10, y - 7, x + 10, y + 7, colour, { wide: 2, dash: entry.dash });
  const line = entry.mark === "line" || entry.mark === "both" ? faintLine(svgLine(x, y, x + 20, y, colour, { wide: entry.isFaint ? 6 : 2, dash: entry.dash }), entry) : "";
  return line + (entry.mark === "line" ? "" : shapeAt(entry, x + 10, y, frame));
}

function chartNotes(frame, top) {
  const lines = frame.notes.flatMap((note) => wrappedText(note, frame.width - 20, chartSmallSize));
  const shown = lines.length > chartNoteLines ? [...lines.slice(0, chartNoteLines - 1), `… and ${lines.length - chartNoteLines + 1} more lines of notes`] : lines;
  const svg = shown.map((line, i) => svgWords(line, 8, top + 16 + i * 15, { fill: frame.paint.muted, size: chartSmallSize })).join("");
  return { svg, bottom: top + (shown.length ? 10 + shown.length * 15 : 4) };
}

/** One pattern of stripes for each colour: what is modelled is hatched, also in grey. */
function chartPatterns(frame) {
  const stripes = ["c1", "c2", "c3", "c4", "c5", "c6"].map(
    (name) =>
      `<pattern id="${frame.id}-${name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
      `<rect width="2.4" height="6" fill="${frame.paint[name]}"/></pattern>`,
  );
  return `<defs>${stripes.join("")}</defs>`;
}
