// From the specification of a chart to SVG text. Pure: no document, no clock; runs in the page and in QuickJS.
//
// Two kinds. "rows": categories down the page, one axis across; a row holds dots with intervals, bars, ticks.
// "plane": two axes; series of points with intervals, lines and bands. Docs: docs/charts.md.

"use strict";

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

// -- rows ----------------------------------------------------------------------------------------

const chartLaneHeight = 20;

function drawRows(spec, frame, top) {
  const scale = spec.x.scale;
  if (spec.rows.length > mostChartRows) frame.notes.unshift(`The first ${mostChartRows} of ${spec.rows.length} rows are drawn.`);
  const rows = spec.rows.slice(0, mostChartRows).map((row) => ({ ...row, marks: row.marks.filter((mark) => isMarkDrawable(mark, scale, row.label, frame.notes)) }));
  const values = rows.flatMap((row) => row.marks.flatMap((mark) => markValues(mark, scale)));
  values.push(...(spec.x.include ?? []).filter((value) => isDrawable(value, scale)));
  if (!values.length || !rows.some((row) => row.marks.length)) return emptyChart(frame, top);
  const longest = widest(rows.flatMap((row) => row.marks.map((mark) => mark.end ?? "")), chartSmallSize);
  const endRoom = Math.min(longest + 8, frame.width * 0.2);
  const inset = Math.max(10, endRoom);
  const labelWidth = widest(rows.map((row) => row.label), chartWordSize);
  for (const row of rows) row.text = row.text ?? "";
  const mostText = frame.width * 0.45;
  let textRoom = widest(rows.map((row) => row.text), chartSmallSize);
  if (textRoom > mostText || (!frame.isNarrow && Math.min(labelWidth, frame.width * 0.36) + textRoom > mostText)) {
    // Bounds are drawn, and told in the title: a figure without them is whole, one cut in its middle is another one.
    for (const row of rows) row.text = shortenedText(row.text.split(" (")[0], mostText, chartSmallSize);
    textRoom = widest(rows.map((row) => row.text), chartSmallSize);
  }
  const isStacked = frame.isNarrow || labelWidth + textRoom > frame.width * 0.62;
  const left = isStacked ? 14 : Math.min(labelWidth, frame.width * 0.36) + 26;
  const right = frame.width - (isStacked ? 16 : textRoom + 22);
  const across = makeAxis(spec.x, values, left + inset, right - inset);
  const lanes = (row) => 1 + Math.max(0, ...row.marks.map((mark) => mark.lane ?? 0));
  let y = top + 4;
  let svg = "";
  const ruled = rows.length > 18 ? 22 : 0;
  y += ruled;
  const plotTop = y;
  let group = null;
  for (const row of rows) {
    if (row.group && row.group !== group) {
      y += 6;
      for (const line of wrappedText(row.group, frame.width - 16, chartWordSize * chartBoldness)) {
        y += 16;
        svg += svgWords(line, 8, y - 6, { fill: frame.paint.ink, weight: 600, halo: frame.paint.paper });
      }
      group = row.group;
    }
    const height = lanes(row) * chartLaneHeight + 4;
    if (isStacked) {
      const room = frame.width - 16 - (row.text ? textWidth(row.text, chartSmallSize) + 10 : 0);
      y += 19;
      svg += svgTitled(row.label, svgWords(shortenedText(row.label, room, chartWordSize), 8, y - 2, { fill: frame.paint.ink, halo: frame.paint.paper }));
      svg += svgWords(row.text, frame.width - 8, y - 2, { fill: frame.paint.muted, size: chartSmallSize, anchor: "end", halo: frame.paint.paper });
    } else {
      const middle = y + height / 2 + 4;
      const shown = shortenedText(row.label, left - 22, chartWordSize);
      svg += svgTitled(row.label, svgWords(shown, left - 8, middle, { fill: frame.paint.ink, anchor: "end" }));
      svg += svgWords(row.text, frame.width - 8, middle, { fill: frame.paint.muted, size: chartSmallSize, anchor: "end" });
    }
    for (const mark of row.marks) {
      svg += rowMark(mark, row.marks, across, y + 2 + chartLaneHeight * ((mark.lane ?? 0) + 0.5), [y, y + height], endRoom, frame);
    }
    y += height;
  }
  const grid = axisAcross(across, plotTop, y, frame, ruled > 0);
  const lines = (spec.lines ?? []).filter((line) => isDrawable(line.at, scale)).map((line) => ruleAcross(line, across, plotTop, y, frame));
  return { svg: grid.svg + lines.join("") + svg, bottom: grid.bottom };
}

