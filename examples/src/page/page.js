"use strict";
// Extras only: sorting by a column, folding of long tables. The page is whole without this.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 2) continue;
  const heads = table.querySelectorAll("thead .heads th");
  const key = (row, n) => {
    const cell = row.cells[n];
    if (!cell) return [-Infinity, ""];
    const marked = cell.querySelector("data, time");
    const text = marked ? marked.value || marked.dateTime : cell.textContent;
    const number = Number(text.replace(/[^0-9.+-]/g, ""));
    return marked || cell.classList.contains("n") ? [Number.isNaN(number) ? -Infinity : number, text] : [0, text];
  };
  const compare = ([a, x], [b, y]) => a - b || x.localeCompare(y);
  heads.forEach((head, n) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => [key(row, n), row]);
      rows.sort(([a], [b]) => (falling ? compare(b, a) : compare(a, b)));
      body.append(...rows.map(([, row]) => row));
      fold(shown);
    });
  });

  // The first rows of a long table, and a button for the others.
  const few = 12;
  let shown = body.rows.length <= few + 3;
  const fold = (all) => {
    shown = all;
    [...body.rows].forEach((row, n) => { row.hidden = !all && n >= few; });
  };
  if (!shown) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fold";
    const name = () => { button.textContent = shown ? "Show fewer rows" : `Show all ${body.rows.length} rows`; };
    button.addEventListener("click", () => { fold(!shown); name(); });
    fold(false);
    name();
    table.parentElement.after(button);
  }
}
// On paper nothing can be opened.
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((each) => { each.open = true; });
});
window.addEventListener("afterprint", () => closed.forEach((each) => { each.open = false; }));
