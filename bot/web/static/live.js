/* The live line: hears that something changed, tells what is on screen, comes back when it drops. */

import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import * as queue from "./queue.js";

const BEAT = 10000;
const SLOWEST = 15000;
const TYPING = 4000;
const CUSTOMER = 6000;

const light = document.getElementById("line");
let socket = null;
let delay = 500;
let typedAt = 0;
let saidTyping = false;
let toldAt = 0;
let customerOver = 0;

export function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/desk/live`);
  socket.addEventListener("open", () => {
    delay = 500;
    light.dataset.state = "on";
    tell();
  });
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    light.dataset.state = "off";
    // Spread out, so that a restart is not followed by everybody at once.
    setTimeout(connect, delay * (0.5 + Math.random()));
    delay = Math.min(delay * 2, SLOWEST);
  });
}

function hear(said) {
  if (said.ended) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    return;
  }
  if ("viewing" in said) return crowd(said);
  if ("customer" in said) return customer(said);
  queue.refresh();
  document.getElementById("customer-types")?.replaceChildren();
  if (said.resync || said.changed.includes(conversation.openId())) conversation.refresh().catch(() => {});
}

function crowd({ conversation: id, viewing, typing }) {
  const place = document.getElementById("people");
  if (!place || id !== conversation.openId()) return;
  const others = viewing.filter((name) => !typing.includes(name));
  const parts = [];
  if (typing.length) parts.push(["typing", typing]);
  if (others.length) parts.push(["viewing", others]);
  const words = parts.map(([kind, names]) => {
    const part = document.createElement("span");
    part.className = kind;
    const who = document.createElement("bdi");
    who.textContent = names.join(", ");
    part.append(who, ` ${conversation.phrase(kind)}`);
    return part;
  });
  if (place.textContent !== words.map((part) => part.textContent).join("")) place.replaceChildren(...words);
}

function customer({ conversation: id }) {
  const place = document.getElementById("customer-types");
  if (!place || id !== conversation.openId()) return;
  clearTimeout(customerOver);
  place.textContent = conversation.phrase("customer");
  customerOver = setTimeout(() => place.replaceChildren(), CUSTOMER);
}

function tell() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  toldAt = Date.now();
  saidTyping = toldAt - typedAt < TYPING;
  const note = composer.isNote();
  socket.send(JSON.stringify({ conversation: conversation.openId(), typing: saidTyping, note }));
}

export function listen() {
  document.addEventListener("desk:viewing", () => {
    typedAt = 0;
    tell();
  });
  document.addEventListener("desk:typing", () => {
    typedAt = Date.now();
    if (!saidTyping) tell();
  });
  setInterval(() => {
    // Both who looks and who waits forget it after some seconds: say it again.
    if (saidTyping && Date.now() - Math.min(typedAt, toldAt) >= TYPING) tell();
  }, 1000);
  setInterval(tell, BEAT);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    queue.refresh();
    conversation.refresh().catch(() => {});
  });
}
