/* The list on the left: fresh rows, moving through them, waiting times that run. */

import { get, swap } from "./fragments.js";

const pane = document.getElementById("queue");
const REST = 1000;

let limit = 50;
let waiting = null;
let freshAt = 0;

const rows = () => [...pane.querySelectorAll(".row > a")];

/* At once, then at most once a second: a busy day must not make every desk fetch all the time. */
export function refresh() {
  if (waiting || document.hidden) return;
  waiting = setTimeout(load, Math.max(0, freshAt + REST - Date.now()));
}

async function load() {
  const place = new URLSearchParams(location.search);
  place.set("limit", limit);
  try {
    const { body } = await get(`/desk/queue?${place}`, { live: true });
    swap(pane, ...body.children);
    mark(Number(document.getElementById("head")?.dataset.id) || null);
  } catch {
    // The live line will ask again as soon as the server can be reached.
  } finally {
    freshAt = Date.now();
    waiting = null;
  }
}

export function mark(id) {
  for (const row of pane.querySelectorAll(".row")) {
    const open = Number(row.dataset.id) === id;
    row.classList.toggle("current", open);
    if (open) row.firstElementChild.setAttribute("aria-current", "true");
    else row.firstElementChild.removeAttribute("aria-current");
  }
}

export function move(step, show) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.hasAttribute("aria-current"));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  show(next.href);
}

export function listen(show) {
  pane.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const row = event.target.closest(".row > a");
    const more = event.target.closest("#more");
    if (row || more) event.preventDefault();
    if (row) show(row.href);
    if (more) {
      limit = Number(more.dataset.limit);
      refresh();
    }
  });
}

// The same spelling as the server writes.
const locale = document.documentElement.lang.replace(/^en$/, "en-GB");
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function tick() {
  for (const time of document.querySelectorAll("time[data-since]")) {
    const seconds = Math.max((Date.now() - Date.parse(time.dataset.since)) / 1000, 60);
    const [unit, size] = units.find(([, size]) => seconds >= size * 1.5) ?? units[2];
    const style = { style: "unit", unit, unitDisplay: "short" };
    const words = new Intl.NumberFormat(locale, style);
    time.textContent = words.format(Math.round(seconds / size));
    const badge = time.closest(".wait");
    badge.classList.toggle("late", seconds >= 900);
    badge.classList.toggle("risk", seconds >= 300 && seconds < 900);
    badge.classList.toggle("ok", seconds < 300);
  }
}

setInterval(tick, 20000);
