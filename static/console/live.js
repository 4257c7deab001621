// The MQTT client page: one socket, one store of messages, shown as a list or as a tree. Everything from a device is
// written by textContent.
(() => {
  "use strict";
  const page = document.querySelector("[data-live-page]");
  if (!page) return;
  const { say, connection } = window.Thingstead;
  const one = (selector, from = document) => from.querySelector(selector);
  const words = JSON.parse(one("#words").textContent);
  const HELD = 6000, SHOWN = 500, CROWDED_ROWS = 50, CROWD = 60, RENDER_EVERY = 200, CALM_BEATS = 8, COLOURS = 8, RETRY_MOST = 10000;
  const live = window.Thingstead.live = {
    held: [], counts: { received: 0, sent: 0, left_out: 0, let_go: 0, waiting: 0 }, before: { received: 0, left_out: 0, let_go: 0 },
    selected: null, send: (body) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(body)),
  };
  const list = one("#messages"), rowTemplate = one("#message-row"), tree = one("#tree-view");
  let watches = [...document.querySelectorAll("#watches li")].map((item) => ({ filter: item.dataset.filter, qos: Number(item.dataset.qos) }));
  let order = [], socket = null, wait = 500, timer = 0, paused = false, treeShown = one("#as-tree").getAttribute("aria-pressed") === "true";
  let rates = [], lastPerWatch = [], shownRows = 0, passed = 0, pending = [], crowded = false, stale = false, calm = 10;

  live.say = (name, values = {}) => words[name].replace(/%(\w+)/g, (all, key) => values[key] ?? all);

  // Matching, as the broker and AWS do it: a/# does not match a
  live.matches = (filter, topic) => {
    const plain = filter.startsWith("$share/") ? filter.split("/").slice(2).join("/") : filter;
    if (topic.startsWith("$") && (plain.startsWith("+") || plain.startsWith("#"))) return false;
    const wanted = plain.split("/"), given = topic.split("/");
    for (let at = 0; at < wanted.length; at += 1) {
      if (wanted[at] === "#") return at < given.length;
      if (at >= given.length || (wanted[at] !== "+" && wanted[at] !== given[at])) return false;
    }
    return wanted.length === given.length;
  };

  // Paths: a.b[0].c, with a $. in front if you like
  live.value = (message) => {
    if (message.value === undefined) {
      try { message.value = message.text === undefined || message.cut ? null : { json: JSON.parse(message.text) }; } catch { message.value = null; }
    }
    return message.value;
  };
  live.read = (json, path) => path.replace(/^\$\.?/, "").split(/\.|\[|\]\.?/).filter(Boolean)
    .reduce((value, key) => (value === null || value === undefined ? undefined : value[key]), json);
  const comparison = /^\$?\.?([\w.[\]-]+)\s*(<=|>=|!=|<>|==|=|<|>|~)\s*(.+)$/;
  const compare = (left, sign, right) => {
    if (left === undefined) return false;
    let wanted = right.trim();
    try { wanted = JSON.parse(wanted); } catch { wanted = wanted.replace(/^'(.*)'$/, "$1"); }
    if (sign === "~") return String(left).includes(String(wanted));
    if (sign === "=" || sign === "==") return left === wanted || String(left) === String(wanted);
    if (sign === "!=" || sign === "<>") return String(left) !== String(wanted);
    if (typeof left !== typeof wanted) return false;
    return { "<": left < wanted, ">": left > wanted, "<=": left <= wanted, ">=": left >= wanted }[sign];
  };
  let within = "", query = "", asked = null;
  const readFilters = () => { within = one("#within").value.trim(); query = one("#text-filter").value.trim(); asked = comparison.exec(query); };
  const passes = (message) => {
    if (within && !live.matches(within, message.topic)) return false;
    if (!query) return true;
    if (asked) { const value = live.value(message); return value !== null && compare(live.read(value.json, asked[1]), asked[2], asked[3]); }
    if (query.startsWith("$.")) { const value = live.value(message); return value !== null && live.read(value.json, query) !== undefined; }
    const text = query.toLowerCase();
    return message.topic.toLowerCase().includes(text) || (message.text ?? "").toLowerCase().includes(text);
  };
  const sift = () => { readFilters(); passed = 0; for (const message of live.held) { message.passes = passes(message); passed += message.passes; } };

  // Writing
  live.time = (at) => { const moment = new Date(at); return `${moment.toLocaleTimeString([], { hour12: false })}.${String(moment.getMilliseconds()).padStart(3, "0")}`; };
  live.size = (bytes) => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} kB`);
  live.bytes = (message) => (message.base64 === undefined ? new TextEncoder().encode(message.text) : Uint8Array.from(atob(message.base64), (c) => c.charCodeAt(0)));
  live.hex = (message) => {
    const lines = [], bytes = live.bytes(message);
    for (let at = 0; at < bytes.length; at += 16) {
      const part = [...bytes.slice(at, at + 16)];
      lines.push(`${at.toString(16).padStart(6, "0")}  ${part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(47)}  ${part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("")}`);
    }
    return lines.join("\n");
  };
  live.text = (message) => message.text ?? live.hex(message);
  live.client = (message) => (message.sender ? (message.sender.client_id === "n/a" ? message.sender.principal || "HTTP" : message.sender.client_id) : "");
  live.sender = (message) => (message.sender ? `${live.client(message)}${message.sender.address ? ` · ${message.sender.address}` : ""}` : "");
  const number = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  const colourOf = (filter) => { const at = watches.findIndex((watch) => watch.filter === filter); return at < 0 ? 0 : at % COLOURS + 1; };
  const row = (message) => {
    const item = rowTemplate.content.firstElementChild.cloneNode(true);
    item.message = message;
    for (const filter of message.filters) {
      const swatch = document.createElement("span");
      swatch.className = `swatch c${colourOf(filter)}`;
      swatch.title = filter;
      one(".swatches-of", item).append(swatch);
    }
    one(".topic", item).textContent = message.topic;
    one(".retained", item).hidden = !message.retain;
    const time = one("time", item);
    time.dateTime = new Date(message.at).toISOString();
    time.textContent = live.time(message.at);
    one(".qos", item).textContent = `QoS ${message.qos}`;
    one(".size", item).textContent = live.size(message.size);
    one(".sender", item).textContent = live.client(message);
    one(".preview", item).textContent = message.text === undefined ? `${live.hex(message).slice(8, 55)} …` : message.text.slice(0, 240);
    if (live.selected === message) one("button", item).setAttribute("aria-expanded", "true");
    return item;
  };
  const showEmpty = () => { one("#list-empty").hidden = treeShown ? live.held.length > 0 : list.children.length > 0; };
  const newest = (most) => {
    const part = document.createDocumentFragment();
    for (let at = live.held.length - 1; at >= 0 && part.children.length < most; at -= 1) if (live.held[at].passes) part.append(row(live.held[at]));
    list.replaceChildren(part);
  };
  // A few times a second. When more comes than anybody reads, only the newest are drawn; all that was held is drawn
  // again when it calms down, or is paused.
  const render = () => {
    if (!pending.length && !crowded) return;
    const fresh = pending;
    pending = [];
    if (treeShown) { drawTreeSoon(); return; }
    if (document.hidden) { stale = true; return; }
    calm = fresh.length > CROWD ? 0 : calm + 1;
    if (calm < CALM_BEATS && (crowded || calm === 0)) { crowded = true; if (fresh.length) newest(CROWDED_ROWS); }
    else if (crowded) { crowded = false; newest(SHOWN); }
    else {
      const part = document.createDocumentFragment();
      for (const message of fresh) if (message.passes) part.prepend(row(message));
      list.prepend(part);
      while (list.children.length > SHOWN) list.lastElementChild.remove();
    }
    shownRows = list.children.length;
    showEmpty();
  };
  setInterval(render, RENDER_EVERY);
  const showAll = () => {
    stale = crowded = false;
    pending = [];
    if (treeShown) { drawTree(); return; }
    newest(SHOWN);
    shownRows = list.children.length;
    showEmpty();
    showCounts();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && stale) showAll(); });

  // The tree: levels of topics with counts and the last value
  const opened = new Set();
  let treeTimer = 0;
  let treeCost = 0;
  const drawTreeSoon = () => { treeTimer ||= setTimeout(() => { treeTimer = 0; const began = performance.now(); drawTree(); treeCost = performance.now() - began; }, Math.max(400, 8 * treeCost)); };
  const grow = () => {
    const root = { children: new Map(), count: 0 };
    let nodes = 0;
    for (const message of live.held) {
      if (!message.passes) continue;
      let node = root;
      for (const level of message.topic.split("/")) {
        node.count += 1;
        if (!node.children.has(level)) { if (nodes >= 2000) break; nodes += 1; node.children.set(level, { children: new Map(), count: 0, last: null }); }
        node = node.children.get(level);
      }
      node.count += 1;
      node.last = message;
    }
    return root;
  };
  const drawLevel = (node, prefix) => {
    const level = document.createElement("ul");
    for (const [name, child] of [...node.children].sort(([a], [b]) => a.localeCompare(b))) {
      const path = prefix === null ? name : `${prefix}/${name}`;
      const item = document.createElement("li"), label = document.createElement("span");
      label.className = "key";
      label.textContent = name === "" ? words.empty : name;
      const count = document.createElement("span");
      count.className = "faint small";
      count.textContent = ` ${number(child.count)} `;
      const last = document.createElement(child.last ? "button" : "span");
      if (child.last) {
        last.type = "button";
        last.className = "tree-value";
        last.textContent = live.text(child.last).slice(0, 120);
        last.addEventListener("click", () => live.select(child.last));
        if (Date.now() - child.last.at < 1000) item.className = "fresh-topic";
      }
      if (child.children.size) {
        const details = document.createElement("details"), summary = document.createElement("summary");
        summary.append(label, count);
        details.open = opened.has(path) || (prefix === null && !opened.has(`-${path}`));
        details.addEventListener("toggle", () => { if (details.open) { opened.add(path); opened.delete(`-${path}`); } else { opened.delete(path); opened.add(`-${path}`); } });
        details.append(summary, ...(child.last ? [last] : []), drawLevel(child, path));
        item.append(details);
      } else item.append(label, count, last);
      level.append(item);
    }
    return level;
  };
  const drawTree = () => {
    const focused = tree.contains(document.activeElement) && document.activeElement !== tree;
    if (focused && live.held.length && tree.children.length) { drawTreeSoon(); return; }
    const level = drawLevel(grow(), null);
    level.className = "tree";
    const top = tree.scrollTop;
    tree.replaceChildren(level);
    tree.scrollTop = top;
    showEmpty();
  };
  const view = (asTree) => {
    treeShown = asTree;
    one("#as-tree").setAttribute("aria-pressed", String(asTree));
    one("#as-list").setAttribute("aria-pressed", String(!asTree));
    tree.hidden = !asTree;
    one("#list-view").hidden = asTree;
    keepAddress();
    showAll();
  };
  one("#as-tree").addEventListener("click", () => view(true));
  one("#as-list").addEventListener("click", () => view(false));

  // Counts: received, shown, not shown; never sampled in silence
  const total = (name) => live.before[name] + live.counts[name];
  let spoken = 0;
  const showCounts = () => {
    const place = one("#counts");
    const known = { received: total("received"), shown: treeShown ? passed : shownRows, hidden: live.held.length - passed, left: total("left_out"), waiting: live.counts.waiting };
    let text = place.dataset.text;
    for (const [name, value] of Object.entries(known)) text = text.replace(`%${name}`, number(value));
    if (total("let_go")) text += ` · ${place.dataset.gone.replace("%gone", number(total("let_go")))}`;
    if (place.textContent !== text && Date.now() - spoken > 900) { spoken = Date.now(); place.textContent = text; }
    showPause();
  };
  const showPause = () => {
    const label = one("#pause span");
    label.textContent = paused ? `${label.dataset.labelResume} (${number(live.counts.waiting)})` : label.dataset.labelPause;
  };
  const showAges = () => {
    for (const item of [...list.children].slice(0, 60)) one(".ago", item).textContent = spell((Date.now() - item.message.at) / 1000);
  };
  const spell = (seconds) => document.documentElement.dataset.ago.replace("%", seconds < 60 ? `${Math.floor(seconds)} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`);
  setInterval(() => { showCounts(); showRates(); showAges(); }, 1000);

  // Subscriptions
  const drawWatches = (answers = []) => {
    const place = one("#watches");
    place.replaceChildren(...watches.map((watch, at) => {
      const answer = answers.find((candidate) => candidate.filter === watch.filter) ?? watch.answer;
      watch.answer = answer;
      const item = document.createElement("li"), swatch = document.createElement("span"), text = document.createElement("span");
      const name = document.createElement("code"), state = document.createElement("span"), end = document.createElement("button");
      item.dataset.filter = watch.filter;
      swatch.className = `swatch c${at % COLOURS + 1}`;
      swatch.setAttribute("aria-hidden", "true");
      text.className = "break";
      name.textContent = watch.filter;
      state.className = `watch-state small ${answer?.refused ? "is-refused" : "muted"}`;
      state.textContent = !answer ? `QoS ${watch.qos} · …` : answer.refused ? answer.refused : live.say("granted", { asked: watch.qos, granted: answer.granted });
      watch.place = document.createElement("span");
      watch.place.className = "small faint nowrap";
      end.type = "button";
      end.className = "icon-button small";
      end.textContent = "×";
      end.setAttribute("aria-label", live.say("unsubscribe", { filter: watch.filter }));
      end.addEventListener("click", () => { watches = watches.filter((candidate) => candidate !== watch); changed(); });
      text.append(name, " ", state, " ", watch.place);
      item.append(swatch, text, end);
      return item;
    }));
    one("#no-watches").hidden = watches.length > 0;
  };
  const showRates = () => {
    rates.push(lastPerWatch.slice());
    if (rates.length > 6) rates.shift();
    const seconds = Math.max(1, rates.length - 1);
    order.forEach((filter, at) => {
      const watch = watches.find((candidate) => candidate.filter === filter);
      if (watch?.place) { const sum = (rates.at(-1)[at] ?? 0); watch.place.textContent = `${number(sum)} · ${((sum - (rates[0][at] ?? 0)) / seconds).toFixed(1)}/s`; }
    });
  };
  const keepAddress = () => {
    const query = new URLSearchParams();
    for (const watch of watches) query.append("filter", `${watch.qos}:${watch.filter}`);
    if (one("#within").value) query.set("in", one("#within").value);
    if (one("#text-filter").value) query.set("q", one("#text-filter").value);
    if (treeShown) query.set("view", "tree");
    const text = query.toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
    return text;
  };
  const changed = () => { keepAddress(); drawWatches(); connect(); };
  const add = (filter, qos) => {
    if (!filter || watches.some((watch) => watch.filter === filter && watch.qos === qos)) return;
    watches = [...watches.filter((watch) => watch.filter !== filter), { filter, qos }];
    changed();
  };
  one("#subscribe").addEventListener("submit", (event) => {
    event.preventDefault();
    add(one("#new-filter").value, one("#new-qos").checked ? 1 : 0);
    one("#new-filter").value = "";
  });
  page.addEventListener("click", (event) => { const adder = event.target.closest("[data-adds-filter]"); if (adder) add(adder.dataset.addsFilter, 0); });

  // The socket
  const trouble = (text) => { const place = one("#live-trouble"); place.hidden = !text; one("p", place).textContent = text || ""; };
  const take = (body) => {
    if (body.granted) { order = body.granted.map((answer) => answer.filter); drawWatches(body.granted); trouble(""); }
    if (body.broken) trouble(body.broken);
    if (body.broker !== undefined) trouble(body.broker ? "" : words.broker);
    if (body.full !== undefined) live.whole?.(body);
    if (body.counts) { Object.assign(live.counts, body.counts); paused = body.counts.paused; lastPerWatch = body.counts.watches; one("#pause").setAttribute("aria-pressed", String(paused)); }
    if (body.rows) {
      for (const message of body.rows) { message.filters = message.watches.map((at) => order[at]); message.passes = passes(message); passed += message.passes; }
      live.held.push(...body.rows);
      if (live.held.length > HELD) for (const gone of live.held.splice(0, live.held.length - HELD)) passed -= gone.passes;
      pending.push(...body.rows);
    }
    if (body.counts) showPause();
  };
  const connect = () => {
    clearTimeout(timer);
    if (socket) { const old = socket; socket = null; old.close(); }
    for (const name of Object.keys(live.before)) { live.before[name] += live.counts[name]; live.counts[name] = 0; }
    live.counts.waiting = 0;
    rates = []; lastPerWatch = [];
    if (!watches.length) { const mark = one("#connection"); if (mark) mark.hidden = true; return; }
    connection("waiting");
    const address = new URL(page.dataset.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    for (const watch of watches) address.searchParams.append("filter", `${watch.qos}:${watch.filter}`);
    const fresh = socket = new WebSocket(address);
    fresh.addEventListener("open", () => { wait = 500; connection("live"); if (paused) live.send({ do: "pause" }); });
    fresh.addEventListener("message", (event) => { if (fresh === socket) take(JSON.parse(event.data)); });
    fresh.addEventListener("close", () => {
      if (fresh !== socket) return;
      connection("lost");
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, RETRY_MOST);
    });
  };

  // The bar
  one("#pause").addEventListener("click", () => { paused = !paused; one("#pause").setAttribute("aria-pressed", String(paused)); live.send({ do: paused ? "pause" : "resume" }); showCounts(); });
  one("#clear").addEventListener("click", () => { live.held = []; passed = 0; opened.clear(); live.select(null); showAll(); });
  for (const name of ["#within", "#text-filter"]) { let due = 0; one(name).addEventListener("input", () => { clearTimeout(due); due = setTimeout(() => { sift(); keepAddress(); showAll(); }, 200); }); }
  list.addEventListener("click", (event) => { const item = event.target.closest("li"); if (item) live.select(item.message); });
  list.addEventListener("keydown", (event) => {
    const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const item = to && event.target.closest("li")?.[to];
    if (item) { event.preventDefault(); one("button", item).focus(); }
  });
  const offer = (name, type, text) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  };
  const plain = (message) => ({ time: new Date(message.at).toISOString(), topic: message.topic, qos: message.qos, retain: message.retain, size: message.size, ...(message.text === undefined ? { base64: message.base64 } : { payload: message.text }), cut: message.cut || undefined, properties: message.properties, sender: message.sender });
  one("#export-lines").addEventListener("click", () => offer("messages.jsonl", "application/x-ndjson", live.held.filter((message) => message.passes).map((message) => `${JSON.stringify(plain(message))}\n`).join("")));
  // A cell that begins like a formula is kept from being one in a spreadsheet.
  const cell = (value) => { const text = String(value ?? ""); return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`; };
  one("#export-csv").addEventListener("click", () => offer("messages.csv", "text/csv", [["time", "topic", "qos", "retain", "size", "client", "payload"], ...live.held.filter((message) => message.passes).map((message) => [new Date(message.at).toISOString(), message.topic, message.qos, message.retain, message.size, message.sender?.client_id, message.text ?? message.base64])].map((cells) => cells.map(cell).join(",")).join("\r\n")));

  // Saved subscriptions
  const post = async (fields) => {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const answer = await fetch(one("#save-form").dataset.url, { method: "POST", headers: { "X-CSRFToken": token, "HX-Request": "true" }, body: new URLSearchParams(fields) });
    if (answer.ok) one("#saved").replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  };
  one("#save-form").addEventListener("submit", (event) => { event.preventDefault(); post({ name: one("#save-name").value || watches.map((watch) => watch.filter).join(", "), query: keepAddress() }); one("#save-name").value = ""; });
  one("#saved").addEventListener("click", (event) => { const button = event.target.closest("[data-forgets]"); if (button) post({ name: button.dataset.forgets, do: "delete" }); });

  window.addEventListener("pagehide", () => socket?.close());
  live.select = () => {};
  live.showAll = showAll;
  document.addEventListener("DOMContentLoaded", () => { readFilters(); drawWatches(); if (treeShown) view(true); connect(); say(""); });
})();
