// The launcher: one button, and a sandboxed frame once it is wanted. It keeps what the frame must remember.
(() => {
  const script = document.currentScript;
  if (!script || document.querySelector("antiphon-chat")) return;

  const frameUrl = new URL("frame", script.src);
  const home = frameUrl.origin;
  const place = "antiphon:" + frameUrl.pathname;
  const options = script.dataset;
  const chinese = (options.lang || navigator.language || "").toLowerCase().startsWith("zh");
  const words = chinese
    ? { open: "開啟線上客服", close: "關閉線上客服", frame: "線上客服", unread: (n) => `，${n} 則未讀訊息` }
    : { open: "Open chat", close: "Close chat", frame: "Chat with us", unread: (n) => `, ${n} unread` };
  const RECENT = 24 * 3600 * 1000;

  const css = `
:host { all: initial; }
button, iframe { position: fixed; right: 1rem; right: max(1rem, env(safe-area-inset-right)); border: 0; z-index: 2147483000; }
button { bottom: 1rem; bottom: max(1rem, env(safe-area-inset-bottom)); inline-size: 3.5rem; block-size: 3.5rem; padding: 0; border-radius: 50%;
  background: var(--accent); color: #fff; cursor: pointer; box-shadow: 0 1px 2px #0003, 0 6px 20px #0004; transition: transform .15s, box-shadow .15s; }
button:hover { transform: translateY(-2px); box-shadow: 0 2px 4px #0003, 0 10px 26px #0005; }
button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px var(--accent); }
svg { inline-size: 1.6rem; block-size: 1.6rem; display: block; margin: auto; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
b { position: absolute; top: -.2rem; right: -.2rem; min-inline-size: 1.3rem; box-sizing: border-box; padding: 0 .3rem; border-radius: 1rem;
  background: #c4001a; color: #fff; font: 700 .8rem/1.3rem system-ui, sans-serif; text-align: center; border: 2px solid #fff; }
iframe { bottom: 5.5rem; inline-size: min(24rem, calc(100vw - 2rem)); block-size: min(40rem, calc(100vh - 7rem)); border-radius: 1rem;
  background: Canvas; box-shadow: 0 2px 6px #0002, 0 16px 48px #0004; color-scheme: normal; }
[hidden] { display: none; }
:host([data-side=left]) button, :host([data-side=left]) iframe { right: auto; left: 1rem; left: max(1rem, env(safe-area-inset-left)); }
@media (max-width: 30rem), (max-height: 26rem) {
  iframe { inset: 0; inline-size: 100%; block-size: 100%; block-size: 100dvh; border-radius: 0; }
  button[aria-expanded=true] { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  iframe.shown { animation: rise .18s ease-out; }
  @keyframes rise { from { opacity: 0; transform: translateY(.75rem); } }
}
@media (prefers-reduced-motion: reduce) { button { transition: none; } button:hover { transform: none; } }
@media print { button, iframe { display: none; } }`;

  const host = document.createElement("antiphon-chat");
  if (options.side === "left") host.dataset.side = "left";
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + `:host { --accent: ${/^#[0-9a-f]{6}$/i.test(options.color) ? options.color : "#0b6b5d"}; }`);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  const badge = document.createElement("b");
  const icon = drawing("M4 5h16v11H9l-5 4z");
  const arrow = drawing("m6 9 6 6 6-6");
  button.type = "button";
  button.append(icon, arrow, badge);
  root.append(button);

  let frame = null;
  let ready = false;
  let open = false;
  let unread = 0;
  paint();

  button.addEventListener("click", () => show(!open));
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) show(false);
  });
  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
    const told = event.data || {};
    if (told.type === "ready") {
      ready = true;
      tell({ type: "init", state: recall(), theme: options.theme, identity: identity() });
      if (open) tell({ type: "shown" });
    } else if (told.type === "save") remember(told.state);
    else if (told.type === "unread") (unread = Number(told.count) || 0), paint();
    else if (told.type === "close") show(false);
  });

  addEventListener("storage", (event) => {
    if (event.key === place) tell({ type: "elsewhere", token: (recall() || {}).token });
  });

  // Pages that swap their body (Turbo, pjax) leave the root element alone.
  document.documentElement.append(host);
  window.AntiphonChat = { open: () => show(true), close: () => show(false) };

  // A conversation under way goes on over the pages of a visit: its answers must reach the badge.
  const earlier = recall();
  if (earlier && earlier.at > Date.now() - RECENT) {
    const later = window.requestIdleCallback || setTimeout;
    const start = () => later(load);
    document.readyState === "complete" ? start() : addEventListener("load", start);
  }

  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    const language = chinese ? "zh-Hant" : "en";
    frameUrl.search = "?lang=" + language;
    frameUrl.hash = encodeURIComponent(location.origin);
    frame.title = words.frame;
    frame.hidden = true;
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox");
    frame.src = frameUrl.href;
    root.append(frame);
  }

  function show(wanted) {
    if (wanted === open) return;
    open = wanted;
    load();
    frame.hidden = !open;
    frame.classList.toggle("shown", open);
    paint();
    if (open) frame.focus();
    else button.focus();
    tell({ type: open ? "shown" : "hidden" });
  }

  function tell(message) {
    // Before it has said that it is there, the frame may still be an empty page of another origin.
    if (ready) frame.contentWindow.postMessage(message, home);
  }

  function paint() {
    icon.toggleAttribute("hidden", open);
    arrow.toggleAttribute("hidden", !open);
    badge.hidden = !unread || open;
    badge.textContent = unread > 9 ? "9+" : unread;
    button.setAttribute("aria-expanded", open);
    button.setAttribute("aria-label", (open ? words.close : words.open) + (unread && !open ? words.unread(unread) : ""));
  }

  function drawing(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function identity() {
    return options.userId && options.userHmac ? { user_id: options.userId, hmac: options.userHmac } : null;
  }

  // Private windows may refuse storage: then the chat lasts as long as the page.
  function recall() {
    try {
      return JSON.parse(localStorage.getItem(place));
    } catch {
      return null;
    }
  }

  function remember(state) {
    try {
      if (state) localStorage.setItem(place, JSON.stringify(state));
      else localStorage.removeItem(place);
    } catch {}
  }
})();