function markValues(mark, scale) {
  const found = mark.type === "bar" ? [mark.from, mark.to] : [mark.value];
  return [...found, mark.low, mark.high].filter((value) => isDrawable(value, scale));
}

/** Names what an axis cannot show; only what is a number at all is named here, absent ones by their maker. */
function isMarkDrawable(mark, scale, name, notes) {
  const ends = mark.type === "bar" ? [mark.from, mark.to] : [mark.value];
  if (ends.some((value) => typeof value !== "number")) return false;
  if (!ends.every((value) => isDrawable(value, scale))) {
    notes.push(`${name}: ${ends.map(plainFigure).join(" to ")} has no place on ${scale === "log" ? "a logarithmic" : "this"} axis.`);
    return false;
  }
  for (const value of [mark.low, mark.high]) {
    if (typeof value === "number" && !isDrawable(value, scale)) {
      notes.push(`${name}: its bound ${plainFigure(value)} has no place on ${scale === "log" ? "a logarithmic" : "this"} axis; an arrow stands for it.`);
    }
  }
  return true;
}

function plainFigure(value) {
  return Number.isFinite(value) ? plainTick(value) : "an infinite value";
}

function rowMark(mark, siblings, across, y, [top, bottom], endRoom, frame) {
  const colour = frame.paint[mark.colour ?? "c1"];
  let svg = "";
  if (mark.type === "tick") {
    svg = svgLine(across.place(mark.value), top + 2, across.place(mark.value), bottom - 2, colour, { wide: 2, dash: mark.dash });
  } else if (mark.type === "bar") {
    const [from, to] = [across.place(mark.from), across.place(mark.to)].sort((a, b) => a - b);
    svg = barShape(from, y - 7, Math.max(1, to - from), 14, mark, frame);
    svg += whisker(mark, across, y, frame.paint.ink, across.place(mark.to));
    if (mark.end) svg += barEnd(mark, siblings, across, y, endRoom, frame);
  } else {
    svg = whisker(mark, across, y, colour, across.place(mark.value)) + shapeAt(mark, across.place(mark.value), y, frame);
  }
  return markGroup(mark, svg);
}

/** What lies at the end of a bar, beyond it; beside its start where a longer bar has its own end on that side. */
function barEnd(mark, siblings, across, y, room, frame) {
  const isLeftward = (bar) => bar.to < bar.from || (bar.to === bar.from && bar.isLow === true);
  const length = (bar) => Math.abs(bar.to - bar.from);
  const isCrowded = siblings.some((other) => other.end && isLeftward(other) === isLeftward(mark) && length(other) > length(mark));
  const isLeft = isLeftward(mark) !== isCrowded;
  // Without its unit a figure is whole; cut in its middle it reads as another one.
  const text = textWidth(mark.end, chartSmallSize) > room ? mark.end.split(" ")[0] : mark.end;
  const style = { fill: frame.paint.muted, size: chartSmallSize, anchor: isLeft ? "end" : "start", halo: frame.paint.paper };
  return svgWords(text, across.place(isCrowded ? mark.from : mark.to) + (isLeft ? -5 : 5), y + 4, style);
}

