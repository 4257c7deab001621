// Theme, copying, ages, shortcuts, the drawer, chart read-outs, the connection mark, trimming of live lists.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Theme: the cookie is what the server renders by, so there is no flash at load.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form) return;
    event.preventDefault();
    const theme = event.submitter.value;
    const path = form.dataset.path;
    if (theme) {
      root.dataset.theme = theme;
      document.cookie = `theme=${theme}; path=${path}; max-age=31536000; SameSite=Lax`;
    } else {
      delete root.dataset.theme;
      document.cookie = `theme=; path=${path}; max-age=0; SameSite=Lax`;
    }
    all("button", form).forEach((button) => button.setAttribute("aria-pressed", String(button === event.submitter)));
    document.dispatchEvent(new CustomEvent("console:theme"));
  });

  // Copying: data-copy holds the text.
  const say = (text) => { const place = one("#announce"); if (place) place.textContent = text; };
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      (one("dialog[open]") || document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.preventDefault();
    await copy(button.dataset.copy);
    button.dataset.copied = "";
    say(root.dataset.copied);
    setTimeout(() => delete button.dataset.copied, 1600);
  });

  // Ages
  const spell = (seconds) => {
    const size = Math.abs(seconds);
    const [value, unit] = size < 60 ? [size, "s"] : size < 3600 ? [size / 60, "min"] : size < 172800 ? [size / 3600, "h"]
      : size < 63072000 ? [size / 86400, "d"] : [size / 31536000, "y"];
    const text = `${Math.floor(value)} ${unit}`;
    return (seconds < 0 ? root.dataset.ahead : root.dataset.ago).replace("%", text);
  };
  const refreshAges = (from = document) => all("time.age", from).forEach((element) => {
    const text = spell((Date.now() - Date.parse(element.dateTime)) / 1000);
    if (element.textContent !== text) element.textContent = text;
  });
  setInterval(refreshAges, 1000 * 5);

  // The drawer, menus and dialogs
  const drawer = one("#navigation");
  const closeDrawer = () => { if (location.hash === "#navigation") history.replaceState(null, "", location.pathname + location.search); drawer?.removeAttribute("data-open"); };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens-drawer]");
    if (opener && drawer) { event.preventDefault(); drawer.dataset.open = ""; one("a[href]", drawer).focus(); return; }
    if (event.target.closest("[data-closes-drawer]")) { event.preventDefault(); closeDrawer(); one("[data-opens-drawer]").focus(); return; }
    if (drawer?.hasAttribute("data-open") && !drawer.contains(event.target)) closeDrawer();
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const shower = event.target.closest("[data-shows]");
    if (shower) { event.preventDefault(); one(shower.dataset.shows)?.showModal(); }
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog")?.close();
    if (event.target.matches("dialog")) event.target.close();
  });

  // Shortcuts
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], .ace_editor");
  const openPalette = () => { const dialog = one("#palette"); if (dialog && !dialog.open) { dialog.showModal(); one("input", dialog).select(); } };
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (event.key === "Escape") {
      if (!one("dialog[open]") && !typing(event.target) && !one("details.menu[open]") && closePanel()) return;
      if (drawer?.hasAttribute("data-open")) { closeDrawer(); one("[data-opens-drawer]").focus(); }
      all("details.menu[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") { event.preventDefault(); openPalette(); }
    else if (event.key === "?") one("#shortcuts")?.showModal();
  });

  // The palette: arrows move through the results, Enter opens
  document.addEventListener("keydown", (event) => {
    const palette = event.target.closest("#palette");
    if (!palette || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    const links = all(".results a", palette);
    const index = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") { if (links.length) { event.preventDefault(); (links[index] ?? links[0]).click(); } return; }
    event.preventDefault();
    const next = links[(index + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length];
    links.forEach((link) => link.setAttribute("aria-selected", String(link === next)));
    next?.scrollIntoView({ block: "nearest" });
  });

  // Selection in lists: one box for all, and how many are chosen
  const count = (form) => {
    const boxes = all("input[type=checkbox][name=selected]", form);
    const chosen = boxes.filter((box) => box.checked).length;
    const master = one("[data-selects-all]", form);
    if (master) { master.checked = chosen > 0 && chosen === boxes.length; master.indeterminate = chosen > 0 && chosen < boxes.length; }
    all("[data-selected-count]", form).forEach((place) => { place.textContent = chosen; });
    all("[data-needs-selection]", form).forEach((button) => { button.disabled = chosen === 0; });
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-selection]");
    if (!form) return;
    if (event.target.matches("[data-selects-all]")) all("input[name=selected]", form).forEach((box) => { box.checked = event.target.checked; });
    count(form);
  });

  // The panel beside a list: a click anywhere in a row opens it, Escape closes it and goes back to where it came from
  let peeked = null;
  const closePanel = () => {
    const panel = one("#panel"), closer = panel && one("[data-closes-panel]", panel);
    if (!closer) return false;
    history.pushState(null, "", closer.href);
    panel.replaceChildren();
    markPeeked(null);
    if (peeked?.isConnected) peeked.focus();
    return true;
  };
  const markPeeked = (link) => all("[data-peeks]").forEach((other) => { if (other === link) other.setAttribute("aria-current", "true"); else other.removeAttribute("aria-current"); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-closes-panel]")) { event.preventDefault(); closePanel(); return; }
    const link = one("[data-peeks]", event.target.closest("tr") ?? document.createElement("tr"));
    if (!link || event.target.closest("a, button, input, select, label, summary, time") || String(getSelection())) return;
    link.click();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "panel") return;
    peeked = event.detail.requestConfig?.elt ?? null;
    markPeeked(peeked);
    one("#panel-title")?.focus();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-view-form]");
    if (form) one("[name=query]", form).value = location.search;
  });

  // Forms that are sent when a field changes; without the script their button does it
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // A list of name and value rows that grows
  document.addEventListener("click", (event) => {
    const adder = event.target.closest("[data-adds-row]");
    if (!adder) return;
    const rows = one(adder.dataset.addsRow);
    const copied = rows.lastElementChild.cloneNode(true);
    all("input, textarea", copied).forEach((field) => { field.value = ""; });
    rows.append(copied);
    one("input", copied).focus();
  });

  // Charts: pointer and arrow keys read a point out
  const read = (figure, index) => {
    const svg = one("svg", figure), points = JSON.parse(figure.dataset.points);
    const at = Math.max(0, Math.min(points.length - 1, index));
    figure.dataset.at = at;
    const [label, x, values] = points[at];
    const cursor = one(".cursor", svg);
    cursor.setAttribute("x1", x); cursor.setAttribute("x2", x); cursor.removeAttribute("hidden");
    one(".read-out", figure).textContent = `${label} · ${values}`;
  };
  document.addEventListener("pointermove", (event) => {
    const figure = event.target.closest?.("figure.chart[data-points]");
    if (!figure) return;
    const box = one("svg", figure).getBoundingClientRect(), view = one("svg", figure).viewBox.baseVal;
    const x = (event.clientX - box.left) / box.width * view.width;
    const points = JSON.parse(figure.dataset.points);
    let best = 0;
    points.forEach((point, index) => { if (Math.abs(point[1] - x) < Math.abs(points[best][1] - x)) best = index; });
    read(figure, best);
  });
  document.addEventListener("keydown", (event) => {
    const figure = event.target.closest?.("figure.chart[data-points]");
    if (!figure || event.target.closest("details")) return;
    const last = JSON.parse(figure.dataset.points).length - 1;
    const at = Number(figure.dataset.at ?? last);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    read(figure, to);
  });

  // The connection of this page: live pages call it, sockets of htmx call it by themselves
  let since = null;
  const connection = (state) => {
    const mark = one("#connection");
    if (!mark) return;
    mark.hidden = false;
    mark.dataset.state = state;
    if (state === "lost") { since ??= new Date(); mark.textContent = mark.dataset.lost.replace("%", since.toLocaleTimeString()); }
    else { since = null; mark.textContent = state === "live" ? mark.dataset.live : mark.dataset.waiting; }
    document.body.classList.toggle("is-disconnected", state === "lost");
  };
  document.addEventListener("htmx:wsConnecting", () => { if (!since) connection("waiting"); });
  document.addEventListener("htmx:wsOpen", () => connection("live"));
  document.addEventListener("htmx:wsClose", () => connection("lost"));
  document.addEventListener("htmx:wsError", () => connection("lost"));

  // Live lists keep as many rows as data-keep says
  const trim = (list) => { const keep = Number(list.dataset.keep); while (list.children.length > keep) list.lastElementChild.remove(); };
  document.addEventListener("htmx:oobAfterSwap", (event) => { const list = event.target.closest?.("[data-keep]"); if (list) trim(list); });
  document.addEventListener("htmx:afterSettle", (event) => { all("form[data-selection]").forEach(count); refreshAges(event.target); });

  all("form[data-selection]").forEach(count);
  refreshAges();
  window.Thingstead = { copy, say, connection, trim, refreshAges };
})();
