// The shadow tab: what the activity socket tells of a shadow reloads the key tree, and so does its first word, for what
// came before it listened; changed rows are marked for a moment.
(() => {
  "use strict";
  const list = document.querySelector("#activity"), section = document.querySelector("#shadow");
  if (!list || !section) return;
  const values = () => new Map([...section.querySelectorAll("tr[data-values]")].map((row) => [row.dataset.path, row.dataset.values]));
  const MARKED_MS = 1000, marked = new Map();
  let timer = 0, before = null, heard = false;
  const reload = () => {
    before = values();
    htmx.ajax("GET", section.dataset.reload, { target: "#keys", swap: "innerHTML" });
  };
  document.addEventListener("htmx:wsOpen", () => { heard = false; });
  document.addEventListener("htmx:wsAfterMessage", () => { if (!heard) { heard = true; reload(); } });
  new MutationObserver((changes) => {
    const told = changes.some((change) => [...change.addedNodes].some((node) => node.dataset?.kind?.startsWith("shadow")));
    if (told) { clearTimeout(timer); timer = setTimeout(reload, 120); }
  }).observe(list, { childList: true });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "keys" || !before) return;
    section.querySelectorAll("tr[data-values]").forEach((row) => {
      if (before.get(row.dataset.path) !== row.dataset.values) marked.set(row.dataset.path, Date.now());
      if (Date.now() - (marked.get(row.dataset.path) ?? 0) < MARKED_MS) row.classList.add("flash");
    });
    before = null;
  });
})();
