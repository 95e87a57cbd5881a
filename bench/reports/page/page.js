// The page itself: draws what is asked for, does what the reader asks, keeps what is chosen in the link.
//
// Stable names for tests and for links into the page:
//   #summaries .summary[data-task]         the verdict of each task; [data-part=verdict|why|sure|weakest|spend]
//   #filters [data-filter=task|model|api|verdict|machine], #clear-filters, #filter-status
//   #card-list .card[data-record][data-task][data-verdict], #more-cards
//   #assumption-form [data-assumption=kwh|device|volume|ownership|share], #edited, #reset-assumptions,
//   #recompute-status; a wrong entry has aria-invalid and #wrong-<name>
//   #chart-list .figure[data-chart], #chart-pickers [data-picker=x|y|task|record]
//   #table-list .table[data-table=spend|quality|speed|latency|memory|energy], th button[data-sort]
//   button[data-origin] opens dialog#origin; #theme, #download; #record-list .record[data-record]
//   document.documentElement.dataset.ready is "yes" once the page can be used.
//   performance has a mark "interactive" then, and a measure "recompute" for each conclusion anew, its detail
//   being the changes that it is of.

// -- filters --------------------------------------------------------------------------------------

function drawFilters() {
  const choices = {
    task: data.tasks.map((one) => [one.name, one.name]),
    model: [...new Set(data.records.map((record) => record.model.name))].sort().map((name) => [name, name]),
    api: data.apis.map((name) => [name, name]),
    verdict: verdictOrder.map((verdict) => [verdict, verdict]),
    machine: data.machines.map((one) => [one.key, `${one.machine_class}${data.machines.filter((other) => other.machine_class === one.machine_class).length > 1 ? ` #${one.key}` : ""}`]),
  };
  for (const select of document.querySelectorAll("[data-filter]")) {
    const name = select.dataset.filter;
    const options = [["", "all"], ...choices[name]];
    put(select, markup`${options.map(([key, text]) => markup`<option value="${key}">${text}</option>`)}`);
    select.value = state[name] ?? "";
    if (select.selectedIndex < 0) {
      select.value = ""; // a link from another page names what is not here
      delete state[name];
    }
    select.closest("label").hidden = name === "verdict" ? !hasVerdicts : options.length < 3;
  }
  byId("filters").hidden = !document.querySelector("#filters label:not([hidden])");
  byId("cards").hidden = !hasVerdicts;
}

function drawFilterStatus(view, cards) {
  const isFiltered = filterNames.some((name) => state[name]);
  byId("clear-filters").hidden = !isFiltered;
  byId("filter-status").textContent = isFiltered
    ? `${plural(cards.length, "verdict")} of ${plural(view.records.length, "record")}.`
    : "";
}

// -- drawing what is near -------------------------------------------------------------------------

const stale = new WeakSet();

function drawPart(element) {
  if (!stale.has(element)) return;
  stale.delete(element);
  if (element.dataset.chart) drawFigure(element);
  else if (element.dataset.table) drawTable(element);
  else drawRecords(viewNow());
}

const watcher = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => drawPart(entry.target)),
  { rootMargin: "600px" },
);

const lateParts = () => [...document.querySelectorAll("[data-chart], [data-table], #record-list")];

/** Parts far from the window are drawn when they come near. */
function drawLate() {
  for (const element of lateParts()) {
    stale.add(element);
    watcher.unobserve(element);
    watcher.observe(element);
  }
}

function drawAll() {
  const view = viewNow();
  drawLead();
  const cards = drawSummaries(view);
  drawCards(view, cards);
  drawFilterStatus(view, cards);
  drawWarnings(view);
  drawPickers(view);
  drawLate();
}

// -- what the reader does -------------------------------------------------------------------------

function later(action, delay) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
}

const recomputeSoon = later(recompute, 250);

function showOrigin(key) {
  const { title, rows } = origins.get(key);
  byId("origin-title").textContent = title;
  put(byId("origin-body"), markup`<dl class="facts">${rows().map(([name, text]) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`);
  byId("origin").showModal();
}

const themes = ["", "light", "dark"];
const themeWords = { "": "as the system", light: "light", dark: "dark" };

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme").setAttribute("aria-label", `Colours: ${themeWords[theme]}`);
  byId("theme").title = `Colours: ${themeWords[theme]}`;
  try {
    localStorage.setItem("breakeven-theme", theme);
  } catch {
    // a page without storage keeps the choice while it is open
  }
}

