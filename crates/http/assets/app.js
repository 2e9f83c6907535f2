// What pages do beyond working without it: local times, forms that are put together in place, no form sent twice, and
// being kept up to date while they are open.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const day = 86400000;
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const localise = (root) => {
    for (const time of all("time[datetime]", root)) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.title = exact.format(at);
      if (time.dataset.as === "clock") time.textContent = Date.now() - at < day ? clock.format(at) : exact.format(at);
    }
  };

  // What is told politely to whoever does not see it.
  const voice = document.createElement("p");
  voice.className = "hidden";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  const say = (text) => { if (text && voice.textContent !== text) voice.textContent = text; };

  // How long a decision waits after what it is about has changed on the page, in milliseconds.
  const pause = 1500;
  // Of a form that is put together step by step, every button but the last shows it again; here only what changed. Each
  // button is sent with what the one before it made of the form, and none is left out; only looks are, that came too late.
  const step = (form, button) => {
    const turn = form.turn = (form.turn ?? 0) + 1;
    const stale = () => form.dataset.live === undefined || (!button && turn !== form.turn);
    const taken = (form.steps ?? Promise.resolve()).then(() => stale() || take(form, button, stale));
    if (!button) return;
    form.steps = taken;
    taken.then(() => { if (form.steps === taken) form.steps = null; });
  };
  const take = async (form, button, stale) => {
    const body = new URLSearchParams(new FormData(form));
    body.set("do", button ? button.value : "look");
    try {
      const reply = await fetch(form.action, { method: "POST", body });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (stale()) return;
      if (!page.querySelector("form[data-live]")) throw new Error(reply.status);
      swap(form, page, button, body);
    } catch {
      if (!button) return;
      delete form.dataset.live;
      if (!button.isConnected) form.append(button);
      form.requestSubmit(button);
    }
  };
  const entered = (form) => all(".parties input:not([type=hidden])", form);
  const entryOf = (field) => [field.name, ...all("[type=hidden]", field.closest("li")).map((hidden) => hidden.value)].join();
  const swap = (form, page, button, body) => {
    const had = document.activeElement;
    const search = `${button?.closest("[data-part]")?.dataset.part}-search`;
    const kept = new Map(entered(form).map((field) => [entryOf(field), field]));
    for (const part of form.querySelectorAll("[data-part]")) {
      const fresh = page.getElementById(part.id);
      if (fresh && part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
    }
    let again = document.getElementById(had.id || search);
    for (const field of entered(form)) {
      const old = kept.get(entryOf(field)) ?? field;
      [field.value, field.checked] = [old.value, old.checked];
      if (old === had) again = field;
    }
    // What is being typed stays.
    if (button) for (const field of all("input[type=search]", form)) if (field.value === body.get(field.name)) field.value = page.getElementById(field.id)?.value ?? "";
    if (!had.isConnected) again?.focus();
  };
  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    const last = button?.value === "save";
    if (form.dataset.live === undefined || !button || (last && !form.steps)) return;
    event.preventDefault();
    if (last) form.steps.then(() => form.requestSubmit(button));
    else step(form, button);
  });
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  let soon;
  document.addEventListener("input", ({ target: field }) => {
    if (field.dataset.look === undefined || field.form?.dataset.live === undefined) return;
    field.form.turn = (field.form.turn ?? 0) + 1;
    clearTimeout(soon);
    soon = setTimeout(step, field.type === "checkbox" ? 0 : 250, field.form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.classList.contains("busy")) return event.preventDefault();
    if (Date.now() - Number(form.dataset.changed || 0) < pause) {
      say("This changed a moment ago: look again before you decide.");
      return event.preventDefault();
    }
    form.classList.add("busy");
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => document.querySelectorAll(".busy").forEach((form) => form.classList.remove("busy")));
  // Whoever loads the page of a new secret anew gets the list, and makes no second one.
  const once = document.querySelector("[data-at]");
  if (once) history.replaceState(null, "", once.dataset.at);
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = "Copied";
    });
  }
  const close = (but) => document.querySelectorAll("details.menu[open], details.ask[open]").forEach((menu) => { if (!menu.contains(but)) menu.open = false; });
  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });

  // Logs: sections fold, and what is searched for is marked.
  const depth = (row) => Number((/\bd(\d)/.exec(row.className) || [0, 0])[1]);
  const fold = (log) => {
    let hidden = Infinity;
    for (const row of log.children) {
      if (depth(row) <= hidden) hidden = Infinity;
      row.hidden = depth(row) > hidden;
      if (!row.hidden && row.classList.contains("shut")) hidden = depth(row);
    }
  };
  const dress = (log) => {
    for (const row of all(".sec:not(.dressed)", log)) {
      row.classList.add("dressed");
      const text = row.lastElementChild.textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-expanded", "true");
      button.setAttribute("aria-label", `Section ${text}`);
      button.addEventListener("click", () => {
        button.setAttribute("aria-expanded", String(!row.classList.toggle("shut")));
        fold(log);
      });
      row.lastElementChild.before(button);
    }
    if (log.querySelector(".shut")) fold(log);
  };
  const mark = (log, text) => {
    if (!window.Highlight) return [];
    const ranges = [];
    const wanted = text.toLowerCase();
    for (const row of wanted ? log.children : []) {
      const words = row.lastElementChild;
      if (!words.textContent.toLowerCase().includes(wanted)) continue;
      const walk = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const small = walk.currentNode.data.toLowerCase();
        for (let at = small.indexOf(wanted); at >= 0; at = small.indexOf(wanted, at + wanted.length)) {
          const range = new Range();
          range.setStart(walk.currentNode, at);
          range.setEnd(walk.currentNode, Math.min(at + wanted.length, walk.currentNode.length));
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
    return ranges;
  };
  const find = (input) => {
    const log = document.querySelector("[data-log]");
    let ranges = [], at = -1;
    input.addEventListener("input", () => { ranges = mark(log, input.value.trim()); at = -1; });
    input.form.addEventListener("submit", (event) => {
      if (!("whole" in log.dataset) || !ranges.length) return;
      event.preventDefault();
      at = (at + 1) % ranges.length;
      ranges[at].startContainer.parentElement.scrollIntoView({ block: "center" });
      CSS.highlights.set("here", new Highlight(ranges[at]));
      say(`${at + 1} of ${ranges.length}`);
    });
  };
  const prepare = (root) => {
    localise(root);
    all("[data-log]", root).forEach(dress);
    all("[data-find]", root).forEach(find);
  };

  // Parts of the page as the server made them, before anything here touched them.
  const made = new Map(all("[data-follow]").map((part) => [part.id, part.outerHTML]));
  prepare(document);

  const keyOf = (field) => `${field.form ? field.form.getAttribute("action") : ""} ${field.name || field.id} ${field.type === "submit" ? field.value : ""}`;
  const fields = (part) => all("input:not([type=hidden]), textarea, select, button", part);
  const isTyped = (field) => (field.tagName === "SELECT" ? field.selectedIndex > 0 : field.type !== "submit" && field.value !== field.defaultValue);
  const renew = (part, next) => {
    // Logs grow by themselves.
    for (const log of all("[data-log]", part)) {
      const empty = next.querySelector("[data-log]");
      if (empty) empty.replaceWith(log);
    }
    const typed = new Map(fields(part).filter(isTyped).map((field) => [keyOf(field), field.value]));
    const open = new Set(all("details[open] > summary", part).map((summary) => summary.textContent));
    const held = part.contains(document.activeElement) ? document.activeElement : null;
    const chosen = held && "selectionStart" in held ? [held.selectionStart, held.selectionEnd] : null;
    const before = new Map(all("input[name=version]", part).map((field) => [field.form.getAttribute("action"), field.value]));
    const scroll = [scrollX, scrollY];
    part.replaceWith(next);
    prepare(next);
    for (const field of fields(next)) if (typed.has(keyOf(field))) field.value = typed.get(keyOf(field));
    for (const summary of all("details > summary", next)) if (open.has(summary.textContent)) summary.parentElement.open = true;
    for (const field of all("input[name=version]", next)) {
      const old = before.get(field.form.getAttribute("action"));
      if (old && old !== field.value) field.form.dataset.changed = String(Date.now());
    }
    if (held) {
      const same = fields(next).find((field) => keyOf(field) === keyOf(held))
        || (held.href && all("a[href]", next).find((link) => link.href === held.href));
      if (same) {
        same.focus({ preventScroll: true });
        if (chosen && same.setSelectionRange) try { same.setSelectionRange(...chosen); } catch { /* not a text */ }
      } else {
        next.tabIndex = -1;
        next.focus({ preventScroll: true });
      }
    }
    scrollTo(...scroll);
    if (next.dataset.say && next.dataset.say !== part.dataset.say) say(next.dataset.say);
  };

  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  let source = null, since = live.dataset.since, over = false, fetching = false, again = false, soonest;
  const stop = () => { if (source) source.close(); source = null; };
  const end = () => {
    stop();
    clearTimeout(soonest);
    over = true;
    const note = document.createElement("p");
    note.className = "note wait flash";
    note.append("This page is out of date, and you may have been signed out. ");
    const link = document.createElement("a");
    [link.href, link.textContent] = [location.href, "Open it again"];
    note.append(link);
    note.setAttribute("role", "status");
    document.querySelector("main").prepend(note);
  };
  // What could not be fetched now is fetched later: the stream does not tell it again.
  const later = (seconds) => {
    again = false;
    clearTimeout(soonest);
    soonest = setTimeout(refresh, 1000 * (Math.min(Math.max(Number(seconds) || 5, 1), 60) + Math.random()));
  };
  const refresh = async () => {
    if (fetching) { again = true; return; }
    clearTimeout(soonest);
    if (document.hidden) return later();
    if (document.querySelector(".busy")) return;
    fetching = true;
    try {
      const reply = await fetch(location.href, { headers: { "X-Live": "1", Accept: "text/html" }, redirect: "manual" });
      if (reply.type === "opaqueredirect" || [401, 403, 404].includes(reply.status)) return end();
      if (!reply.ok) return later(reply.headers.get("Retry-After"));
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const followed = document.querySelector("[data-log]");
      for (const part of all("[data-follow]")) {
        const next = page.getElementById(part.id);
        if (!next || next.outerHTML === made.get(part.id)) continue;
        made.set(part.id, next.outerHTML);
        renew(part, document.adoptNode(next));
      }
      // A log that was not there before is followed from where this page ends it.
      if (!followed && document.querySelector("[data-log]")) {
        since = page.getElementById("live").dataset.since;
        stop();
        start();
      }
    } catch {
      later();
    } finally {
      fetching = false;
      if (again) { again = false; refresh(); }
    }
  };
  const grow = (event) => {
    const log = document.querySelector("[data-log]");
    if (!log) return;
    const piece = JSON.parse(event.data);
    const follows = log.getBoundingClientRect().bottom <= innerHeight + 60;
    if (piece.anew) log.replaceChildren();
    all(".part", log).forEach((row) => row.remove());
    log.insertAdjacentHTML("beforeend", piece.rows + piece.rest);
    const most = Number(log.dataset.most || 20000);
    while (log.children.length > most) log.firstElementChild.remove();
    dress(log);
    if (follows && !log.dataset.most) scrollBy(0, Math.max(0, log.getBoundingClientRect().bottom - innerHeight + 40));
  };
  const start = () => {
    if (over || source || document.hidden) return;
    const url = new URL(live.dataset.stream, location.href);
    url.searchParams.set("since", since);
    source = new EventSource(url);
    const on = (name, act) => source.addEventListener(name, (event) => { if (event.lastEventId) since = event.lastEventId; act(event); });
    on("changed", refresh);
    on("log", grow);
    on("gone", end);
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) { stop(); setTimeout(start, 30000); }
    });
  };
  // A page that nobody sees needs no news, and browsers have few connections to give.
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else start(); });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
})();
