// The assumptions that can be edited, and concluding anew with them.

const assumptionFields = [
  { key: "kwh", change: "kwh_price", name: "kwh price", label: "Price of electricity", unit: "USD/kWh", example: "0.25..0.35", least: 0, flag: "--kwh-price" },
  { key: "device", change: "device_price", name: "device price", label: "Price of the device", unit: "USD", example: "400..600", least: 0, flag: "--device-price" },
  { key: "volume", change: "tasks_per_month", name: "tasks per month", label: "Tasks a month", unit: "tasks", example: "5000..20000", least: 0.001, flag: "--tasks-per-month" },
];
const ownershipChoices = [["", "as in the records"], ["sunk", "already owned"], ["dedicated", "bought for this"], ["shared", "bought, shared with other work"]];

function recordedAssumption(name) {
  const found = new Set();
  for (const record of data.records) {
    for (const place of record.assumptions) if (data.assumptions[place].name === name) found.add(data.assumptions[place]);
  }
  return [...found];
}

function recordedWords(name) {
  const values = [...new Set(recordedAssumption(name).map((one) => one.value))];
  if (values.length === 0) return "not stated";
  return values.length === 1 ? values[0] : "differs by record";
}

/** In the words of the choices; what the record says beside the kind, such as a share, stays. */
function recordedOwnership() {
  return ownershipChoices.reduce((told, [kind, words]) => (kind && told.startsWith(kind) ? told.replace(kind, words) : told), recordedWords("ownership"));
}

function drawAssumptionForm() {
  const canRedo = Boolean(data.worksheet) && hasVerdicts;
  const fields = assumptionFields.map((one) => markup`<div class="field" data-field="${one.key}">
    <label for="assume-${one.key}">${one.label}</label>
    <div class="entry"><input id="assume-${one.key}" data-assumption="${one.key}" type="text" inputmode="decimal" autocomplete="off"
      placeholder="${recordedWords(one.name)}" value="${state[one.key] ?? ""}" aria-describedby="hint-${one.key}"><span class="unit">${one.unit}</span></div>
    <p class="hint" id="hint-${one.key}">Recorded: ${recordedWords(one.name)}</p>
    <p class="wrong" id="wrong-${one.key}" role="alert" hidden></p></div>`);
  const owned = markup`<div class="field" data-field="ownership">
    <label for="assume-ownership">Who bears the device's price</label>
    <div class="entry"><select id="assume-ownership" data-assumption="ownership" aria-describedby="hint-ownership">${
      ownershipChoices.map(([key, text]) => markup`<option value="${key}"${key === (state.ownership ?? "") ? markup` selected` : ""}>${text}</option>`)}</select>
    <input id="assume-share" data-assumption="share" aria-label="Share borne by this task, from 0 to 1" type="text" inputmode="decimal" placeholder="0.5" value="${state.share ?? ""}" hidden></div>
    <p class="hint" id="hint-ownership">Recorded: ${recordedOwnership()}; one that is bought needs a price</p>
    <p class="wrong" id="wrong-ownership" role="alert" hidden></p></div>`;
  put(byId("assumption-fields").querySelector(".fields"), markup`${fields}${owned}`);
  byId("assumption-fields").disabled = !canRedo;
  put(byId("assumptions-about"), canRedo
    ? markup`Change them, and verdicts, charts and tables follow. Give a figure, or a range such as 0.25..0.35. Nothing leaves this page.`
    : markup`Nothing can be recomputed here: ${hasVerdicts ? data.worksheet_absent ?? "this page holds conclusions, not what they are computed from" : "nothing was compared with an API"}. <code>breakeven cost --kwh-price 0.25..0.35 --html FILE</code> concludes anew.`);
  put(byId("all-assumptions").querySelector(".body"), assumptionTable());
  byId("all-assumptions").querySelector(".body").classList.add("wide");
}

