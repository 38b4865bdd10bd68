// The chat's page inside the frame: shows what was said and takes what the visitor says.
import { Line } from "./line.js";
import { words } from "./words.js";

const page = document.documentElement;
const said = words(page.lang);
const host = decodeURIComponent(location.hash.slice(1));
const at = (id) => document.getElementById(id);
const log = at("log"), text = at("text"), quick = at("quick"), scroll = at("scroll");
const clock = new Intl.DateTimeFormat(page.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
const calendar = new Intl.DateTimeFormat(page.lang, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
const LINK = /https?:\/\/[^\s<>"'`{}|\\^「」『』【】《》（），。！？、；：]+/gi;
const OWN = /^\/files\/[\w-]{32}\/[a-z0-9.]+$/;
const HUMAN = "intent:human_request";

const shown = new Map();
let line = null;
let visible = false;
let state = null;
let history = 0;
let typedAt = 0;
let typingOver = 0;

dress();
addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== host) return;
  const told = event.data || {};
  if (told.type === "init" && !line) begin(told);
  else if (told.type === "shown") appear();
  else if (told.type === "hidden") visible = false;
  else if (told.type === "elsewhere" && line) line.adopt(told.token);
});
tell({ type: "ready" });

function begin({ state: kept, theme, identity }) {
  if (theme === "light" || theme === "dark") page.dataset.theme = theme;
  line = new Line({
    base: page.dataset.base,
    state: kept,
    identity,
    locale: page.lang,
    on: { frame: hear, status, reset, save: (kept) => tell({ type: "save", state: kept }) },
  });
  reset(line.state.outbox);
}

function appear() {
  visible = true;
  text.focus();
  scroll.scrollTop = scroll.scrollHeight;
  seen();
}

function hear(frame) {
  if (frame.t === "ready") history = frame.seq;
  else if (frame.t === "ack") acknowledged(frame);
  else if (frame.t === "refused") refused(frame);
  else if (frame.t === "typing") typing(true);
  else if (frame.t === "handoff") settle(frame.state);
  else if (frame.t === "msg") {
    if (frame.author !== "user") typing(false);
    // A screen reader must not read a whole history aloud.
    log.setAttribute("aria-live", frame.seq <= history && !shown.has(frame.mid) ? "off" : "polite");
    show(frame);
    seen();
  }
}

function show(frame) {
  const near = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const known = shown.get(frame.mid);
  if (known) known.box.remove();
  const box = element("div", { className: `said ${frame.author}` });
  const from = element("span", { className: "from", textContent: said[frame.author] ?? said.agent });
  const bubble = element("p", { className: "bubble" });
  for (const part of frame.parts) bubble.append(...(part.type === "text" ? linked(part.text) : attached(part)));
  const note = frame.ts ? element("time", { dateTime: frame.ts, textContent: when(frame.ts) }) : element("small", { textContent: frame.note });
  box.append(from, bubble, note);
  const entry = { ...frame, box };
  shown.set(frame.mid, entry);
  const next = [...shown.values()].filter((other) => rank(other) > rank(entry)).sort((a, b) => rank(a) - rank(b))[0];
  log.insertBefore(box, next ? next.box : null);
  regroup();
  offer();
  const follow = () => (scroll.scrollTop = scroll.scrollHeight);
  if (!near && frame.author !== "user") return;
  follow();
  // A picture takes its room only when it has come.
  for (const image of bubble.querySelectorAll("img")) image.addEventListener("load", follow);
}

// What is not yet stored stands at the end, in the order in which it was said.
function rank(entry) {
  return entry.seq ?? 1e15 + entry.turn;
}

function regroup() {
  let earlier = null;
  for (const box of log.children) {
    box.classList.toggle("same", earlier?.className.split(" ")[1] === box.className.split(" ")[1]);
    earlier = box;
  }
}

function offer() {
  const last = log.lastElementChild;
  const entry = [...shown.values()].find((each) => each.box === last);
  quick.replaceChildren(
    ...(entry?.quick_replies ?? []).map(({ title, payload }) => {
      const button = element("button", { type: "button", textContent: title });
      button.addEventListener("click", () => (tap(payload, title), text.focus()));
      return button;
    }),
  );
}

function say(item, words) {
  const cid = identifier();
  show({ mid: cid, author: "user", parts: [{ type: "text", text: words }], note: said.sending, turn: shown.size });
  line.say({ ...item, cid });
}

function tap(payload, title) {
  say({ t: "postback", payload, title }, title);
}

function acknowledged({ cid, seq, ts }) {
  const entry = shown.get(cid);
  if (entry && entry.seq === undefined) show({ mid: cid, author: "user", parts: entry.parts, seq, ts });
}

