// What pages do beyond working without it: local times, and no form sent twice.
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
