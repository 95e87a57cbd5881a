// The first screen, and a card for each model and task.

// -- the first screen -----------------------------------------------------------------------------

function drawLead() {
  const kinds = data.records.length;
  const machines = plural(data.machines.length, "machine");
  const models = plural(new Set(data.records.map((record) => record.model.name)).size, "model");
  const where = data.machines.length === 1 ? `on ${machineWords(data.records[0])}` : `on ${machines}`;
  const apis = data.apis.length ? ` against ${plural(data.apis.length, "hosted API")}` : "";
  const premises = [...new Set(data.records.map((record) => record.premise).filter(Boolean))];
  const premise = hasVerdicts && premises.length === 1 && !isEdited() ? ` Premise: ${premises[0]}.` : "";
  byId("lead").textContent = `${models} ${where}${apis}, from ${plural(kinds, "record")}.${premise}${data.left_out.length ? " What is left out is told below the verdicts." : ""}`;
  byId("left-out").hidden = data.left_out.length === 0;
  byId("left-out").textContent = `To stay small, this page leaves out ${data.left_out.join("; ")}.`;
}

/** Summaries of cards, by task in the order of the records' own conclusions: an edit moves no task from its place. */
function placedSummaries(view, cards) {
  const recorded = verdictSummaries(verdictCards(view.records, (record) => record.comparisons)).map((one) => one.task);
  const found = verdictSummaries(cards);
  return isEdited() ? found.sort((a, b) => recorded.indexOf(a.task) - recorded.indexOf(b.task)) : found;
}

function drawSummaries(view) {
  const cards = verdictCards(view.records, (record) => comparisonsOf(record).filter(view.isWanted));
  const found = placedSummaries(view, cards);
  drawTally(found);
  const left = found.slice(summariesAtMost).map((one) => data.tasks[one.task].name);
  byId("summaries").classList.toggle("many", found.length > 2);
  put(byId("summaries"), markup`${found.slice(0, summariesAtMost).map(summaryCard)}${found.length ? "" : noVerdict(view)}
    ${left.length ? markup`<p class="quiet">${plural(left.length, "further task")} below: ${left.join(", ")}.</p>` : ""}`);
  return cards;
}

/** Of several tasks, on how many the best that was tried has which verdict. */
function drawTally(found) {
  const told = verdictOrder.flatMap((verdict) => {
    const count = found.filter(({ best }) => best.groups[0].verdict === verdict).length;
    const words = verdict === "insufficient evidence" ? `left open by ${verdict}` : verdict;
    return count ? [`${words} on ${wholeText(count)}`] : [];
  });
  byId("tally").hidden = found.length < 2;
  byId("tally").textContent = `Of ${plural(found.length, "task")}, the best model is ${told.join(", ")}.`;
}

function noVerdict(view) {
  const why = view.records.length === 0 ? "No record matches the filters." : "These records compare nothing with an API: there are measurements below, and no verdict.";
  return markup`<p>${why}</p>`;
}

function summaryCard(summary) {
  const { best, task } = summary;
  const [group, ...others] = best.groups;
  const { closest } = group;
  const title = data.tasks[task].title;
  const name = data.tasks[task].name;
  const machine = data.machines.length > 1 ? ` on ${data.machines[best.record.machine].machine_class}` : "";
  const spend = spendWords(best.record, closest);
  return markup`<article class="summary ${verdictClass(group.verdict)}" data-task="${name}">
    <p class="task">${name}${title === name ? "" : `: ${title}`}</p>
    <h2><span class="word ${verdictClass(group.verdict)}" data-part="verdict">${capital(group.verdict)}</span>${closest.was && markup` <span class="chip edited">recomputed</span>`}</h2>
    <p class="what">${verdictLine(group, best.record, machine)}</p>
    <dl class="facts">
      <dt>Why</dt><dd data-part="why">${reasonsOf(closest).join("; ")}</dd>
      <dt>How sure</dt><dd data-part="sure">${sureWords(closest)}</dd>
      <dt>Weakest point</dt><dd data-part="weakest">${weakestOf(closest)}</dd>
      ${spend && markup`<dt>1,000 correct answers</dt><dd data-part="spend">${spend}</dd>`}
      ${others.map((other) => markup`<dt>Also</dt><dd>${other.verdict} against ${rivalNames(other)}</dd>`)}
    </dl>
    ${summaryCounts(summary)}
    ${spend?.includes(MODELLED_MARK) && markup`<p class="counts">${MODELLED_MARK} rests on modelled energy, not measured.</p>`}
    ${spend?.includes(DISTURBED_MARK) && markup`<p class="counts">${DISTURBED_MARK} rests on joules that were taken while others worked.</p>`}
    <div class="foot">${originButton(`summary-${task}`, `${name}: ${best.record.label}`, () => comparisonOrigin(viewNow(), best.record, closest), `the verdict on ${name}`)}
      <button type="button" class="link" data-show-task="${name}">${summary.nCards === 1 ? "Only" : `All ${wholeText(summary.nCards)} on`} this task</button></div>
  </article>`;
}

function verdictLine(group, record, machine) {
  const rivals = group.members.length === 1 ? data.apis[group.closest.api] : plural(group.members.length, "API");
  const times = timesWords(group.closest);
  const told = { viable: "instead of", "not viable": "is no replacement for", "insufficient evidence": "against" }[group.verdict];
  return markup`<strong>${record.label}</strong>${machine} ${told} ${rivals}${group.verdict === "viable" && times ? `: ${times.toLowerCase()}` : ""}`;
}

