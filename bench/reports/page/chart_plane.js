// The body of a chart of two axes: points, lines and bands. Pure; needs chart.js.

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