function refused({ cid, code }) {
  const entry = shown.get(cid);
  if (!entry) return;
  entry.box.classList.add("failed");
  entry.box.lastChild.textContent = code === "too_long" ? said.too_long : said.refused;
}

function reset(outbox) {
  shown.clear();
  log.replaceChildren();
  quick.replaceChildren();
  settle(null);
  typing(false);
  at("line").hidden = true;
  for (const { cid, text, title } of outbox)
    show({ mid: cid, author: "user", parts: [{ type: "text", text: text ?? title }], note: said.sending, turn: shown.size });
  seen();
}

function settle(now) {
  state = now;
  at("state").textContent = said.states[state] ?? said.states.bot;
  at("human").hidden = state === "waiting" || state === "agent";
}

function status(now) {
  at("line").hidden = now === "online";
}

function typing(on) {
  clearTimeout(typingOver);
  at("typing").hidden = !on;
  if (on) {
    typingOver = setTimeout(() => typing(false), 6000);
    scroll.scrollTop = scroll.scrollHeight;
  }
}

function seen() {
  if (!line) return;
  const theirs = [...shown.values()].filter((entry) => entry.author !== "user" && entry.seq);
  if (visible && !document.hidden && theirs.length) line.saw(Math.max(...theirs.map((entry) => entry.seq)));
  tell({ type: "unread", count: theirs.filter((entry) => entry.seq > line.state.read).length });
  at("more").hidden = !shown.size;
}

function send() {
  const typed = text.value.trim();
  if (!typed || !line) return;
  text.value = "";
  grow();
  say({ t: "msg", text: typed }, typed);
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
  at("send").disabled = !text.value.trim();
}

function dress() {
  page.style.setProperty("--accent", page.dataset.accent);
  at("welcome").textContent = said.welcome(page.dataset.brand);
  at("line").textContent = said.offline;
  at("typing").lastElementChild.textContent = said.typing;
  at("human").lastElementChild.textContent = said.human;
  document.querySelector("label").textContent = text.placeholder = said.placeholder;
  log.setAttribute("aria-label", said.log);
  scroll.setAttribute("aria-label", said.log);
  quick.setAttribute("aria-label", said.quick);
  for (const [id, name] of [["send", said.send], ["close", said.close], ["more", said.remove]]) {
    at(id).setAttribute("aria-label", name);
    at(id).title = name;
  }
  const sure = at("sure");
  sure.querySelector("h2").textContent = said.sure.title;
  sure.querySelector("p").textContent = said.sure.body;
  const [no, yes] = sure.querySelectorAll("button");
  no.textContent = said.sure.no;
  yes.textContent = said.sure.yes;
  settle(null);
  grow();
}

text.addEventListener("keydown", (event) => {
  // While an input method composes, Enter picks a character.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  send();
});
text.addEventListener("input", () => {
  grow();
  if (!line || Date.now() - typedAt < 3000) return;
  typedAt = Date.now();
  line.hint({ t: "typing" });
});
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
  text.focus();
});
at("human").addEventListener("click", () => {
  at("human").hidden = true;
  tap(HUMAN, said.human);
  text.focus();
});
at("close").addEventListener("click", () => tell({ type: "close" }));
at("more").addEventListener("click", () => at("sure").showModal());
at("sure").addEventListener("close", async () => {
  if (at("sure").returnValue !== "yes") return;
  at("sure").returnValue = "";
  try {
    await line.forget();
  } catch {
    at("state").textContent = said.kept;
  }
  text.focus();
});
document.addEventListener("visibilitychange", seen);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !at("sure").open) tell({ type: "close" });
});

// Only text nodes and checked links are ever made from what others wrote.
function linked(words) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, index } of words.matchAll(LINK)) {
    const address = found.replace(/[.,!?;:)\]*_]+$/, "");
    if (!URL.canParse(address)) continue;
    nodes.push(words.slice(end, index));
    nodes.push(element("a", { href: address, textContent: address, target: "_blank", rel: "noopener noreferrer nofollow" }));
    end = index + address.length;
  }
  nodes.push(words.slice(end));
  return nodes;
}

// Only what lies with us is shown; the server makes a link in words of everything else.
function attached({ type, url, title }) {
  if (!OWN.test(url)) return [];
  const link = element("a", { href: url, target: "_blank", rel: "noopener noreferrer", className: "file" });
  if (type === "image") link.append(element("img", { src: url, alt: title ?? "" }));
  else link.textContent = `📎 ${title ?? ""}`;
  return [link];
}

function when(ts) {
  const moment = new Date(ts);
  const today = moment.toDateString() === new Date().toDateString();
  return (today ? clock : calendar).format(moment);
}

function identifier() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages without TLS lack randomUUID.
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function tell(message) {
  if (host) parent.postMessage(message, host);
}