/** A thin line between the bounds, with caps; an arrow where a bound is open, or beyond the axis. */
function whisker(mark, across, y, colour, at) {
  if (typeof mark.low !== "number" && typeof mark.high !== "number" && !mark.isOpen) return "";
  const drawable = (value) => isDrawable(value, across.axis.scale);
  const isOpenLow = typeof mark.low === "number" && !drawable(mark.low);
  const isOpenHigh = mark.isOpen || (typeof mark.high === "number" && !drawable(mark.high));
  const low = isOpenLow ? across.from - 6 : drawable(mark.low) ? across.place(mark.low) : at;
  const high = isOpenHigh ? across.to + 6 : drawable(mark.high) ? across.place(mark.high) : at;
  let svg = svgLine(low, y, high, y, colour, { wide: 1.4 });
  svg += isOpenLow ? arrowHead(low, y, -1, 0, colour) : svgLine(low, y - 4, low, y + 4, colour, { wide: 1.4 });
  svg += isOpenHigh ? arrowHead(high, y, 1, 0, colour) : svgLine(high, y - 4, high, y + 4, colour, { wide: 1.4 });
  return svg;
}

function axisAcross(across, top, bottom, frame, isTwice) {
  const { paint } = frame;
  let svg = "";
  const ticks = axisTicks(across, (text) => textWidth(text, chartSmallSize) + 12);
  for (const tick of ticks) {
    const x = across.place(tick.value);
    if (tick.text === "") {
      svg += svgLine(x, bottom, x, bottom + 3, paint.grid, {});
      continue;
    }
    svg += svgLine(x, top, x, bottom + 5, paint.grid, {});
    svg += svgWords(tick.text, x, bottom + 18, { fill: paint.muted, size: chartSmallSize, anchor: "middle" });
    if (isTwice) svg += svgWords(tick.text, x, top - 6, { fill: paint.muted, size: chartSmallSize, anchor: "middle" });
  }
  svg += svgLine(across.from - 8, bottom, across.to + 8, bottom, paint.muted, {});
  const middle = (across.from + across.to) / 2;
  const lines = wrappedText(across.axis.label, frame.width - 16, chartWordSize);
  for (const [i, line] of lines.entries()) {
    const half = textWidth(line, chartWordSize) / 2;
    const x = Math.min(Math.max(middle, half + 6), frame.width - half - 6);
    svg += svgWords(line, x, bottom + 36 + i * 15, { fill: paint.ink, anchor: "middle" });
  }
  return { svg, bottom: bottom + 26 + lines.length * 15 };
}

function ruleAcross(line, across, top, bottom, frame) {
  const x = across.place(line.at);
  return markGroup(line, svgLine(x, top, x, bottom, frame.paint[line.colour ?? "muted"], { wide: 1.4, dash: line.dash ?? "4 3" }));
}

function widest(texts, size) {
  return texts.reduce((most, text) => Math.max(most, textWidth(text, size)), 0);
}

function emptyChart(frame, top) {
  const svg = svgWords("Nothing to draw here.", 8, top + 20, { fill: frame.paint.muted });
  return { svg, bottom: top + 30 };
}

// -- plane ---------------------------------------------------------------------------------------

