// The line to the server: keeps what is unsent, says it in order, and comes back by itself.
const GREETED_WITHIN = 5000;
const ANSWERED_WITHIN = 6000;
const PING_EVERY = 25000;
const SOCKET_AGAIN_AFTER = 300000;

export class Line {
  #base;
  #on;
  #identity;
  #introduce;
  #locale;
  #after = 0;
  #transmit = null;
  #inflight = null;
  #misses = 0;
  #tries = 0;
  #wake = () => {};
  #check = () => {};
  #answerBy = 0;

  // *state* is {token, outbox, read, at, user}; *on* hears frame, status, reset and save.
  constructor({ base, state, identity, locale, on }) {
    this.#base = base;
    this.#on = on;
    this.#identity = identity;
    this.#locale = locale;
    const fresh = { token: null, outbox: [], read: 0, at: 0, user: null };
    const kept = { ...fresh, ...state };
    // Somebody who was known by name used this browser before: nothing of theirs is shown or sent.
    this.state = kept.user && kept.user !== this.#user ? fresh : kept;
    this.#introduce = Boolean(this.#user && this.state.token && this.state.user !== this.#user);
    if (this.state === fresh) this.#save();
    addEventListener("online", () => this.#nudge());
    document.addEventListener("visibilitychange", () => document.hidden || this.#nudge());
    this.#run();
  }

  say(item) {
    this.state.outbox.push(item);
    this.#save();
    this.#nudge();
    this.#flush();
  }

  // Another tab of this visitor began the session.
  adopt(token) {
    if (this.state.token || !token) return;
    this.state.token = token;
    this.#nudge();
  }

  hint(frame) {
    if (this.#transmit) this.#transmit(frame);
  }

  saw(seq) {
    if (seq <= this.state.read) return;
    this.state.read = seq;
    this.#save();
    this.hint({ t: "read", seq });
  }

  async forget() {
    const deleted = this.state.token;
    const answer = await this.#fetch("session", { method: "DELETE" });
    if (!answer.ok && answer.status !== 401) throw new Error("kept");
    // The line may have told it first, and the visitor may be talking anew.
    if (this.state.token === deleted) this.#lost();
  }

  async #run() {
    for (;;) {
      if (!this.state.token && !this.state.outbox.length) {
        await this.#pause(1e9);
        // Woken does not mean that there is something to say.
        continue;
      }
      try {
        if (!this.state.token || this.#introduce) await this.#begin();
        if (this.#misses < 2) await this.#socket();
        else {
          await this.#poll();
          continue;
        }
      } catch {}
      this.#transmit = null;
      this.#settled();
      if (!this.state.token && !this.state.outbox.length) continue;
      this.#on.status("offline");
      // Everybody lost the line at once when a server restarts: do not come back at once.
      const longest = this.#tries < 15 ? 3000 : 30000;
      await this.#pause(Math.min(longest, 250 * 2 ** this.#tries++) * (0.5 + Math.random() / 2));
    }
  }

  async #begin() {
    const before = this.state.token;
    const ask = (identity) =>
      this.#fetch("session", {
        method: "POST",
        body: JSON.stringify({ locale: this.#locale, identity, token: before }),
      });
    let [answer, user] = [await ask(this.#identity), this.#user];
    // A wrong signature must not silence the visitor: go on as nobody in particular.
    if (answer.status === 403 && this.#identity) [answer, user] = [await ask(null), null];
    if (!answer.ok) throw new Error("no session");
    const { token } = await answer.json();
    this.#introduce = false;
    if (before && token !== before) {
      // The earlier chat is somebody else's.
      this.state = { token, outbox: [], read: 0, at: 0, user };
      this.#on.reset([]);
    }
    this.state.token = token;
    this.state.user = user;
    this.#after = 0;
    this.#save();
  }

  get #user() {
    return this.#identity ? this.#identity.user_id : null;
  }

  #socket() {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(location.origin.replace(/^http/, "ws") + this.#base + "/ws");
      let deadline = setTimeout(() => ws.close(), GREETED_WITHIN);
      let greeted = false;
      const send = (frame) => ws.readyState === 1 && ws.send(JSON.stringify(frame));
      const ping = () => {
        send({ t: "ping" });
        clearTimeout(deadline);
        deadline = setTimeout(gone, ANSWERED_WITHIN);
      };
      const pings = setInterval(ping, PING_EVERY);
      // A dead network does not even close: do not wait for it.
      const gone = () => {
        ws.onmessage = ws.onclose = null;
        ws.close();
        clearTimeout(deadline);
        clearInterval(pings);
        this.#check = () => {};
        if (!greeted) this.#misses++;
        (greeted ? resolve : reject)();
      };
      ws.onopen = () => send({ t: "hello", token: this.state.token, after: this.#after });
      ws.onclose = gone;
      ws.onmessage = (event) => {
        clearTimeout(deadline);
        const frame = JSON.parse(event.data);
        if (frame.t === "ready") {
          greeted = true;
          this.#misses = 0;
          this.#transmit = send;
          this.#check = ping;
          this.#abandon = gone;
        }
        this.#hear(frame);
      };
    });
  }

  async #poll() {
    const until = Date.now() + SOCKET_AGAIN_AFTER;
    let wait = 0;
    // Next time a socket gets another chance, and if that fails it is our turn again.
    this.#misses = 1;
    while (Date.now() < until) {
      const answer = await this.#fetch(`events?after=${this.#after}&wait=${wait}`, {}, wait + 10);
      if (answer.status === 401) return this.#lost();
      if (!answer.ok) throw new Error("no events");
      const { seq, frames } = await answer.json();
      this.#transmit = (frame) => this.#post(frame);
      this.#abandon = () => {};
      this.#hear({ t: "ready", seq });
      frames.forEach((frame) => this.#hear(frame));
      wait = 25;
    }
  }

  async #post(frame) {
    try {
      const answer = await this.#fetch("messages", { method: "POST", body: JSON.stringify(frame) }, 10);
      this.#hear({ cid: frame.cid, ...(await answer.json()) });
    } catch {
      if (frame.cid) this.#later(frame.cid, 2);
    }
  }

  #abandon = () => {};

  #hear(frame) {
    switch (frame.t) {
      case "ready":
        this.#tries = 0;
        if (frame.seq < this.#after) this.#after = 0;
        this.#on.status("online");
        this.#on.frame(frame);
        this.#flush();
        break;
      case "msg":
        if (frame.seq <= this.#after) return;
        this.#after = frame.seq;
        this.state.at = Date.now();
        this.#sent(frame.mid);
        this.#on.frame(frame);
        break;
      case "ack":
        this.#on.frame(frame);
        this.#sent(frame.cid);
        break;
      case "err":
        this.#refused(frame);
        break;
      case "typing":
      case "handoff":
        this.#on.frame(frame);
    }
  }

  #refused({ code, cid, retry_after }) {
    if (code === "session") this.#lost();
    else if (cid && retry_after !== undefined) this.#later(cid, retry_after);
    else if (cid) {
      this.#on.frame({ t: "refused", cid, code });
      this.#sent(cid);
    }
  }

  #later(cid, seconds) {
    if (this.#inflight !== cid) return;
    clearTimeout(this.#answerBy);
    this.#answerBy = setTimeout(() => {
      this.#inflight = null;
      this.#flush();
    }, seconds * 1000 + 50);
  }

  // One at a time, so that resends cannot change the order.
  #flush() {
    const next = this.state.outbox[0];
    if (!next || this.#inflight || !this.#transmit) return;
    this.#inflight = next.cid;
    this.#answerBy = setTimeout(() => this.#abandon(), ANSWERED_WITHIN);
    this.#transmit(next);
  }

  #sent(cid) {
    const before = this.state.outbox.length;
    this.state.outbox = this.state.outbox.filter((item) => item.cid !== cid);
    if (this.#inflight === cid) this.#settled();
    if (this.state.outbox.length < before) this.state.at = Date.now();
    this.#save();
    this.#flush();
  }

  #settled() {
    clearTimeout(this.#answerBy);
    this.#inflight = null;
  }

  #lost() {
    this.state = { ...this.state, token: null, read: 0, at: 0, user: null };
    this.#after = 0;
    this.#transmit = null;
    this.#settled();
    this.#save();
    this.#on.reset(this.state.outbox);
    this.#abandon();
    this.#nudge();
  }

  #save() {
    this.#on.save(this.state.token || this.state.outbox.length ? this.state : null);
  }

  #nudge() {
    this.#check();
    this.#wake();
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
      this.#wake = () => (clearTimeout(timer), resolve());
    });
  }

  #fetch(path, options = {}, seconds = 10) {
    const headers = { "Content-Type": "application/json" };
    if (this.state.token) headers.Authorization = `Bearer ${this.state.token}`;
    const signal = AbortSignal.timeout(seconds * 1000);
    return fetch(`${this.#base}/${path}`, { headers, credentials: "omit", cache: "no-store", signal, ...options });
  }
}
