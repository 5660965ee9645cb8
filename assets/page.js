// The page around the cells: typing that survives a new drawing, names for screen readers, light and dark.
(() => {
  const app = window.phi4web;
  const { $, sheet, cells, cellOf, idOf, textarea, kindOf, type } = app;

  // ---- typing survives a new drawing: Gradio reuses text boxes by place, and sends values that are a moment old
  let writing = null;
  const noteWriting = (event) => {
    const box = event.target;
    const cell = box.tagName === "TEXTAREA" ? cellOf(box) : null;
    const typed = event.type === "input" ? Date.now() : 0;
    writing = cell && { id: idOf(cell), text: box.value, start: box.selectionStart, end: box.selectionEnd, typed };
  };
  document.addEventListener("focusin", noteWriting);
  document.addEventListener("input", noteWriting);
  document.addEventListener("selectionchange", () => {
    const box = document.activeElement;
    if (writing && box?.tagName === "TEXTAREA" && cellOf(box) && idOf(cellOf(box)) === writing.id)
      Object.assign(writing, { start: box.selectionStart, end: box.selectionEnd });
  });
  document.addEventListener("focusout", (event) => {
    const box = event.target; // a box that was taken away is drawn again; one that is still there was left
    setTimeout(() => box.isConnected && document.activeElement !== box && cellOf(box) && writing?.id === idOf(cellOf(box)) && (writing = null));
  });
  const nowhere = () => document.activeElement === document.body || document.activeElement === null;
  const writeNowhere = (event) => {
    if (!writing || !nowhere() || event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
    const { text, start, end } = writing;
    Object.assign(writing, { text: text.slice(0, start) + event.key + text.slice(end), start: start + 1, end: start + 1, typed: Date.now() });
  };
  document.addEventListener("keydown", writeNowhere, true);
  const keepWriting = () => {
    const cell = writing && $(`#cell-${writing.id}`);
    const box = cell && textarea(cell);
    if (!box) return;
    const { text, start, end, typed } = writing;
    const lost = nowhere() || (document.activeElement.tagName === "TEXTAREA" && cellOf(document.activeElement) && document.activeElement !== box);
    if (typed && Date.now() - typed < 5000 && box.value !== text) type(cell, text);
    if (!lost) return;
    box.focus({ preventScroll: true });
    box.setSelectionRange(start, end);
  };

  // ---- an open menu stays open while the cell is drawn again
  let menu = null;
  document.addEventListener(
    "toggle",
    (event) => {
      const node = event.target;
      if (!node.matches("details.menu") || !cellOf(node)) return;
      if (node.open) menu = { id: idOf(cellOf(node)), node };
      else if (menu?.node === node) menu = null;
    },
    true,
  );
  const keepMenu = () => {
    const node = menu && !menu.node.isConnected ? $(`#cell-${menu.id} details.menu`) : null;
    if (!node) return;
    node.open = true;
    menu.node = node;
  };

  // ---- names for what Gradio draws without them
  const named = (node, attributes) => {
    for (const [name, value] of Object.entries(attributes)) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  };
  const decorate = () => {
    cells().forEach((cell, index) => {
      const tools = $(".tools", cell);
      const kind = kindOf(cell);
      named(cell, { role: "group", tabindex: "-1", "aria-label": `${kind} ${index + 1}, ${tools?.dataset.word ?? ""}` });
      if (textarea(cell)) named(textarea(cell), { "aria-label": `${kind} ${index + 1}`, spellcheck: "false" });
    });
  };

  // ---- a drawing that comes in the moment a stream ends can get lost: where cells are missing and nothing moves, ask once more
  const REST = 3000; // milliseconds without a change on the page
  let moved = Date.now();
  let asked = 0;
  const missing = () => app.expected?.join() !== cells().map(idOf).join();
  setInterval(() => {
    if (!app.expected || Date.now() - moved < REST || !$("#cells")?.offsetParent) return;
    if (!missing()) asked = 0;
    else if (asked < 3) {
      asked += 1;
      app.drawing += 1;
      moved = Date.now();
      app.send("look");
    }
  }, 1000);
  // Another tab may have changed the worksheet meanwhile.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sheet() && app.send("look"));

  let waiting = false;
  new MutationObserver(() => {
    moved = Date.now();
    keepWriting();
    keepMenu();
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      decorate();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // ---- light and dark: as the system says, until the reader chooses
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem("phi4web-theme");
    } catch {
      return null;
    }
  };
  const applyTheme = () => {
    const dark = (stored() ?? (system.matches ? "dark" : "light")) === "dark";
    document.documentElement.classList.toggle("dark", dark);
    document.body?.classList.toggle("dark", dark);
  };
  window.phi4web.nextTheme = () => {
    const dark = document.body.classList.contains("dark");
    try {
      localStorage.setItem("phi4web-theme", dark ? "light" : "dark");
    } catch {
      /* a browser without storage keeps the system's choice */
    }
    applyTheme();
  };
  system.addEventListener("change", applyTheme);
  document.addEventListener("DOMContentLoaded", () => {
    applyTheme();
    new MutationObserver(applyTheme).observe(document.body, { attributes: true, attributeFilter: ["class"] }); // Gradio sets it too
  });
  applyTheme();
})();