function drawPlane(spec, frame, top) {
  const series = spec.series.map((one) => ({ ...one, points: one.points.filter((point) => isPointDrawable(point, spec, one, frame.notes)) }));
  const points = series.flatMap((one) => one.points);
  if (!points.length) return emptyChart(frame, top);
  const collect = (name, scale) =>
    points.flatMap((point) => [point[name], point[`${name}Low`], point[`${name}High`]]).filter((value) => isDrawable(value, scale));
  const lines = spec.lines ?? [];
  const xs = [...collect("x", spec.x.scale), ...lines.map((line) => line.at), ...(spec.x.include ?? [])].filter((value) => isDrawable(value, spec.x.scale));
  const ys = [...collect("y", spec.y.scale), ...(spec.y.include ?? [])].filter((value) => isDrawable(value, spec.y.scale));
  const endRoom = frame.isDirect ? Math.max(...namedSeries(spec).map((one) => textWidth(one.name, chartWordSize))) + 14 : 0;
  const plotTop = top + 24 + (lines.some((line) => line.label) ? 16 * Math.min(lines.length, 3) : 0);
  const height = Math.round(Math.min(400, Math.max(220, frame.width * 0.48)));
  const bottom = plotTop + height;
  const up = makeAxis(spec.y, ys, bottom - 10, plotTop + 8);
  const upTicks = axisTicks(up, () => 30);
  const left = Math.max(28, ...upTicks.map((tick) => textWidth(tick.text, chartSmallSize))) + 14;
  const right = frame.width - 14 - endRoom;
  const across = makeAxis(spec.x, xs, left + 10, right - 10);
  const area = { left, right, top: plotTop, bottom };
  let svg = svgWords(shortenedText(spec.y.label, frame.width - 16, chartWordSize), 8, top + 12, { fill: frame.paint.ink });
  for (const region of spec.regions ?? []) svg += regionShape(region, across, area, frame);
  svg += axisUp(up, upTicks, area, frame);
  const foot = axisAcross(across, plotTop, bottom, frame, false);
  svg += foot.svg;
  for (const one of series) svg += bandShape(one, across, up, area, frame);
  svg += crossLines(lines, across, area, top + 24, frame);
  for (const one of series) svg += lineShape(one, across, up, frame);
  for (const one of series) svg += one.points.map((point) => pointShape(point, one, across, up, area, frame)).join("");
  svg += pointLabels(series, across, up, area, frame);
  if (frame.isDirect) svg += endLabels({ series, legend: spec.legend }, up, area, frame);
  return { svg, bottom: foot.bottom };
}

/** Few lines with short names are named at their ends; a legend is for the others. */
function isDirectlyLabelled(spec, frame) {
  if (spec.kind !== "plane" || frame.isNarrow) return false;
  const named = namedSeries(spec);
  return named.length > 0 && named.length <= 6 && named.every((one) => textWidth(one.name, chartWordSize) <= frame.width * 0.28);
}

function namedSeries(spec) {
  const names = (spec.legend ?? []).filter((entry) => entry.isSeries).map((entry) => entry.name);
  return spec.series.filter((one) => one.points.length && names.includes(one.name));
}

function isPointDrawable(point, spec, one, notes) {
  if (typeof point.x !== "number" || typeof point.y !== "number") return false;
  for (const [value, axis] of [[point.x, spec.x], [point.y, spec.y]]) {
    if (!isDrawable(value, axis.scale)) {
      const kind = axis.scale === "log" ? "a logarithmic" : "this";
      notes.push(`${point.label ?? one.name}: ${plainFigure(value)} (${axis.label}) has no place on ${kind} axis.`);
      return false;
    }
  }
  return true;
}

function axisUp(up, ticks, area, frame) {
  let svg = "";
  for (const tick of ticks) {
    const y = up.place(tick.value);
    if (tick.text === "") continue;
    svg += svgLine(area.left, y, area.right, y, frame.paint.grid, {});
    svg += svgWords(tick.text, area.left - 6, y + 4, { fill: frame.paint.muted, size: chartSmallSize, anchor: "end" });
  }
  return svg;
}

function regionShape(region, across, area, frame) {
  const from = isDrawable(region.from, across.axis.scale) ? Math.max(area.left, across.place(region.from)) : area.left;
  const to = isDrawable(region.to, across.axis.scale) ? Math.min(area.right, across.place(region.to)) : area.right;
  if (from >= to) return "";
  const shade = `<rect x="${svgPixel(from)}" y="${svgPixel(area.top)}" width="${svgPixel(to - from)}" height="${svgPixel(area.bottom - area.top)}" fill="${frame.paint.muted}" opacity="0.14"/>`;
  return markGroup(region, shade);
}