function storedTheme() {
  try {
    const theme = localStorage.getItem("breakeven-theme");
    return themes.includes(theme) ? theme : "";
  } catch {
    return "";
  }
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 1)], { type: "application/json" }));
  link.download = "breakeven.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function onClick(event) {
  const target = event.target.closest("button, a");
  if (!target) return;
  const { dataset, id } = target;
  if (dataset.origin !== undefined) showOrigin(dataset.origin);
  else if (dataset.sort) sortBy(target);
  else if (dataset.more) showMoreRows(target);
  else if (dataset.copy) copyCommand(target);
  else if (dataset.showTask) {
    remember({ task: dataset.showTask });
    drawFilters();
    drawAll();
    moveTo("cards");
  } else if (id === "close-origin") byId("origin").close();
  else if (id === "theme") setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % 3]);
  else if (id === "download") download();
  else if (id === "more-cards") {
    const first = shownCards;
    shownCards += cardsMore;
    const view = viewNow();
    drawCards(view, verdictCards(view.records, (record) => comparisonsOf(record).filter(view.isWanted)));
    byId("card-list").querySelectorAll(".card")[first]?.querySelector("button").focus();
  } else if (id === "more-records") {
    shownRecords += recordsMore;
    drawRecords(viewNow());
  } else if (id === "clear-filters") {
    remember(emptyFilters);
    drawFilters();
    drawAll();
    document.querySelector("[data-filter]").focus();
  } else if (id === "reset-assumptions") {
    remember({ kwh: "", device: "", volume: "", ownership: "", share: "" });
    drawAssumptionForm();
    recompute();
    byId("assume-kwh").focus();
  } else if (target.matches("a[href^='#']")) {
    event.preventDefault(); // the link's hash keeps what is chosen, not where the reader is
    moveTo(target.getAttribute("href").slice(1));
  }
}

function moveTo(id) {
  const place = byId(id);
  place.scrollIntoView();
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

function sortBy(button) {
  const section = button.closest("[data-table]");
  const table = pageTables.find((one) => one.key === section.dataset.table);
  const { key } = table.columns.find((one) => one.key === button.dataset.sort);
  const sort = sortOf(table);
  const isDescending = sort && sort.key === key ? !sort.isDescending : false;
  remember({ [`sort-${table.key}`]: `${key}:${isDescending ? "desc" : "asc"}` });
  drawTable(section);
  section.querySelector(`[data-sort="${key}"]`).focus();
}

function showMoreRows(button) {
  const section = button.closest("[data-table]");
  const shown = tableRows.get(button.dataset.more);
  tableRows.set(button.dataset.more, shown + rowsMore);
  drawTable(section);
  section.querySelectorAll("tbody tr")[shown]?.querySelector("button").focus();
}

function copyCommand(button) {
  const record = data.records.find((one) => one.id === button.dataset.copy);
  const told = (text) => { button.textContent = text; };
  if (!navigator.clipboard) {
    getSelection().selectAllChildren(button.previousElementSibling);
    return;
  }
  navigator.clipboard.writeText(record.command).then(() => told("Copied"), () => told("Not allowed"));
}

/** Tables and records at once, wherever the window is. */
function drawLists() {
  for (const element of lateParts()) if (!element.dataset.chart) drawPart(element);
}

/** The Tab key goes to what is drawn: lists must be there before it passes them. */
function onKey(event) {
  if (event.key === "Tab") drawLists();
}

function onInput(event) {
  const { dataset, value } = event.target;
  if (dataset.filter) {
    remember({ [dataset.filter]: value });
    shownCards = cardsAtFirst;
    drawAll();
  } else if (dataset.picker) {
    remember({ [dataset.picker]: value });
    drawLate();
  } else if (dataset.assumption) {
    remember({ [dataset.assumption]: value.trim() });
    tellWrong();
    recomputeSoon();
  }
}

let closedForPrint = [];

function beforePrint() {
  isPaper = true;
  drawAll();
  for (const element of lateParts()) drawPart(element);
  closedForPrint = [...document.querySelectorAll("details:not([open])")];
  for (const one of closedForPrint) one.open = true;
}

function afterPrint() {
  isPaper = false;
  for (const one of closedForPrint) one.open = false;
  drawAll();
  drawLists();
}

function takeLink() {
  const linked = readState(location.hash);
  for (const key of Object.keys(state)) delete state[key];
  Object.assign(state, linked);
  drawFilters();
  drawAssumptionForm();
  recompute();
}

function start() {
  document.documentElement.dataset.scripts = "on"; // without them, what they would fill is not shown
  setTheme(storedTheme());
  byId("made").textContent = `Made by breakeven ${data.version} from ${plural(data.records.length, "record")}${data.made ? `, the newest of ${data.made}` : ""}. Works offline; nothing is sent anywhere.`;
  drawTableFrames();
  drawFilters();
  drawAssumptionForm();
  drawChartFrames();
  recompute();
  document.addEventListener("click", onClick);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", takeLink);
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
  addEventListener("resize", later(drawLate, 200));
  document.documentElement.dataset.ready = "yes";
  performance.mark("interactive");
}

start();