function summaryCounts(summary) {
  if (summary.nCards === 1) return "";
  const runs = `Viable in ${wholeText(summary.nViable)} of ${plural(summary.nCards, "run")}`;
  if (summary.nMachines === 1) return markup`<p class="counts">${runs}; the best is shown.</p>`;
  const machines = `, on ${wholeText(summary.nViableMachines)} of ${plural(summary.nMachines, "machine")}`;
  const rows = summary.perMachine.slice(0, 10).map((card) => markup`<tr>
    <th scope="row">${data.machines[card.record.machine].machine_class}</th>
    <td><span class="word ${verdictClass(card.groups[0].verdict)}">${card.groups[0].verdict}</span></td>
    <td>${card.record.label}</td></tr>`);
  return markup`<p class="counts">${runs}${machines}; the best is shown.</p>
    <details><summary>The best on each machine</summary><div class="scroll" tabindex="0" role="region" aria-label="The best on each machine"><table>
    <caption class="hidden">The best model of each machine on this task</caption>
    <thead><tr><th scope="col">Machine</th><th scope="col">Verdict</th><th scope="col">Model</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

// -- cards ----------------------------------------------------------------------------------------

function drawCards(view, cards) {
  const order = placedSummaries(view, cards).map((summary) => summary.task);
  const ordered = [...cards].sort((a, b) => order.indexOf(a.task) - order.indexOf(b.task) || compareShown(a, b));
  const shown = ordered.slice(0, shownOf(shownCards));
  const keyOf = (card) => `${card.dataset.record} ${card.dataset.task}`;
  const isOpen = (card) => card.querySelector("details").open;
  const opened = new Set([...document.querySelectorAll(".card")].filter(isOpen).map(keyOf));
  put(byId("card-list"), markup`${order.map((task) => {
    const members = shown.filter((card) => card.task === task);
    return members.length ? markup`<h3 class="group">${data.tasks[task].name}</h3><div class="grid">${members.map((card) => verdictCard(view, card))}</div>` : "";
  })}`);
  for (const card of document.querySelectorAll(".card")) card.querySelector("details").open = opened.has(keyOf(card));
  const left = ordered.length - shownCards;
  byId("more-cards").hidden = left <= 0;
  byId("more-cards").textContent = moreWords(left, cardsMore);
  byId("left-cards").textContent = leftWords(shown.length, ordered.length);
}

/** "against 6, insufficient evidence against 2": several reasons of one verdict are one count. */
function verdictCounts(groups) {
  const counts = new Map();
  for (const { verdict, members } of groups) counts.set(verdict, (counts.get(verdict) ?? 0) + members.length);
  return [...counts].map(([verdict, count], i) => `${i ? `${verdict} ` : ""}against ${wholeText(count)}`).join(", ");
}

function verdictCard(view, { record, task, groups }) {
  const [group] = groups;
  const { closest } = group;
  const name = data.tasks[task].name;
  const quality = record.tasks.find((one) => one.task === task);
  const spend = spendWords(record, closest);
  const members = groups.flatMap((one) => one.members);
  const chips = [
    record.is_quick && "quick run", !record.is_complete && "not finished", record.is_base && "base model",
    record.imported && "imported", view.isRecomputed(record) && "recomputed",
  ].filter(Boolean);
  return markup`<article class="card ${verdictClass(group.verdict)}" data-record="${record.id}" data-task="${name}" data-verdict="${group.verdict}">
    <h4>${record.label}</h4>
    ${data.machines.length > 1 && markup`<p class="task">${data.machines[record.machine].machine_class}</p>`}
    <p><span class="word ${verdictClass(group.verdict)}">${capital(group.verdict)}</span>
      <span class="quiet">${verdictCounts(groups)}</span>
      ${chips.map((chip) => markup` <span class="chip${chip === "recomputed" ? " edited" : ""}">${chip}</span>`)}</p>
    <dl class="facts">
      <dt>Why</dt><dd>${reasonsOf(closest).join("; ")}</dd>
      <dt>How sure</dt><dd>${sureWords(closest)}</dd>
      <dt>Weakest point</dt><dd>${weakestOf(closest)}</dd>
      ${quality && markup`<dt>Accuracy</dt><dd>${percentInterval(quality.accuracy)}, ${wholeText(quality.right)} of ${wholeText(quality.n)} right; brackets: 95 % interval</dd>`}
      ${spend && markup`<dt>1,000 correct answers</dt><dd>${spend}</dd>`}
    </dl>
    <details><summary>${plural(members.length, "API")}${closest.if_bought ? ", and if the device were bought" : ""}</summary>
      ${closest.if_bought && markup`<p class="bought">${closest.if_bought}</p>`}
      <div class="scroll" role="region" tabindex="0" aria-label="APIs against ${record.label} on ${name}"><table>
      <caption class="hidden">Each API against ${record.label} on ${name}</caption>
      <thead><tr><th scope="col">API</th><th scope="col">Verdict, probability</th><th scope="col" class="number">1,000 correct answers, 95 % of the draws</th></tr></thead>
      <tbody>${members.map((one) => markup`<tr><th scope="row">${data.apis[one.api]}${one === closest && members.length > 1 ? " (closest call)" : ""}</th>
        <td><span class="word ${verdictClass(one.verdict)}">${one.verdict}</span> <span class="bounds">${one.probability === null ? "" : `p ${probabilityText(one.probability)}`}</span></td>
        <td class="number">${stacked(moneyBand(perThousand(one.api_right_usd)))}</td></tr>`)}</tbody></table></div>
    </details>
    <div class="foot">${originButton(`card-${record.id}-${task}`, `${name}: ${record.label}`, () => comparisonOrigin(view, record, closest), `the verdict on ${name} with ${record.label}`)}</div>
  </article>`;
}
