// Ace around a textarea: <div class="editor"><textarea data-editor="json|sql|text" …></div>. The textarea is what is posted.
(() => {
  "use strict";
  const script = document.currentScript.dataset;
  const dark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  ace.config.set("useStrictCSP", true);
  ace.config.set("loadWorkerFromBlob", false);
  ace.config.setModuleUrl("ace/mode/json_worker", script.jsonWorker);
  if (script.jsonMode) ace.config.setModuleUrl("ace/mode/json", script.jsonMode);
  if (script.sqlMode) ace.config.setModuleUrl("ace/mode/sql", script.sqlMode);

  const wrap = (area) => {
    if (area.dataset.wrapped) return;
    area.dataset.wrapped = "yes";
    const place = document.createElement("div");
    area.after(place);
    area.hidden = true;
    const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
    const mode = area.dataset.editor;
    const editor = ace.edit(place, {
      mode: mode === "text" ? "ace/mode/text" : `ace/mode/${mode}`,
      value: area.value,
      minLines: Number(area.rows) || 6,
      maxLines: Math.max(Number(area.rows) || 6, 28),
      tabSize: 2,
      useSoftTabs: true,
      showPrintMargin: false,
      highlightActiveLine: true,
      readOnly: area.readOnly,
      enableKeyboardAccessibility: true,
      textInputAriaLabel: label ? label.textContent.trim() : area.getAttribute("aria-label") || "",
      wrap: true,
    });
    editor.session.setUseWorker(mode === "json");
    editor.setOption("theme", null);
    editor.container.classList.toggle("ace_dark", dark());
    document.addEventListener("console:theme", () => editor.container.classList.toggle("ace_dark", dark()));
    let timer = 0;
    editor.session.on("change", () => {
      area.value = editor.getValue();
      clearTimeout(timer);
      timer = setTimeout(() => area.dispatchEvent(new Event("input", { bubbles: true })), 150);
    });
    area.addEventListener("console:set", () => { if (editor.getValue() !== area.value) editor.setValue(area.value, 1); });
    label?.addEventListener("click", () => editor.focus());
    area.editor = editor;
    area.dispatchEvent(new CustomEvent("console:editor", { bubbles: true, detail: { editor } }));
  };
  const wrapAll = (from = document) => from.querySelectorAll("textarea[data-editor]").forEach(wrap);
  document.addEventListener("htmx:afterSettle", (event) => wrapAll(event.target));
  wrapAll();
})();
