/* Fetches parts of pages and puts them into the page that is open, changing only what changed. */

export class Refused extends Error {
  constructor(status) {
    super(`refused: ${status}`);
    this.status = status;
  }
}

export async function get(url, { live = false } = {}) {
  const headers = { "X-Fragment": "1", ...(live && { "X-Live": "1" }) };
  return answered(await fetch(url, { headers, redirect: "error" }));
}

export async function post(form, fields) {
  const headers = { "X-Fragment": "1" };
  // A form's property of that name is the field "action" where it has one.
  return answered(await fetch(form.getAttribute("action"), { method: "POST", headers, body: fields }));
}

/* A refusal may carry a fragment too: the conversation as it is now, and what went wrong. */
async function answered(response) {
  if (response.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok && !page.getElementById("alert")) throw new Refused(response.status);
  return { ok: response.ok, body: page.body };
}

const made = new WeakMap();

/* Make *list* hold the items of *wanted*, keeping every item whose source is the same. */
export function syncList(list, wanted) {
  const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
  let place = list.firstElementChild;
  for (const item of [...wanted.children]) {
    const known = old.get(item.dataset.key);
    const source = item.outerHTML;
    old.delete(item.dataset.key);
    if (known && (made.get(known) ?? known.outerHTML) === source) {
      if (known === place) place = place.nextElementSibling;
      else list.insertBefore(known, place);
      continue;
    }
    made.set(item, source);
    if (known === place && known) place = place.nextElementSibling;
    known?.remove();
    list.insertBefore(item, place);
  }
  for (const item of old.values()) item.remove();
}

/* Swap the children of *element*; focus, caret and scroll stay where they were. */
export function swap(element, ...children) {
  const active = document.activeElement;
  const focused = element.contains(active) ? active.id : null;
  const typed = focused && active.matches("input") ? active.value : null;
  const scroll = element.querySelector(".rows")?.scrollTop;
  element.replaceChildren(...children);
  if (scroll) element.querySelector(".rows")?.scrollTo(0, scroll);
  const again = focused && document.getElementById(focused);
  if (!again) return;
  if (typed !== null) again.value = typed;
  again.focus({ preventScroll: true });
}
