// What can be judged of a page from its elements and computed styles; each check returns complaints.
(() => {
  const TEXT_MINIMUM = 4.5; // WCAG 2.2, 1.4.3
  const LARGE_TEXT_MINIMUM = 3;
  const LARGE_PX = 24;
  const LARGE_BOLD_PX = 18.66;

  const describe = (element) => {
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 30);
    const name = element.id ? `#${element.id}` : [...element.classList].map((one) => `.${one}`).join("");
    return `<${element.localName}${name}>${text ? ` "${text}"` : ""}`;
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) &&
    element.getClientRects().length > 0;
  // Text that is there for screen readers alone is clipped to about one pixel.
  const isClipped = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const box = one.getBoundingClientRect();
      if (box.width <= 1 && box.height <= 1 && getComputedStyle(one).overflow === "hidden") return true;
    }
    return false;
  };

  // Any CSS colour as [red, green, blue, alpha]: the canvas understands what getComputedStyle may return.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const parseColour = (text) => {
    if (!known.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      known.set(text, [red, green, blue, alpha / 255]);
    }
    return known.get(text);
  };
  const over = (top, below) => {
    const alpha = top[3] + below[3] * (1 - top[3]);
    if (alpha === 0) return [0, 0, 0, 0];
    const mixed = [0, 1, 2].map((i) => (top[i] * top[3] + below[i] * below[3] * (1 - top[3])) / alpha);
    return [...mixed, alpha];
  };
  const faded = (colour, opacity) => [colour[0], colour[1], colour[2], colour[3] * opacity];
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const opacityOf = (element) => {
    let opacity = 1;
    for (let one = element; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity);
    return opacity;
  };

  const canvasColour = () => {
    const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
      matchMedia("(prefers-color-scheme: dark)").matches;
    return dark ? [18, 18, 18, 1] : [255, 255, 255, 1];
  };
  // What lies behind an element, back to front; null where a picture makes it unknown.
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      layers.push(faded(parseColour(style.backgroundColor), opacityOf(one)));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), canvasColour());
  };
  // In a drawing, shapes painted before the text and covering its middle lie behind it.
  const shapesBehind = (text, background) => {
    const box = text.getBoundingClientRect();
    const svg = text.ownerSVGElement;
    let colour = background;
    for (const shape of svg.querySelectorAll("rect, circle, ellipse, path, polygon")) {
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
      if (shape.closest("defs, clipPath, mask, marker, pattern")) continue;
      const style = getComputedStyle(shape);
      if (style.fill === "none" || style.visibility === "hidden" || style.display === "none") continue;
      const matrix = shape.getScreenCTM();
      if (!matrix) continue;
      const point = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
      if (!shape.isPointInFill(point.matrixTransform(matrix.inverse()))) continue;
      if (style.fill.startsWith("url(")) continue; // a pattern's lines are thin: its ground is judged
      colour = over(faded(parseColour(style.fill), opacityOf(shape) * Number(style.fillOpacity)), colour);
    }
    return colour;
  };

  const judgeContrast = (element, style, what) => {
    const isDrawn = element instanceof SVGElement;
    let background = behind(element);
    if (!background) return [`${what}: text over a picture, whose contrast nobody knows`];
    if (isDrawn) background = shapesBehind(element, background);
    const paint = isDrawn ? style.fill : style.color;
    if (isDrawn && !/^(rgb|#|color|okl|hsl|lab|lch)/.test(paint)) return [];
    const strength = opacityOf(element) * (isDrawn ? Number(style.fillOpacity) : 1);
    const foreground = over(faded(parseColour(paint), strength), background);
    const px = parseFloat(style.fontSize) * (isDrawn ? element.getScreenCTM().a : 1);
    const isLarge = px >= LARGE_PX || (px >= LARGE_BOLD_PX && Number(style.fontWeight) >= 700);
    const needed = isLarge ? LARGE_TEXT_MINIMUM : TEXT_MINIMUM;
    const found = contrast(foreground, background);
    return found >= needed - 0.005 ? [] : [`${what}: contrast ${found.toFixed(2)} of ${needed} needed`];
  };

  const checks = {
    contrast() {
      const found = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const seen = new Set();
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || seen.has(element)) continue;
        seen.add(element);
        if (element.closest("script, style, template, noscript, title, desc, option")) continue;
        if (!isShown(element) || isClipped(element)) continue;
        if (element.closest(":disabled, [aria-disabled=true]")) continue;
        judgeContrast(element, getComputedStyle(element), describe(element)).forEach((one) => found.add(one));
      }
      for (const field of all("input, textarea, select")) {
        if (!isShown(field) || field.matches(":disabled") || ["checkbox", "radio", "range"].includes(field.type)) continue;
        judgeContrast(field, getComputedStyle(field), describe(field)).forEach((one) => found.add(one));
        if (field.placeholder) {
          const style = getComputedStyle(field, "::placeholder");
          judgeContrast(field, style, `${describe(field)} placeholder`).forEach((one) => found.add(one));
        }
      }
      return [...found];
    },

    headings() {
      const found = [];
      const headings = all("h1, h2, h3, h4, h5, h6, [role=heading]").filter(isShown);
      const level = (one) => Number(one.getAttribute("aria-level") || one.localName[1]);
      if (headings.filter((one) => level(one) === 1).length !== 1) found.push("there is not one h1");
      headings.forEach((one, i) => {
        if (i > 0 && level(one) > level(headings[i - 1]) + 1) found.push(`${describe(one)}: skips a level`);
        if (!one.textContent.trim()) found.push(`${describe(one)}: empty`);
      });
      return found;
    },

    tables() {
      const found = [];
      for (const table of all("table").filter(isShown)) {
        const named = table.caption?.textContent.trim() ||
          table.getAttribute("aria-label") || table.getAttribute("aria-labelledby");
        if (!named) found.push(`${describe(table)}: has no caption`);
        const headed = new Set();
        for (const row of table.tHead ? table.tHead.rows : [...table.rows].slice(0, 1)) {
          let column = 0;
          for (const cell of row.cells) {
            for (let i = 0; i < cell.colSpan; i++) if (cell.localName === "th") headed.add(column + i);
            column += cell.colSpan;
          }
        }
        for (const header of table.querySelectorAll("th")) {
          const inHead = header.closest("thead") && !header.scope;
          if (!inHead && !["col", "row", "colgroup", "rowgroup"].includes(header.scope)) {
            found.push(`${describe(header)}: a header of what?`);
          }
          if (!header.textContent.trim() && !header.getAttribute("aria-label")) {
            found.push(`${describe(header)}: an empty header in ${describe(table)}`);
          }
        }
        for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
          let column = 0;
          for (const cell of row.cells) {
            const rowHeader = row.querySelector(":scope > th[scope=row]");
            const isHeaded = table.tHead ? headed.has(column) : rowHeader;
            if (cell.localName !== "th" && !isHeaded && !cell.headers) {
              found.push(`${describe(cell)}: a cell without a header in ${describe(table)}`);
            }
            column += cell.colSpan;
          }
        }
      }
      return found;
    },

    drawings() {
      return all("svg").filter(isShown).flatMap((svg) => {
        if (svg.closest("[aria-hidden=true]")) return [];
        const named = svg.getAttribute("aria-label") || svg.getAttribute("aria-labelledby") ||
          svg.querySelector(":scope > title")?.textContent.trim();
        const isImage = ["img", "image", "group", "graphics-document"].includes(svg.getAttribute("role"));
        return named && isImage ? [] : [`${describe(svg)}: a drawing without role and name`];
      });
    },

    document() {
      const found = [];
      if (!document.documentElement.lang) found.push("html has no lang");
      if (!document.title.trim()) found.push("the document has no title");
      const viewport = document.querySelector("meta[name=viewport]")?.content || "";
      if (!viewport.includes("width=device-width")) found.push("no viewport for narrow screens");
      if (/user-scalable\s*=\s*no|maximum-scale/.test(viewport)) found.push("the reader may not zoom");
      const ids = all("[id]").map((one) => one.id);
      const repeated = new Set(ids.filter((id, i) => ids.indexOf(id) !== i));
      repeated.forEach((id) => found.push(`the id ${id} is there more than once`));
      const there = new Set(ids);
      for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "for"]) {
        for (const element of all(`[${name}]`)) {
          for (const id of element.getAttribute(name).split(/\s+/)) {
            if (id && !there.has(id)) found.push(`${describe(element)}: ${name} points to no #${id}`);
          }
        }
      }
      all("a[href^='#']").forEach((link) => {
        const id = decodeURIComponent(link.hash.slice(1));
        if (id && /^[\w.-]+$/.test(id) && !there.has(id)) found.push(`${describe(link)}: leads to no #${id}`);
      });
      all("[tabindex]").filter((one) => one.tabIndex > 0).forEach((one) =>
        found.push(`${describe(one)}: a tabindex above 0`));
      return found;
    },

    scrolling() {
      return all("*").filter((one) => {
        const style = getComputedStyle(one);
        const scrolls = (how, inner, outer) => /auto|scroll/.test(how) && inner > outer + 1;
        return one !== document.documentElement && one !== document.body && isShown(one) &&
          (scrolls(style.overflowX, one.scrollWidth, one.clientWidth) ||
            scrolls(style.overflowY, one.scrollHeight, one.clientHeight)) &&
          one.localName !== "textarea" && one.localName !== "select" &&
          (one.tabIndex < 0 || !one.hasAttribute("tabindex")) &&
          !one.querySelector("a[href], button, input, select, textarea, [tabindex='0']");
      }).map((one) => `${describe(one)}: scrolls, but no key reaches it`);
    },
  };

  // What the Tab key should reach, in the order of the document.
  const tabStops = () => {
    const selector = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]";
    const groups = new Map();
    return all(selector).filter((one) => {
      if (one.tabIndex < 0 || one.matches(":disabled") || !isShown(one) || one.closest("[inert]")) return false;
      if (one.localName === "summary" && one !== one.parentElement.querySelector(":scope > summary")) return false;
      if (one.type !== "radio" || !one.name) return true;
      // Of radio buttons of one name only the chosen one, or else the first, is in the order.
      const group = all(`input[type=radio][name="${CSS.escape(one.name)}"]`);
      const stop = group.find((other) => other.checked) || group[0];
      groups.set(one.name, stop);
      return one === stop;
    });
  };

  const LOOKS = [
    "outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor", "textDecorationLine",
    "borderTopColor", "borderTopWidth", "borderBottomColor", "borderBottomWidth", "stroke", "strokeWidth",
  ];
  const look = (element) => {
    const style = getComputedStyle(element);
    const seen = LOOKS.map((name) => style[name]);
    if (style.outlineStyle === "none" || style.outlineWidth === "0px") seen[0] = seen[1] = seen[2] = "none";
    return JSON.stringify(seen);
  };

  return {
    complaints: () => Object.entries(checks).flatMap(([name, check]) => check().map((one) => `${name}: ${one}`)),
    startWalk() {
      document.activeElement?.blur();
      getSelection().removeAllRanges();
      this.stops = tabStops();
      this.plain = new Map(this.stops.map((one) => [one, look(one)]));
      this.reached = [];
      this.unseen = [];
      this.note = () => {
        const at = document.activeElement;
        this.hasMoved = true;
        if (this.reached.includes(at)) return; // once around
        this.reached.push(at);
        if (this.plain.has(at) && this.plain.get(at) === look(at)) this.unseen.push(describe(at));
      };
      document.addEventListener("focusin", this.note);
      return this.stops.length;
    },
    startLastRound() {
      this.hasMoved = false;
    },
    endWalk() {
      document.removeEventListener("focusin", this.note);
      const missed = this.stops.filter((one) => !this.reached.includes(one) && isShown(one));
      const found = missed.map((one) => `keyboard: Tab does not reach ${describe(one)}`);
      if (!this.hasMoved && document.activeElement !== document.body) {
        found.push(`keyboard: Tab does not leave ${describe(document.activeElement)}`);
      }
      this.unseen.forEach((one) => found.push(`focus: nothing shows that ${one} has it`));
      const known = this.reached.filter((one) => this.stops.includes(one)).map((one) => this.stops.indexOf(one));
      if (known.some((at, i) => i > 0 && at < known[i - 1])) found.push("keyboard: Tab goes back and forth");
      return found;
    },
  };
})()
