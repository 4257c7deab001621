// The policy editor completes the actions and variables that the page lists.
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
})();
