// What pages do beyond working without it: local times, forms that are put together in place, and no form sent twice.
"use strict";
(() => {
  const day = 86400000;
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exact.format(at);
    if (time.dataset.as === "clock") time.textContent = Date.now() - at < day ? clock.format(at) : exact.format(at);
  }
  // Of a form that is put together step by step, every button but the last shows it again; here only what changed.
  const step = async (form, button) => {
    const turn = form.turn = (form.turn ?? 0) + 1;
    const body = new URLSearchParams(new FormData(form, button));
    if (!button) body.set("do", "look");
    try {
      const reply = await fetch(form.action, { method: "POST", body });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (turn !== form.turn) return;
      if (!page.querySelector("form[data-live]")) throw new Error(reply.status);
      swap(form, page, button);
    } catch {
      if (!button) return;
      delete form.dataset.live;
      form.requestSubmit(button);
    }
  };
  const swap = (form, page, button) => {
    const had = document.activeElement;
    const search = `${button?.closest("[data-part]")?.dataset.part}-search`;
    for (const part of form.querySelectorAll("[data-part]")) {
      const fresh = page.getElementById(part.id);
      if (fresh && part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
    }
    if (button) for (const field of form.querySelectorAll("input[type=search]")) field.value = page.getElementById(field.id)?.value ?? "";
    if (had.isConnected) return;
    const again = document.getElementById(had.id || search);
    if (again && again.type === "number") again.value = had.value;
    again?.focus();
  };
  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (form.dataset.live === undefined || !button || button.value === "save") return;
    event.preventDefault();
    step(form, button);
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
})();
