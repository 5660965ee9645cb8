// What Gradio has no component for: actions of a cell's buttons, keys, focus, the live region, lazy texts.
// The server owns every value; here is only what is on screen. Two hidden components join this file with Python:
// the bus (page -> server, `send`) and the wire (server -> page, `receive`). page.js comes after it.
(() => {
  const app = (window.phi4web = { slots: new Set() });
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const cells = () => all(".cell");
  const cellOf = (node) => node?.closest?.(".cell") ?? null;
  const idOf = (cell) => cell.id.replace(/^cell-/, "");
  const textarea = (cell) => $("textarea", cell);
  const isCommand = () => document.activeElement?.classList.contains("cell");
  const sheet = () => $("#top [data-sheet]")?.dataset.sheet ?? null;

  // What was typed but may not have reached the server yet goes along with every action.
  const drafts = new Map();
  const takeDrafts = () => {
    const taken = Object.fromEntries([...drafts].filter(([, draft]) => Date.now() - draft.at < 3000).map(([id, draft]) => [id, draft.text]));
    drafts.clear(); // older ones were saved by the text box's own event
    return taken;
  };
  app.drawing = 0; // goes up when a drawing got lost (page.js)
  app.send = (what, data = {}) => app.bus?.("act", { do: what, sheet: sheet(), drawing: app.drawing, drafts: takeDrafts(), ...data });

  // ---- runs: each cell's slot has its own channel, over which its text streams
  app.slot = (element, trigger, watch) => {
    app.slots.add(element);
    element.go = (data) => trigger("run", data);
    watch("value", () => slotChanged(element));
    slotChanged(element, true);
  };
  const slotOf = (cell) => {
    for (const slot of app.slots) if (!slot.isConnected) app.slots.delete(slot);
    return [...app.slots].find((slot) => cell.contains(slot));
  };
  const attached = new Map();
  const pressed = new Set(); // cells whose next run comes over the stream of their own press
  // The worksheet's drawing may be older than the last picture of a run: whoever draws a live slot, or brings one back to life,
  // has to look again.
  const slotChanged = (element, drawn) => {
    const line = $(".slot", element);
    if (!line) return;
    const { cell, live } = line.dataset;
    if (!live) attached.delete(cell);
    else if (drawn || attached.get(cell) !== live) {
      attached.set(cell, live);
      if (!pressed.delete(cell) || drawn) element.go({});
    }
    announce(line);
    holdHeight(element, !!live);
  };

  // Pictures can get lost on their way: a running cell that has shown the same for a while is followed anew. A few at a time:
  // those that wait in line show the same for long.
  const looked = new Map();
  app.lookAgain = () => {
    const still = cells().filter((cell) => {
      const now = $(".slot[data-live]", cell)?.outerHTML;
      const same = now !== undefined && looked.get(idOf(cell)) === now;
      looked.set(idOf(cell), now);
      return same;
    });
    still.slice(0, 8).forEach((cell) => slotOf(cell)?.go({}));
  };
  setInterval(app.lookAgain, 20000);

  // A run that starts its text again must not pull the page up under the reader.
  const holdHeight = (element, live) => {
    const text = $(".solution", cellOf(element) ?? document.body);
    if (!text) return;
    if (!live) text.style.minHeight = "";
    else text.style.minHeight = Math.max(parseFloat(text.style.minHeight) || 0, text.offsetHeight) + "px";
  };

  const run = (cell, more = {}) => {
    const box = textarea(cell);
    drafts.delete(idOf(cell));
    pressed.add(idOf(cell));
    slotOf(cell)?.go({ source: box ? box.value : null, drafts: takeDrafts(), ...more });
  };

  // ---- one polite live region, boundaries only
  const heard = new Map();
  const say = (text) => {
    const region = $("#status [role=status]");
    if (region) region.textContent = text;
  };
  const kindOf = (cell) => ({ note: "Note", working: "Working" })[$(".tools", cell)?.dataset.kind] ?? "Problem";
  const numberOf = (cell) => cells().indexOf(cell) + 1;
  const announce = (line) => {
    const cell = cellOf(line);
    if (!cell) return;
    const { cell: id, live, state, said } = line.dataset;
    const name = `${kindOf(cell)} ${numberOf(cell)}`;
    const before = heard.get(id);
    if (live && before?.live !== live) {
      heard.set(id, { live, next: Date.now() + 20000, start: Date.now() });
      if (before !== undefined) say(`${name} started.`);
    } else if (live && state === "thinking" && Date.now() > before.next) {
      before.next += 20000;
      say(`${name}: still thinking, ${Math.round((Date.now() - before.start) / 1000)} seconds.`);
    } else if (!live) {
      if (before?.live) say(`${name}: ${said}.`);
      heard.set(id, { live: null });
    }
  };

  // ---- what the server sends back
  app.receive = (message) => {
    if (!message) return;
    if (message.saved) $("#saved") && ($("#saved").textContent = `Saved ${new Date().toTimeString().slice(0, 5)}`);
    if (message.params) setParams(message.params);
    if (message.go) location.assign(message.go);
    if (message.cells) app.expected = message.cells;
    if (message.say) say(message.say);
    if (message.focus) focusWhenThere(message.focus, message.edit);
    if (message.refresh) refresh(message.refresh);
    if (message.run) runWhenThere(message.run);
    if (message.toast) toast(message.toast, message.undo);
    for (const [key, text] of Object.entries(message.fill ?? {}))
      all("pre[data-load]").filter((pre) => pre.dataset.load === key).forEach((pre) => {
        pre.textContent = text;
        pre.dataset.loaded = "1";
      });
  };
  const setParams = (params) => {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
  };
  const refresh = (id) => {
    const cell = $(`#cell-${id}`);
    if (cell) slotOf(cell)?.go({});
  };
  const focusWhenThere = (id, edit, left = 60) => {
    const cell = $(`#cell-${id}`);
    if (cell && textarea(cell)) return edit ? startEdit(cell) : focusCell(cell);
    if (left > 0 || caught) setTimeout(() => focusWhenThere(id, edit, left - 1), 50); // what is caught waits for its cell
  };
  const runWhenThere = (id, left = 1200) => {
    const cell = $(`#cell-${id}`);
    if (cell && textarea(cell)?.value && slotOf(cell)) return run(cell);
    if (left) setTimeout(() => runWhenThere(id, left - 1), 50);
  };
  const toast = (text, undo) => {
    let box = $("#toast");
    if (!box) {
      box = document.body.appendChild(document.createElement("div"));
      box.id = "toast";
    }
    box.textContent = text;
    if (undo) {
      const button = box.appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = "Undo";
      button.dataset.do = "undo";
    }
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => box.remove(), 8000);
  };

  // ---- focus: a cell is selected (command) or its text is edited
  const focusCell = (cell) => {
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest" });
  };
  // Between Shift+Enter and the new cell lies a way to the server and back; what is typed meanwhile is caught here.
  const catcher = () => {
    const box = document.body.appendChild(document.createElement("textarea"));
    box.className = "hidden";
    box.setAttribute("aria-label", "New problem");
    box.focus({ preventScroll: true });
    return box;
  };
  let caught = null;
  const release = (cell) => {
    if (caught?.value) type(cell, textarea(cell).value + caught.value);
    caught?.remove();
    caught = null;
  };
  const startEdit = (cell) => {
    cell.classList.add("editing");
    const box = textarea(cell);
    if (!box) return;
    release(cell);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    cell.scrollIntoView({ block: "nearest" });
  };
  const neighbour = (cell, step) => cells()[cells().indexOf(cell) + step];

  const runAnd = (cell, then) => {
    if ($(".tools", cell)?.dataset.kind !== "note") run(cell);
    const next = neighbour(cell, 1);
    if (then === "next" && next) return startEdit(next);
    const blank = !textarea(cell)?.value.trim();
    if (next ? then === "stay" : blank) return; // there is a place to go on already
    if (then !== "stay") caught ??= catcher();
    app.send("add", { at: cells().indexOf(cell) + 1, edit: then !== "stay" });
  };

  // ---- buttons
  const act = (what, node) => {
    const cell = cellOf(node);
    const data = node?.dataset ?? {};
    if (what === "copy") return copy(node);
    if (what === "theme") return app.nextTheme();
    if (what === "title") return editTitle(node);
    if (what === "runall") return cells().forEach((c) => textarea(c)?.value.trim() && $("[data-do=run]", c) && run(c));
    if (what === "stopall") return app.bus?.("stop", { sheet: sheet() });
    if (what === "example") return example(data.text, data.kind);
    if (what === "working-new") return app.send("add", { at: lastPlace(), kind: "working", edit: true });
    if (what === "now" && !cell) return answerNowInChat(node);
    if (!cell) return app.send(what, { ...data });
    const at = cells().indexOf(cell);
    const id = idOf(cell);
    if (what === "run") return runAnd(cell, "stay");
    if (what === "retry") return run(cell, { evidence: true });
    if (what === "now") return answerNow(cell);
    if (what === "stop") return stopRun(cell);
    if (what === "edit") return startEdit(cell);
    if (what === "above" || what === "below") return app.send("add", { at: at + (what === "below"), edit: true });
    if (what === "up" || what === "down") return app.send("move", { cell: id, at: at + (what === "down" ? 1 : -1) });
    app.send(what, { ...data, cell: id, at: data.at === undefined ? at : Number(data.at) });
  };
  // Their buttons are about to go; the focus must not go with them.
  const stopRun = (cell) => {
    if ($(".slot", cell)?.contains(document.activeElement)) focusCell(cell);
    app.bus?.("stop", { sheet: sheet(), cell: idOf(cell) });
  };
  const answerNow = (cell) => {
    if (!$(".now[data-do]:not([hidden])", cell)) return;
    focusCell(cell);
    say(`${kindOf(cell)} ${numberOf(cell)}: the thought is being ended.`);
    app.bus?.("now", { sheet: sheet(), cell: idOf(cell) });
  };
  const answerNowInChat = (node) => {
    $("#chat-box textarea")?.focus();
    say("The thought is being ended.");
    app.bus?.("now", { chat: node.closest("[data-chat]").dataset.chat });
  };
  const isBlank = (cell) => cell && $("[data-state=draft]", cell) && !textarea(cell)?.value.trim();
  const lastPlace = () => cells().length - (isBlank(cells().at(-1)) ? 1 : 0); // before the empty problem that waits at the end
  const example = (text, kind) => {
    if (kind) return app.send("add", { at: lastPlace(), source: text, kind, run: true });
    const empty = cells().find((cell) => textarea(cell) && !textarea(cell).value.trim());
    if (!empty) return app.send("add", { at: cells().length, source: text, edit: true });
    type(empty, text);
    runAnd(empty, "stay");
  };
  const type = (cell, text) => {
    const box = textarea(cell);
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const copy = async (node) => {
    await navigator.clipboard?.writeText(node.dataset.text ?? "");
    node.textContent = "Copied";
    setTimeout(() => (node.textContent = "Copy"), 1500);
  };
  const editTitle = (node) => {
    const box = document.createElement("input");
    box.value = node.textContent;
    box.setAttribute("aria-label", "Title of the worksheet");
    box.className = "title";
    node.replaceWith(box);
    box.select();
    const done = (keep) => {
      if (keep && box.value.trim()) node.textContent = box.value.trim();
      if (!box.isConnected) return;
      box.replaceWith(node);
      if (keep) app.send("rename", { title: node.textContent });
    };
    box.addEventListener("blur", () => done(true));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") box.blur();
      if (event.key === "Escape") done(false);
    });
  };

  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const note = event.target.closest(".solution") && !event.target.closest("a") && cellOf(event.target);
    if (note && kindOf(note) === "Note" && !getSelection().toString()) return startEdit(note);
    const node = event.target.closest("[data-do]");
    if (!node) return;
    event.preventDefault();
    if (node.dataset.do === "run" && event.detail > 1) return; // the second half of a double click
    node.closest("details.menu")?.removeAttribute("open");
    act(node.dataset.do, node);
    if (node.closest("#toast")) $("#toast").remove();
  });

  // ---- texts that are fetched when they are opened
  document.addEventListener(
    "toggle",
    (event) => {
      const places = event.target.open ? all(":scope > pre[data-load]:not([data-loaded])", event.target) : [];
      if (places.length) app.send("load", { cell: idOf(cellOf(event.target)), keys: places.map((pre) => pre.dataset.load) });
    },
    true,
  );

  // ---- keys
  document.addEventListener("input", (event) => {
    const cell = cellOf(event.target);
    if (cell && event.target.tagName === "TEXTAREA") drafts.set(idOf(cell), { text: event.target.value, at: Date.now() });
  });
  document.addEventListener("focusout", (event) => {
    const cell = cellOf(event.target);
    cell?.classList.remove("editing");
    if (cell && event.target.tagName === "TEXTAREA" && kindOf(cell) === "Note") slotOf(cell)?.go({ drafts: takeDrafts() });
  });
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const onEditKey = (event, cell) => {
    const enter = event.key === "Enter";
    if (enter && event.repeat && (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey)) stop(event); // a key held down runs once
    else if (enter && event.shiftKey) stop(event), runAnd(cell, "next");
    else if (enter && (event.ctrlKey || event.metaKey)) stop(event), runAnd(cell, "stay");
    else if (enter && event.altKey) stop(event), runAnd(cell, "insert");
    else if (enter) return; // a new line
    else if (event.key === "Escape") stop(event), focusCell(cell);
    else if (event.altKey && event.key === "ArrowUp") stop(event), act("up", cell);
    else if (event.altKey && event.key === "ArrowDown") stop(event), act("down", cell);
  };
  let lastKey = "";
  const single = {
    a: "above", b: "below", m: "note", n: "now", y: "problem", w: "working", z: "undo",
    ArrowUp: -1, k: -1, ArrowDown: 1, j: 1,
  };
  const onCommandKey = (event, cell) => {
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey)) return onEditKey(event, cell);
    if (event.altKey && event.key.startsWith("Arrow")) return onEditKey(event, cell);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const twice = lastKey === event.key;
    lastKey = twice ? "" : event.key;
    const found = single[event.key];
    if (event.key === "Enter") stop(event), startEdit(cell);
    else if (event.key === "d" && twice) stop(event), act("delete", cell);
    else if (event.key === "i" && twice) stop(event), act("stop", cell);
    else if (typeof found === "number") stop(event), neighbour(cell, found) && focusCell(neighbour(cell, found));
    else if (found) stop(event), act(found, cell);
  };
  document.addEventListener(
    "keydown",
    (event) => {
      const cell = cellOf(event.target);
      if (cell && event.target.tagName === "TEXTAREA") onEditKey(event, cell);
      else if (cell && isCommand()) onCommandKey(event, cell);
      else if (event.key === "Escape") all("details.menu[open]").forEach((menu) => (menu.open = false));
    },
    true,
  );

  // Gradio submits a box of one line on a plain Enter; here that is a new line.
  document.addEventListener(
    "keypress",
    (event) => event.key === "Enter" && event.target.tagName === "TEXTAREA" && cellOf(event.target) && event.stopImmediatePropagation(),
    true,
  );

  Object.assign(app, { $, sheet, cells, cellOf, idOf, textarea, kindOf, type }); // for page.js
})();
