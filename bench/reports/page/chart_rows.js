// The body of a chart of rows: categories down, one axis across. Pure; needs chart.js.

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

function ruleAcross(line, across, top, bottom, frame) {
  const x = across.place(line.at);
  return markGroup(line, svgLine(x, top, x, bottom, frame.paint[line.colour ?? "muted"], { wide: 1.4, dash: line.dash ?? "4 3" }));
}

function widest(texts, size) {
  return texts.reduce((most, text) => Math.max(most, textWidth(text, size)), 0);
}
