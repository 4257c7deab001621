// The policy editor completes the actions and variables that the page lists, and takes statements in words.
(() => {
  "use strict";
  const words = [...document.querySelectorAll("[data-completions] li")].map((item) => ({ value: item.textContent, meta: item.textContent.startsWith("$") ? "variable" : "action" }));
  const completer = {
    identifierRegexps: [/[\w:.$\{\}\[\]*]/],
    getCompletions: (editor, session, position, prefix, done) => done(null, words.map((word) => ({ ...word, score: 1 }))),
  };
  const complete = (editor) => {
    window.ace.require("ace/ext/language_tools");
    editor.setOptions({ enableBasicAutocompletion: [completer], enableLiveAutocompletion: false });
  };
  document.querySelectorAll("textarea[data-editor]").forEach((area) => {
    if (area.editor) complete(area.editor);
    else area.addEventListener("console:editor", (event) => complete(event.detail.editor));
  });

  // A statement in words is added to the document
  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-adds-statement]")?.closest("[data-statement]");
    if (!place) return;
    const area = document.querySelector("textarea[data-editor]"), state = place.querySelector("[role=status]");
    const deed = place.querySelector("#statement-deed"), name = place.querySelector("#statement-name").value.trim() || "*";
    let found = null;
    try { found = JSON.parse(area.value || "{}"); } catch { /* said below */ }
    if (found === null || typeof found !== "object" || Array.isArray(found)) { state.textContent = place.dataset.broken; return; }
    const statement = { Effect: place.querySelector("#statement-effect").value, Action: deed.value, Resource: deed.selectedOptions[0].dataset.prefix + name };
    const held = found.Statement === undefined ? [] : Array.isArray(found.Statement) ? found.Statement : [found.Statement];
    area.value = JSON.stringify({ Version: "2012-10-17", ...found, Statement: [...held, statement] }, null, 2);
    area.dispatchEvent(new Event("console:set"));
    area.dispatchEvent(new Event("input", { bubbles: true }));
    state.textContent = place.dataset.added;
  });
})();
