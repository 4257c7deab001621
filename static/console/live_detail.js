// One message in detail: forms of the payload, properties, what changed since the last on its topic, a chart of any
// number, and the way into the publish form and into a new rule.
(() => {
  "use strict";
  const live = window.Thingstead?.live;
  if (!live) return;
  const one = (selector, from = document) => from.querySelector(selector);
  const place = one("#detail");
  let form = "pretty";

  const pretty = (message) => { const value = live.value(message); return value ? JSON.stringify(value.json, null, 2) : live.text(message); };
  const flat = (json, path = "", found = new Map()) => {
    if (json !== null && typeof json === "object" && Object.keys(json).length) {
      for (const [key, value] of Object.entries(json)) flat(value, Array.isArray(json) ? `${path}[${key}]` : path ? `${path}.${key}` : key, found);
    } else if (found.size < 400) found.set(path, json);
    return found;
  };
  const previous = (message) => {
    for (let at = live.held.indexOf(message) - 1; at >= 0; at -= 1) if (live.held[at].topic === message.topic) return live.held[at];
    return null;
  };
  const pair = (list, name, value) => {
    const term = document.createElement("dt"), text = document.createElement("dd");
    term.textContent = name;
    text.textContent = value;
    text.className = "break";
    list.append(term, text);
  };

  const showPayload = (message) => {
    for (const button of place.querySelectorAll("[data-form]")) button.setAttribute("aria-pressed", String(button.dataset.form === form));
    one(".payload pre", place).textContent = form === "hex" ? live.hex(message) : form === "text" ? live.text(message) : pretty(message);
    one(".cut", place).hidden = !message.cut;
  };
  const showProperties = (message) => {
    const list = one(".properties dl", place);
    for (const [name, value] of Object.entries(message.properties)) {
      if (name === "user_properties") for (const [key, text] of value) pair(list, key, text);
      else pair(list, name.replaceAll("_", " "), value);
    }
    one(".properties", place).hidden = list.children.length === 0;
  };
  const draw = (message, path) => {
    const series = live.held.filter((other) => other.topic === message.topic).map((other) => [other.at, live.value(other) && live.read(live.value(other).json, path)]).filter(([, value]) => typeof value === "number").slice(-300);
    const figure = one(".live-chart", place), values = series.map(([, value]) => value);
    const least = Math.min(...values), most = Math.max(...values), from = series[0][0], span = Math.max(1, series.at(-1)[0] - from);
    const points = series.map(([at, value]) => `${(4 + (at - from) / span * 592).toFixed(1)},${(112 - (most === least ? 0.5 : (value - least) / (most - least)) * 104).toFixed(1)}`);
    one("polyline", figure).setAttribute("points", points.join(" "));
    one("svg", figure).setAttribute("aria-label", `${path}: ${live.say("values", { count: values.length, least, most, now: values.at(-1) })}`);
    one(".chart-name", figure).textContent = path;
    one(".read-out", figure).textContent = live.say("values", { count: values.length, least, most, now: values.at(-1) });
    figure.hidden = false;
  };
  const showPaths = (message) => {
    const value = live.value(message), before = previous(message);
    if (!value || value.json === null || typeof value.json !== "object") return;
    const old = before && live.value(before) ? flat(live.value(before).json) : new Map();
    const now = flat(value.json), body = one(".paths tbody", place), template = one(".path-row", place);
    for (const path of new Set([...now.keys(), ...old.keys()])) {
      const line = template.content.firstElementChild.cloneNode(true);
      const here = now.has(path) ? JSON.stringify(now.get(path)) : "—", there = old.has(path) ? JSON.stringify(old.get(path)) : "—";
      one(".path", line).textContent = path;
      one(".value", line).textContent = here;
      one(".before", line).textContent = before ? (here === there ? live.say("same") : there) : "";
      if (before && here !== there) line.className = "is-changed";
      one(".copy-path", line).addEventListener("click", () => window.Thingstead.copy(path));
      const chart = one(".draw", line);
      chart.hidden = typeof now.get(path) !== "number";
      chart.addEventListener("click", () => draw(message, path));
      body.append(line);
    }
    one(".paths", place).hidden = false;
    one(".no-paths", place).hidden = Boolean(before);
  };
  const set = (name, value) => { const field = one(`#publish [name=${name}]`); if (!field) return; if (field.type === "checkbox") field.checked = Boolean(value); else field.value = value ?? ""; };
  const edit = (message) => {
    set("topic", message.topic);
    set("payload", message.text ?? [...live.bytes(message)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    set("encoding", message.text === undefined ? "hex" : "text");
    set("qos", message.qos);
    set("retain", message.retain);
    set("content_type", message.properties.content_type);
    set("response_topic", message.properties.response_topic);
    set("message_expiry", message.properties.message_expiry);
    set("user_properties", (message.properties.user_properties ?? []).map(([key, value]) => `${key}: ${value}`).join("\n"));
    one("#publish [name=topic]").scrollIntoView({ block: "center" });
    one("#publish [name=payload]").focus();
  };
  const rule = (message) => {
    const address = new URL(one("[data-live-page]").dataset.rule, location.href);
    address.searchParams.set("topic", message.topic);
    if (message.text !== undefined && message.text.length < 4000) address.searchParams.set("sample", message.text);
    if (message.sender) address.searchParams.set("client", message.sender.client_id);
    return address.pathname + address.search;
  };

  live.select = (message) => {
    live.selected = message;
    for (const item of one("#messages").children) one("button", item).setAttribute("aria-expanded", String(item.message === message));
    place.hidden = !message;
    if (!message) { place.replaceChildren(); return; }
    place.replaceChildren(one("#message-detail").content.cloneNode(true));
    one(".topic", place).textContent = message.topic;
    one(".time", place).textContent = `${new Date(message.at).toISOString()} (${live.time(message.at)})`;
    one("dd.qos", place).textContent = `${message.qos}${message.retain ? `, ${live.say("retained")}` : ""}`;
    one("dd.size", place).textContent = live.size(message.size);
    one("dd.sender", place).textContent = message.sender ? `${live.sender(message)}${message.sender.principal ? ` · ${message.sender.principal}` : ""} · ${message.sender.protocol}${message.sender.hops ? ` · ${live.say("republished", { hops: message.sender.hops })}` : ""}` : live.say("cloud");
    showPayload(message);
    showProperties(message);
    showPaths(message);
    place.querySelectorAll("[data-form]").forEach((button) => button.addEventListener("click", () => { form = button.dataset.form; showPayload(message); }));
    one(".close", place).addEventListener("click", () => live.select(null));
    one(".copy-payload", place).addEventListener("click", () => window.Thingstead.copy(live.text(message)));
    one(".copy-topic", place).addEventListener("click", () => window.Thingstead.copy(message.topic));
    one(".edit", place).addEventListener("click", () => edit(message));
    one(".make-rule", place).href = rule(message);
    one(".happened", place).addEventListener("click", () => htmx.ajax("POST", one("[data-live-page]").dataset.trace, { target: "#happened", swap: "innerHTML", values: {
      topic: message.topic, qos: message.qos, ...(message.text === undefined ? { base64: message.base64 } : { payload: message.text }),
      ...Object.fromEntries(Object.entries(message.sender ?? {}).map(([name, value]) => [`sender-${name}`, value])),
      properties: (message.properties.user_properties ?? []).map(([name, value]) => `${name}: ${value}`).join("\n"),
    } }));
    one(".whole", place).addEventListener("click", () => live.send({ do: "full", n: message.n }));
  };
  live.whole = (body) => {
    const message = live.held.find((other) => other.n === body.full && other.cut);
    if (!message) return;
    Object.assign(message, { text: body.text, base64: body.base64, cut: false, value: undefined });
    if (live.selected === message) live.select(message);
  };

  // The publish form: checks JSON as it is typed, repeats the last message
  const check = () => {
    const area = one("#publish [name=payload]"), place = one("#payload-check");
    if (!area || !place) return;
    const text = area.value.trim();
    if (!text || one("#publish [name=encoding]").value !== "text") { place.textContent = ""; return; }
    try { JSON.parse(text); place.textContent = live.say("valid"); } catch (error) { place.textContent = /^[[{"]/.test(text) ? live.say("invalid", { fault: error.message }) : live.say("plain"); }
  };
  document.addEventListener("input", (event) => { if (event.target.closest("#publish")) check(); });
  document.addEventListener("click", (event) => { if (event.target.closest("#repeat")) one("#publish").requestSubmit(); });
  check();
})();