function crossLines(lines, across, area, labelTop, frame) {
  return lines
    .filter((line) => isDrawable(line.at, across.axis.scale))
    .map((line, i) => {
      const x = across.place(line.at);
      const y = labelTop + 12 + 16 * (i % 3);
      const text = shortenedText(line.label ?? "", frame.width - 24, chartSmallSize);
      const half = textWidth(text, chartSmallSize) / 2;
      const centre = Math.min(Math.max(x, half + 8), frame.width - half - 8);
      const colour = frame.paint[line.colour ?? "ink"];
      return markGroup(line, svgLine(x, y + 4, x, area.bottom, colour, { wide: 1.4, dash: line.dash ?? "4 3" }) + svgWords(text, centre, y, { fill: colour, size: chartSmallSize, anchor: "middle" }));
    })
    .join("");
}

/** Between low and high, as far as both are known; a high that is open reaches the top. */
function bandShape(one, across, up, area, frame) {
  if (!one.hasBand) return "";
  const clamp = (y) => Math.min(Math.max(y, area.top), area.bottom);
  const yOf = (value, open) => (isDrawable(value, up.axis.scale) ? clamp(up.place(value)) : open);
  const told = one.points.filter((point) => typeof point.yLow === "number");
  if (told.length < 2) return "";
  const upper = told.map((point) => `${svgPixel(across.place(point.x))} ${svgPixel(yOf(point.yHigh, area.top))}`);
  const lower = told.map((point) => `${svgPixel(across.place(point.x))} ${svgPixel(yOf(point.yLow, area.bottom))}`).reverse();
  return `<path d="M${[...upper, ...lower].join("L")}Z" fill="${frame.paint[one.colour ?? "c1"]}" opacity="0.16"/>`;
}

function lineShape(one, across, up, frame) {
  if (!one.hasLine || one.points.length < 2) return "";
  const path = one.points.map((point) => `${svgPixel(across.place(point.x))} ${svgPixel(up.place(point.y))}`).join("L");
  const dash = one.dash ? ` stroke-dasharray="${one.dash}"` : "";
  const wide = one.isFaint ? 6 : 2;
  return markGroup(one, faintLine(`<path d="M${path}" fill="none" stroke="${frame.paint[one.colour ?? "c1"]}" stroke-width="${wide}"${dash} stroke-linejoin="round"/>`, one));
}

/** Behind what is measured lies what only connects it. */
function faintLine(svg, one) {
  return one.isFaint ? `<g opacity="0.25">${svg}</g>` : svg;
}

function pointShape(point, one, across, up, area, frame) {
  if (one.hasNoPoints) return "";
  const mark = { ...one, ...point, title: point.title };
  const colour = frame.paint[mark.colour ?? "c1"];
  const [x, y] = [across.place(point.x), up.place(point.y)];
  let svg = "";
  if (!one.hasBand) {
    const [yLow, yHigh] = [point.yLow, point.yHigh].map((value) => (isDrawable(value, up.axis.scale) ? up.place(value) : null));
    const end = yHigh ?? (point.isOpenY ? area.top : null);
    if (yLow !== null || end !== null) svg += svgLine(x, yLow ?? y, x, end ?? y, colour, { wide: 1.2 });
    if (yLow !== null) svg += svgLine(x - 3, yLow, x + 3, yLow, colour, { wide: 1.2 });
    if (yHigh !== null) svg += svgLine(x - 3, yHigh, x + 3, yHigh, colour, { wide: 1.2 });
    else if (point.isOpenY) svg += arrowHead(x, area.top, 0, -1, colour);
    const [xLow, xHigh] = [point.xLow, point.xHigh].map((value) => (isDrawable(value, across.axis.scale) ? across.place(value) : null));
    const far = xHigh ?? (point.isOpenX ? area.right : null);
    if (xLow !== null || far !== null) svg += svgLine(xLow ?? x, y, far ?? x, y, colour, { wide: 1.2 });
    if (xLow !== null) svg += svgLine(xLow, y - 3, xLow, y + 3, colour, { wide: 1.2 });
    if (xHigh !== null) svg += svgLine(xHigh, y - 3, xHigh, y + 3, colour, { wide: 1.2 });
    else if (point.isOpenX) svg += arrowHead(area.right, y, 1, 0, colour);
  }
  return markGroup(mark, svg + shapeAt(mark, x, y, frame));
}