function assumptionTable() {
  const rows = data.assumptions.map((one) => markup`<tr><th scope="row">${one.name}</th><td>${one.value} ${one.unit}</td><td>${one.kind}</td>
    <td>${one.source}${one.date ? ` (${one.date})` : ""}</td><td>${one.flag ? markup`<code>${one.flag}</code>` : ABSENT}</td></tr>`);
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="All assumptions"><table><caption class="hidden">All assumptions of the records</caption>
    <thead><tr><th scope="col">Assumption</th><th scope="col">Value</th><th scope="col">Kind</th><th scope="col">Source</th><th scope="col">Changed by</th></tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

/** What is edited, as economics.js takes it; a wrong entry counts for nothing and is told beside its field. */
function changesNow() {
  return readChanges().changes;
}

function readChanges() {
  const changes = {};
  const wrong = {};
  for (const one of assumptionFields) {
    if (!state[one.key]) continue;
    const read = readRange(state[one.key], one);
    if (read.problem) wrong[one.key] = read.problem;
    else changes[one.change] = read.band;
  }
  if (state.ownership) {
    const share = state.ownership === "shared" ? Number(state.share || "0.5") : state.ownership === "dedicated" ? 1 : 0;
    const hasPrice = changes.device_price || recordedAssumption("device price").length;
    if (!(share >= 0 && share <= 1)) wrong.ownership = "Give a share from 0 to 1.";
    else if (state.ownership !== "sunk" && !hasPrice) wrong.ownership = "Give the price of the device, too.";
    else changes.ownership = { kind: state.ownership, share };
  }
  return { changes, wrong };
}

function isEdited() {
  return Object.keys(changesNow()).length > 0;
}

function tellWrong() {
  const { wrong } = readChanges();
  for (const name of [...assumptionFields.map((one) => one.key), "ownership"]) {
    const place = byId(`wrong-${name}`);
    const entry = byId(`assume-${name}`);
    place.hidden = !wrong[name];
    if (place.textContent !== (wrong[name] ?? "")) place.textContent = wrong[name] ?? "";
    entry.setAttribute("aria-invalid", wrong[name] ? "true" : "false");
    entry.setAttribute("aria-describedby", wrong[name] ? `wrong-${name} hint-${name}` : `hint-${name}`);
    entry.closest(".field").classList.toggle("changed", Boolean(state[name]) && !wrong[name]);
  }
  byId("assume-share").hidden = state.ownership !== "shared";
  byId("edited").hidden = !isEdited();
  byId("reset-assumptions").hidden = ![...assumptionFields.map((one) => one.key), "ownership", "share"].some((key) => state[key]);
}

/** Concludes record by record, in pieces that leave the page responsive; then draws everything once. */
function recompute() {
  recomputing += 1;
  const run = recomputing;
  const startMs = performance.now();
  const changes = changesNow();
  const status = byId("recompute-status");
  tellWrong();
  concluded.clear();
  if (!data.worksheet || Object.keys(changes).length === 0) {
    status.textContent = data.worksheet && hasVerdicts ? "Verdicts are as recorded." : "";
    drawAll();
    return;
  }
  const found = new Map();
  const wanted = data.records.filter((record) => record.comparisons.length);
  let place = 0;
  const step = () => {
    if (run !== recomputing) return;
    const until = performance.now() + 30;
    while (place < wanted.length && performance.now() < until) {
      const comparisons = concludedAnew(wanted[place], changes);
      if (comparisons) found.set(wanted[place].id, comparisons);
      place += 1;
    }
    if (place < wanted.length) {
      status.textContent = `Recomputing ${wholeText(place)} of ${wholeText(wanted.length)} records…`;
      setTimeout(step);
      return;
    }
    for (const [id, comparisons] of found) concluded.set(id, comparisons);
    drawAll();
    status.textContent = recomputedWords(wanted, found);
    performance.measure("recompute", { start: startMs, detail: changes });
  };
  step();
}

function recomputedWords(wanted, found) {
  const anew = wanted.map((record) => found.get(record.id)).filter(Boolean);
  const moved = anew.flat().filter((one) => one.was && one.was !== one.verdict).length;
  const kept = wanted.flatMap((record) => found.get(record.id) ?? record.comparisons).filter((one) => !one.was);
  const told = moved ? `${plural(moved, "verdict")} changed` : "no verdict changes";
  const because = kept.length ? ` ${plural(kept.length, "comparison")} as recorded: ${kept[0].kept_because ?? keptBecause(wanted[0].id)}.` : "";
  return `Recomputed here with ${wholeText(data.worksheet.n_draws)} draws: ${told}.${because}`;
}

/** The record's comparisons with what changes in them; null where none can be redone. */
function concludedAnew(record, changes) {
  const key = (task, api) => `${task}\n${api}`;
  const anew = new Map(conclude(data.worksheet, record.id, changes).map((one) => [key(one.task, one.api), one]));
  if (anew.size === 0) return null;
  return record.comparisons.map((one) => {
    const [task, api] = [data.tasks[one.task].name, data.apis[one.api]];
    const found = anew.get(key(task, api));
    if (!found) return { ...one, kept_because: keptBecause(record.id, task, api) };
    const isSame = found.verdict === one.verdict && found.decided_by === one.decided_by;
    const weakest = isSame ? `as recorded: ${one.weakest}` : `what was edited: as recorded it is ${one.verdict}`;
    return { ...one, ...found, task: one.task, api: one.api, was: one.verdict, weakest, flips: [] };
  });
}

function keptBecause(record, task = null, api = null) {
  const isOf = (asked, given) => asked === null || given === null || asked === given;
  const found = data.worksheet.not_redone.find((one) => one.record === record && isOf(one.task, task) && isOf(one.api, api));
  return found ? found.because : "what it was concluded from is not in this page";
}
