// The rule's workbench: tries the statement as it is typed, marks the fault in the editor, completes, takes samples.
(() => {
  "use strict";
  const form = document.querySelector("[data-bench]");
  if (!form) return;
  const one = (selector, from = form) => from.querySelector(selector);
  const functions = JSON.parse(document.querySelector("#functions").textContent);
  const sql = one("[name=sql]"), payload = one("#sample-payload"), trial = one("#trial");

  // Trying: 300 ms after the last change (the editor itself waits for 150 of them)
  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(() => { if (sql.value.trim()) window.htmx.trigger(trial, "try"); }, 150); };
  form.addEventListener("input", (event) => { if (event.target.id !== "document") soon(); });
  form.addEventListener("change", soon);

  // The fault, where it is
  let marker = null;
  const mark = () => {
    const editor = sql.editor, result = document.querySelector("#result");
    if (!editor || !result) return;
    if (marker !== null) { editor.session.removeMarker(marker); marker = null; }
    const line = Number(result.dataset.line) - 1, column = Number(result.dataset.column) - 1;
    if (Number.isNaN(line)) { editor.session.clearAnnotations(); return; }
    editor.session.setAnnotations([{ row: line, column, text: result.dataset.fault, type: "error" }]);
    const { Range } = window.ace.require("ace/range");
    const end = /^\w+|^./.exec((editor.session.getLine(line) ?? "").slice(column))?.[0].length || 1;
    marker = editor.session.addMarker(new Range(line, column, line, column + end), "fault-marker", "text");
  };
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "result" || event.target.id === "trial") mark(); });
  document.addEventListener("htmx:afterSwap", () => mark());

  // Completion: functions, clauses, topics, keys of the sample
  const keys = () => {
    const found = [];
    const walk = (value, path, depth) => {
      if (value === null || typeof value !== "object" || depth > 4 || found.length > 200) return;
      for (const [key, inner] of Object.entries(value)) {
        const here = Array.isArray(value) ? path : path ? `${path}.${key}` : key;
        if (!Array.isArray(value)) found.push(here);
        walk(inner, here, depth + 1);
      }
    };
    try { walk(JSON.parse(payload.value), "", 0); } catch { /* the sample is not JSON yet */ }
    return [...new Set(found)];
  };
  const clauses = ["SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "IN", "IS NULL", "EXISTS", "SET"];
  const completer = {
    identifierRegexps: [/[\w$./+#-]/],
    getCompletions(editor, session, position, prefix, done) {
      const before = session.getLine(position.row).slice(0, position.column);
      if (((before.match(/'/g) ?? []).length % 2) === 1) {
        done(null, [...document.querySelectorAll("#topics option")].map((option) => ({ caption: option.value, value: option.value, meta: "topic" })));
        return;
      }
      done(null, [
        ...keys().map((key) => ({ caption: key, value: key, meta: "sample", score: 3 })),
        ...functions.map((entry) => ({ caption: entry.signature, value: `${entry.name}(`, meta: "function", score: 2, docText: `${entry.signature}\n\n${entry.summary}` })),
        ...clauses.map((clause) => ({ caption: clause, value: clause, meta: "clause", score: 1 })),
      ]);
    },
  };
  const prepare = (editor) => {
    window.ace.require("ace/ext/language_tools");
    editor.setOptions({ enableBasicAutocompletion: [completer], enableLiveAutocompletion: false });
    soon();
  };
  document.addEventListener("console:editor", (event) => { if (event.target === sql) prepare(event.detail.editor); });
  if (sql.editor) prepare(sql.editor); else soon();
  const put = (area, text) => { area.value = text; area.dispatchEvent(new Event("console:set")); area.dispatchEvent(new Event("input", { bubbles: true })); };

  // Examples and samples
  form.addEventListener("click", (event) => {
    const example = event.target.closest("[data-example]");
    if (example) { put(sql, example.dataset.example); example.closest("details").open = false; }
    const remover = event.target.closest("[data-removes-action]");
    if (remover) { remover.closest("[data-action]").remove(); soon(); }
  });
  one("#from-retained")?.addEventListener("change", (event) => {
    const chosen = event.target.selectedOptions[0];
    if (!chosen.value) return;
    one("#sample-topic").value = chosen.value;
    put(payload, chosen.dataset.payload);
  });
  let socket = null;
  one("#take-live").addEventListener("click", () => {
    socket?.close();
    const filter = /\bFROM\s+'((?:[^']|'')*)'/i.exec(sql.value)?.[1] || one("#sample-topic").value;
    const address = new URL(form.dataset.socket, location.href), state = one("#live-state");
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("filter", filter);
    state.textContent = state.dataset.waiting.replace("%", filter);
    socket = new WebSocket(address);
    socket.addEventListener("message", (event) => {
      const body = JSON.parse(event.data), refused = body.granted?.find((answer) => answer.refused);
      if (refused) { state.textContent = refused.refused; socket.close(); }
      const message = body.rows?.at(-1);
      if (!message) return;
      one("#sample-topic").value = message.topic;
      one("#sample-client").value = message.sender?.client_id ?? "";
      put(payload, message.text ?? "");
      state.textContent = state.dataset.taken.replace("%", message.topic);
      socket.close();
    });
  });

  // Actions: a form each, numbered so that their order is kept
  const fetchPart = async (kind, purpose) => {
    const number = 1 + Math.max(-1, ...[...form.querySelectorAll("[name^=action-][name$=-kind]")].map((field) => Number(field.name.split("-")[1])));
    const address = `${form.dataset.actionUrl}?kind=${encodeURIComponent(kind)}&number=${number}&for=${purpose}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-action]");
  };
  const show = (place, part, only) => {
    if (only) place.replaceChildren();
    place.append(document.importNode(part, true));
    const fresh = place.lastElementChild;
    window.htmx.process(fresh);
    fresh.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }));
    fresh.querySelector("input:not([type=hidden]), textarea, select")?.focus();
    soon();
  };
  one("#add-action").addEventListener("click", async () => show(one("#actions"), await fetchPart(one("#new-action").value, "action"), false));
  one("#set-error-action").addEventListener("click", async () => show(one("#error-action"), await fetchPart(one("#new-error-action").value, "error"), true));
})();