/**
 * Names beside points, clear of intervals where there is room, else across them; without any room none, for all
 * have theirs in the title that a pointer shows.
 */
function pointLabels(series, across, up, area, frame) {
  const taken = [];
  const crossed = [];
  const wanted = [];
  for (const one of series.filter((each) => !each.hasNoPoints)) {
    for (const point of one.points) {
      const [x, y] = [across.place(point.x), up.place(point.y)];
      const reach = (value, axis, otherwise) => (isDrawable(value, axis.axis.scale) ? axis.place(value) : otherwise);
      taken.push([x - 6, y - 6, x + 6, y + 6]);
      crossed.push([reach(point.xLow, across, x), y - 1, reach(point.xHigh, across, x), y + 1]);
      crossed.push([x - 1, reach(point.yHigh, up, y), x + 1, reach(point.yLow, up, y)]);
      if (point.label) wanted.push({ point, x, y });
    }
  }
  wanted.sort((a, b) => Number(a.point.isFaded ?? false) - Number(b.point.isFaded ?? false));
  const meets = (box, others) => others.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
  const isInside = (box) => box[0] >= area.left && box[2] <= frame.width - 2 && box[1] >= area.top - 8 && box[3] <= area.bottom;
  let svg = "";
  for (const { point, x, y } of wanted.slice(0, mostPointLabels)) {
    const text = shortenedText(point.label, Math.min(240, (area.right - area.left) * 0.6), chartSmallSize);
    const wide = textWidth(text, chartSmallSize);
    const places = [[9, -5, "start"], [-9, -5, "end"], [9, 13, "start"], [-9, 13, "end"], [0, -12, "middle"], [0, 21, "middle"], [9, -19, "start"], [9, 27, "start"]]
      .map(([dx, dy, anchor]) => {
        const from = x + dx - (anchor === "start" ? 0 : anchor === "end" ? wide : wide / 2);
        return { at: x + dx, line: y + dy, anchor, box: [from - 1, y + dy - 10, from + wide + 1, y + dy + 3] };
      })
      .filter(({ box }) => isInside(box) && !meets(box, taken));
    const place = places.find(({ box }) => !meets(box, crossed)) ?? places[0];
    if (!place) continue;
    taken.push(place.box);
    const fill = point.isFaded ? frame.paint.muted : frame.paint.ink;
    svg += svgWords(text, place.at, place.line, { fill, size: chartSmallSize, anchor: place.anchor, halo: frame.paint.paper });
  }
  return svg;
}

/** Names at the ends of lines, moved apart where they would touch. */
function endLabels({ series, legend }, up, area, frame) {
  const ends = namedSeries({ series, legend })
    .map((one) => ({ one, y: up.place(one.points[one.points.length - 1].y) + 4 }))
    .sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 14);
  for (let i = ends.length - 1, most = area.bottom; i >= 0; i--, most = ends[i + 1].y - 14) ends[i].y = Math.min(ends[i].y, most);
  return ends
    .map(({ one, y }) => {
      return svgTitled(one.name, svgWords(one.name, area.right + 4, y, { fill: frame.paint[one.colour ?? "c1"], halo: frame.paint.paper }));
    })
    .join("");
}

// -- shapes --------------------------------------------------------------------------------------

/** What a pointer, a filter and a screen reader find: the words of a mark, and the record that it is of. */
function markGroup(mark, svg) {
  if (!svg) return "";
  const key = mark.key === undefined || mark.key === null ? "" : ` data-key="${svgText(mark.key)}"`;
  const title = mark.title ? `<title>${svgText(mark.title)}</title>` : "";
  return title || key ? `<g class="mark"${key}>${title}${svg}</g>` : svg;
}

function svgTitled(title, svg) {
  return svg && `<g><title>${svgText(title)}</title>${svg}</g>`;
}

