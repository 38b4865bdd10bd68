/* The text box: drafts, canned replies, sending. */

import * as attach from "./attach.js";
import { get } from "./fragments.js";

const box = () => document.getElementById("text");
const menu = () => document.getElementById("canned");
const draftKey = (id) => `draft ${id}`;

let conversation = null;
let filled = null; // which conversation the menu was filled for
let chosen = -1;
let sending = false;

export function settle(id) {
  conversation = id;
  const text = box();
  text.value ||= sessionStorage.getItem(draftKey(id)) ?? "";
  text.addEventListener("input", () => {
    sessionStorage.setItem(draftKey(conversation), text.value);
    document.dispatchEvent(new Event("desk:typing"));
    offer();
  });
  text.addEventListener("keydown", pressed);
  attach.settle();
  text.addEventListener("blur", () => setTimeout(hide, 150));
  menu().addEventListener("mousedown", (event) => {
    event.preventDefault();
    insert(event.target.closest(".option"));
  });
  if (text.value) document.dispatchEvent(new Event("desk:typing"));
}

/* Take over what the server says about the form, but neither text nor mode. */
export function update(fresh) {
  const form = document.getElementById("composer");
  form.elements.seen.value = fresh.elements.seen.value;
  const reply = form.querySelector("#mode-reply");
  reply.disabled = fresh.querySelector("#mode-reply").disabled;
  if (reply.disabled && reply.checked) form.querySelector("#mode-note").checked = true;
  const secret = form.querySelector("#private");
  if (secret) {
    secret.disabled = fresh.querySelector("#private").disabled;
    if (secret.disabled && secret.selected) form.elements.action.value = "reply";
  }
  form.querySelector("#composer-hint").replaceWith(fresh.querySelector("#composer-hint"));
}

export async function send(form, act, done) {
  // A note is for colleagues: files wait for the reply.
  const files = isNote() ? [] : attach.files();
  if (sending || !(box().value.trim() || files.length)) return;
  sending = true;
  const id = conversation;
  const text = box().value;
  form.setAttribute("aria-busy", "true");
  document.getElementById("send").disabled = true;
  try {
    if (!(await act(form))) return;
    sessionStorage.removeItem(draftKey(id));
    if (conversation === id) attach.drop(files);
    if (conversation === id && box().value === text) {
      box().value = "";
      // Only a message that was taken gets a new name: a repeated try must be the same message.
      form.elements.client_id.value = uuid();
    }
    document.getElementById("alert").replaceChildren();
    done();
  } finally {
    sending = false;
    form.removeAttribute("aria-busy");
    const button = document.getElementById("send");
    if (button) button.disabled = false;
    if (conversation === id) box().focus();
  }
}

export const isNote = () => document.getElementById("mode-note")?.checked ?? false;

export function write(mode) {
  const choice = document.getElementById(`mode-${mode}`);
  if (!choice || choice.disabled) return;
  choice.checked = true;
  box().focus();
}

/* crypto.randomUUID exists on secure pages only; a desk in the office may be plain http. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function pressed(event) {
  // While a Chinese word is being composed, Enter and Tab belong to the input method.
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.getElementById("composer").requestSubmit();
    return;
  }
  if (menu().hidden) {
    if (event.key === "Escape") document.getElementById("head").querySelector("button")?.focus();
    return;
  }
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) choose(chosen + moves[event.key]);
  else if (event.key === "Enter" || event.key === "Tab") insert(options()[chosen]);
  else if (event.key === "Escape") hide();
  else return;
  event.preventDefault();
}

const slash = () => box().value.slice(0, box().selectionStart).match(/(?:^|\s)\/([^\s/]*)$/);
const options = () => [...menu().querySelectorAll(".option:not([hidden])")];

async function offer() {
  if (!slash()) return hide();
  if (filled !== conversation) {
    const id = conversation;
    const { body } = await get(`/desk/${id}/canned`);
    if (conversation !== id) return;
    menu().replaceChildren(...body.children);
    filled = id;
  }
  const found = slash();
  if (!found) return hide();
  const wanted = found[1].toLowerCase();
  for (const option of menu().children) {
    option.hidden = !option.textContent.toLowerCase().includes(wanted);
  }
  menu().hidden = options().length === 0;
  choose(0);
}

function choose(place) {
  const all = options();
  chosen = all.length ? (place + all.length) % all.length : -1;
  all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
  if (chosen < 0) return box().removeAttribute("aria-activedescendant");
  box().setAttribute("aria-activedescendant", all[chosen].id);
  all[chosen].scrollIntoView({ block: "nearest" });
}

function insert(option) {
  const found = slash();
  if (!option || !found) return;
  const text = box();
  const start = text.selectionStart - found[1].length - 1;
  text.setRangeText(option.querySelector(".preview").textContent, start, text.selectionStart, "end");
  hide();
  text.dispatchEvent(new Event("input"));
}

function hide() {
  if (!menu()) return;
  menu().hidden = true;
  chosen = -1;
  box().removeAttribute("aria-activedescendant");
}

export const forget = () => {
  filled = null;
};
