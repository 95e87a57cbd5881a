// What both kinds of chart are drawn of: the axis across, marks, lines and words as SVG. Pure; needs chart.js.

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

function emptyChart(frame, top) {
  const svg = svgWords("Nothing to draw here.", 8, top + 20, { fill: frame.paint.muted });
  return { svg, bottom: top + 30 };
}

function plainFigure(value) {
  return Number.isFinite(value) ? plainTick(value) : "an infinite value";
}

/** Behind what is measured lies what only connects it. */
function faintLine(svg, one) {
  return one.isFaint ? `<g opacity="0.25">${svg}</g>` : svg;
}
