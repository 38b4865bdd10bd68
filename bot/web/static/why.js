/* The drawer that explains a decision: opens on a link, closes with Escape, gives the focus back. */

import { get } from "./fragments.js";

const drawer = document.getElementById("drawer");
const body = document.getElementById("drawer-body");

let from = null;

export async function open(link) {
  const { body: page } = await get(link.href);
  body.replaceChildren(...page.children);
  from = link.id || link.href;
  if (!drawer.open) drawer.showModal();
  body.focus();
}

/* The list behind may have been drawn anew meanwhile. */
function back() {
  const link = [...document.querySelectorAll("a.why-link")].find((one) => (one.id || one.href) === from);
  link?.focus();
}

export function listen() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.why-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link).catch(() => location.assign(link.href));
  });
  drawer.addEventListener("close", back);
  // A press beside the drawer closes it.
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
}
