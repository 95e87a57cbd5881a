"use strict";
// Sorting, filtering and search over tables that are whole without it. Sorting never leaves a section:
// the rows of two of them may not be compared.

function sortKey(row, column, isNumber) {
  const text = row.cells[column].getAttribute("data-s");
  if (text === null) return null;
  return isNumber ? Number(text) : text;
}

function sortTable(table, column, isNumber, isDescending) {
  const sign = isDescending ? -1 : 1;
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
    const keyed = rows.map((row) => [sortKey(row, column, isNumber), row]);
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (isNumber ? a - b : a.localeCompare(b));
    });
    for (const [, row] of keyed) body.append(row);
  }
}

function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const kind = head.dataset.sort;
    if (!kind) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const isDescending = before ? before === "ascending" : kind === "n" && column !== 0;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sortTable(table, column, kind === "n", isDescending);
    });
  });
}

function filterRows(words, status) {
  let shown = 0;
  for (const body of document.querySelectorAll(".sheet tbody")) {
    const group = body.querySelector(".group");
    const heading = group ? group.textContent.toLowerCase() : "";
    let any = false;
    for (const row of body.rows) {
      if (row === group) continue;
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word) || heading.includes(word));
      any = any || !row.hidden;
      shown += row.hidden ? 0 : 1;
    }
    if (group) group.hidden = !any;
  }
  status.textContent = words.length ? `${shown} rows match` : "";
}

function addField(holder, label, onWords) {
  const input = document.createElement("input");
  input.type = "search";
  input.id = `${holder.id}-field`;
  const name = document.createElement("label");
  name.htmlFor = input.id;
  name.textContent = label;
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  holder.append(name, input, status);
  input.addEventListener("input", () => {
    onWords(input.value.toLowerCase().split(/\s+/).filter(Boolean), status);
  });
}

function findPages(words, status) {
  const list = document.getElementById("found");
  list.replaceChildren();
  if (!words.length) {
    status.textContent = "";
    return;
  }
  const found = window.boardNames.filter(([name]) => words.every((word) => name.toLowerCase().includes(word)));
  for (const [name, address, kind] of found.slice(0, 30)) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = name;
    const item = document.createElement("li");
    item.append(link, ` (${kind})`);
    list.append(item);
  }
  status.textContent = `${found.length} pages found` + (found.length > 30 ? ", the first 30 are shown" : "");
}

for (const table of document.querySelectorAll(".sheet table")) makeSortable(table);
const filter = document.getElementById("filter");
if (filter) addField(filter, "Show only rows with these words", filterRows);
const search = document.getElementById("search");
if (search && window.boardNames) addField(search, "Find a model, a machine or a task", findPages);