/** Filled; hollow where modelled or of others' word, faint where it does not count, crossed where disturbed. */
function shapeAt(mark, x, y, frame) {
  const colour = frame.paint[mark.colour ?? "c1"];
  const fill = mark.isHollow ? frame.paint.paper : colour;
  const faint = mark.isFaded ? ' opacity="0.55"' : "";
  const look = `fill="${fill}" stroke="${colour}" stroke-width="1.6"${faint}`;
  const r = mark.isSmall ? 3 : 4.5;
  const [l, t, e, b] = [x - r, y - r, x + r, y + r].map(svgPixel);
  const [cx, cy] = [svgPixel(x), svgPixel(y)];
  const forms = {
    circle: `<circle cx="${cx}" cy="${cy}" r="${r}" ${look}/>`,
    square: `<path d="M${l} ${t}H${e}V${b}H${l}Z" ${look}/>`,
    diamond: `<path d="M${cx} ${svgPixel(y - r * 1.3)}L${svgPixel(x + r * 1.3)} ${cy}L${cx} ${svgPixel(y + r * 1.3)}L${svgPixel(x - r * 1.3)} ${cy}Z" ${look}/>`,
    triangle: `<path d="M${cx} ${svgPixel(y - r * 1.2)}L${e} ${b}H${l}Z" ${look}/>`,
    wedge: `<path d="M${cx} ${svgPixel(y + r * 1.2)}L${e} ${t}H${l}Z" ${look}/>`,
    cross: `<path d="M${l} ${t}L${e} ${b}M${l} ${b}L${e} ${t}" fill="none" stroke="${colour}" stroke-width="2.2"${faint}/>`,
  };
  const crossed = mark.isDisturbed ? svgLine(x - 7, y + 7, x + 7, y - 7, frame.paint.ink, { wide: 1.4 }) : "";
  return forms[mark.shape ?? "circle"] + crossed;
}

function barShape(x, y, width, height, mark, frame) {
  const name = mark.colour ?? "c1";
  const fill = mark.isModelled ? `url(#${frame.id}-${name})` : frame.paint[name];
  const tint = mark.tint ? ` fill-opacity="${mark.tint}"` : "";
  const faint = mark.isFaded ? ' opacity="0.55"' : "";
  const place = `x="${svgPixel(x)}" y="${svgPixel(y)}" width="${svgPixel(width)}" height="${svgPixel(height)}"`;
  return `<rect ${place} fill="${fill}"${tint} stroke="${frame.paint[name]}" stroke-width="1"${faint}/>`;
}

function svgLine(x1, y1, x2, y2, colour, { wide = 1, dash = "" }) {
  const dashes = dash ? ` stroke-dasharray="${dash}"` : "";
  return `<line x1="${svgPixel(x1)}" y1="${svgPixel(y1)}" x2="${svgPixel(x2)}" y2="${svgPixel(y2)}" stroke="${colour}" stroke-width="${wide}"${dashes}/>`;
}

/** Open, pointing along (dx, dy): there is no bound on this side. */
function arrowHead(x, y, dx, dy, colour) {
  const [back, side] = [6, 4];
  const corner = (sign) => `${svgPixel(x - dx * back + sign * dy * side)} ${svgPixel(y - dy * back + sign * dx * side)}`;
  return `<path d="M${corner(1)}L${svgPixel(x)} ${svgPixel(y)}L${corner(-1)}" fill="none" stroke="${colour}" stroke-width="1.6"/>`;
}

function svgWords(text, x, y, { fill, size = chartWordSize, weight = 400, anchor = "start", halo = "" }) {
  if (!text) return "";
  const heavy = weight === 400 ? "" : ` font-weight="${weight}"`;
  const side = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  const around = halo ? ` stroke="${halo}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"` : "";
  return `<text x="${svgPixel(x)}" y="${svgPixel(y)}" fill="${fill}" font-size="${size}"${heavy}${side}${around}>${svgText(text)}</text>`;
}

/** Escaped, and without what XML forbids: control characters, halves of pairs, non-characters. */
function svgText(text) {
  return escapeText(String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, ""));
}

function svgPixel(value) {
  return String(Math.round(value * 10) / 10);
}
