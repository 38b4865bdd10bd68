/* The open conversation: load it, keep it fresh, act on it. */

import { get, post, Refused, swap, syncList } from "./fragments.js";
import * as attach from "./attach.js";
import * as composer from "./composer.js";
import * as queue from "./queue.js";

const pane = document.getElementById("conversation");
const phrase = (name) => document.getElementById("phrases").content.getElementById(`phrase-${name}`).textContent;

let asked = 0;

export const openId = () => Number(document.getElementById("head")?.dataset.id) || null;
const address = (id) => `/desk/${id}${location.search}`;

export async function open(href, { remember = true } = {}) {
  const turn = ++asked;
  const { body } = await get(href);
  if (turn !== asked) return;
  if (remember) history.pushState(null, "", href);
  pane.replaceChildren(...body.children);
  document.body.classList.add("opened");
  settle();
  queue.mark(openId());
}

/* The conversation as it is now; what the agent is typing is never touched. */
export async function refresh() {
  const id = openId();
  if (!id) return;
  const turn = asked;
  const { body } = await get(address(id), { live: true });
  if (turn === asked && openId() === id) update(body);
}

export function leave({ remember = true } = {}) {
  asked++;
  if (remember) history.pushState(null, "", `/desk${location.search}`);
  pane.replaceChildren();
  document.body.classList.remove("opened");
  queue.mark(null);
  document.dispatchEvent(new Event("desk:viewing"));
}

function update(body) {
  const fresh = (id) => body.querySelector(`#${id}`);
  const list = document.getElementById("scroll");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const head = document.getElementById("head");
  const people = document.getElementById("people").cloneNode(true);
  Object.assign(head.dataset, fresh("head").dataset);
  swap(head, ...fresh("head").children);
  document.getElementById("people").replaceWith(people);
  syncList(document.getElementById("lines"), fresh("lines"));
  composer.update(fresh("composer"));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function settle() {
  const list = document.getElementById("scroll");
  if (!list) return;
  list.scrollTop = list.scrollHeight;
  composer.settle(openId());
  document.dispatchEvent(new Event("desk:viewing"));
}

export function warn(name) {
  const warning = document.createElement("p");
  warning.className = "alert";
  warning.textContent = phrase(name);
  document.getElementById("alert")?.replaceChildren(warning);
}

/* Post one of the forms. Resolves to whether it was done; a refusal leaves the draft alone. */
export async function act(form) {
  const id = openId();
  try {
    const fields = new FormData(form);
    if (composer.isNote()) fields.delete("file");
    const { ok, body } = await post(form, fields);
    if (openId() !== id) return ok;
    update(body);
    document.getElementById("alert").replaceChildren(...body.querySelector("#alert").children);
    queue.refresh();
    return ok;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    warn({ 401: "ended", 413: "file_large" }[error.status] ?? "offline");
    return false;
  }
}

attach.listen(pane);
document.addEventListener("desk:refused", (event) => warn(event.detail));

pane.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "composer") {
    await composer.send(form, act, () => {
      document.getElementById("announcer").textContent = phrase("sent");
    });
    return;
  }
  const done = await act(form);
  if (done && form.contains(document.getElementById("new-label"))) form.reset();
  if (done && form.getAttribute("action").includes("/take")) document.getElementById("text").focus();
});

pane.addEventListener("click", (event) => {
  if (!event.target.closest("#back")) return;
  event.preventDefault();
  const id = openId();
  leave();
  document.getElementById(`row-${id}`)?.focus();
});

export { phrase, settle };
