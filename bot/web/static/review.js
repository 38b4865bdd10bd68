/* The review queue by keyboard: each press is one of the buttons that stand on the card. */

import * as why from "./why.js";

const pane = document.getElementById("review");
const help = document.getElementById("help");
const letters = document.getElementById("letters");
const announcer = document.getElementById("announcer");

let at = 0;
let busy = false;

const cards = () => [...pane.querySelectorAll(".card")];
const current = () => cards()[at];
const press = (selector) => current()?.querySelector(selector)?.click();

function focus(place) {
  const all = cards();
  at = Math.min(Math.max(place, 0), Math.max(all.length - 1, 0));
  const target = all[at] ?? document.getElementById("nothing");
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
}

function start() {
  const more = current()?.querySelector("details.start");
  if (!more) return;
  more.open = true;
  more.querySelector("input").focus();
}

const keys = {
  j: () => focus(document.activeElement.closest(".card") ? at + 1 : at),
  k: () => focus(at - 1),
  1: () => press(".suggested:nth-of-type(1)"),
  2: () => press(".suggested:nth-of-type(2)"),
  3: () => press(".suggested:nth-of-type(3)"),
  o: () => current()?.querySelector("[name=other]").focus(),
  e: () => current()?.querySelector("[name=text]").focus(),
  n: start,
  b: () => press(".right"),
  d: () => press(".dismiss"),
  w: () => press(".why-link"),
  c: () => press(".talk-link"),
  "?": () => help.showModal(),
};

function show(page) {
  const told = page.querySelector("#alert").textContent.trim();
  pane.replaceChildren(...page.children);
  announcer.textContent = told;
}

function warn() {
  const warning = document.createElement("p");
  warning.className = "alert";
  warning.setAttribute("role", "alert");
  warning.textContent = document.getElementById("phrases").content.getElementById("phrase-offline").textContent;
  document.getElementById("alert").replaceChildren(warning);
}

async function send(form, submitter) {
  const url = submitter?.hasAttribute("formaction") ? submitter.getAttribute("formaction") : form.getAttribute("action");
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-Fragment": "1" },
    body: new FormData(form, submitter),
    redirect: "error",
  });
  if (answer.status === 401) return location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  if (!answer.ok && answer.status !== 422) return warn();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (answer.ok) {
    show(page);
    focus(at);
    return;
  }
  // Only the card comes back, with what is wrong; the others stay as they are.
  const id = form.closest(".card").id;
  document.getElementById("alert").replaceChildren(...page.querySelector("#alert").children);
  document.getElementById(id).replaceWith(page.querySelector(`#${id}`));
  document.getElementById("alert").scrollIntoView({ block: "nearest" });
  document.querySelector(`#${id} [name=${url.includes("/intent") ? "name" : "text"}]`)?.focus();
}

pane.addEventListener("submit", async (event) => {
  if (!event.target.closest(".card")) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  try {
    await send(event.target, event.submitter);
  } catch {
    warn();
  } finally {
    busy = false;
  }
});

// Choosing is enough where the script runs; the button is for those without it.
pane.addEventListener("change", (event) => event.target.closest(".filters") && event.target.form.requestSubmit());

pane.addEventListener("focusin", (event) => {
  const card = event.target.closest(".card");
  if (card) at = cards().indexOf(card);
});

letters.checked = localStorage.getItem("letters") !== "off";
letters.addEventListener("change", () => localStorage.setItem("letters", letters.checked ? "on" : "off"));
document.getElementById("help-button").addEventListener("click", () => help.showModal());
document.addEventListener("keydown", (event) => {
  const box = event.target.closest("input:not([type=radio]), textarea, select");
  if (event.key === "Escape" && box && !event.isComposing) return focus(at);
  const away = event.isComposing || event.ctrlKey || event.metaKey || event.altKey;
  if (box || event.target.closest("dialog") || away || !letters.checked || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
why.listen();
