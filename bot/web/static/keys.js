/* One-letter shortcuts, silent while somebody writes, and able to be switched off. */

import * as composer from "./composer.js";
import * as queue from "./queue.js";

const help = document.getElementById("help");
const letters = document.getElementById("letters");
const press = (id) => document.getElementById(id)?.click();

const keys = (show) => ({
  j: () => queue.move(1, show),
  k: () => queue.move(-1, show),
  t: () => press("act-take"),
  r: () => composer.write("reply"),
  n: () => composer.write("note"),
  e: () => press("act-close"),
  // The newest message of the customer; Tab leads to the others.
  w: () => [...document.querySelectorAll("#lines a.why-link")].at(-1)?.click(),
  "/": () => document.getElementById("search").focus(),
  "?": () => help.showModal(),
});

export function listen(show) {
  const does = keys(show);
  letters.checked = localStorage.getItem("letters") !== "off";
  letters.addEventListener("change", () => localStorage.setItem("letters", letters.checked ? "on" : "off"));
  document.getElementById("help-button").addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select, dialog");
    const busy = event.isComposing || event.ctrlKey || event.metaKey || event.altKey;
    if (event.key === "Escape" && event.target.matches("#search")) event.target.blur();
    if (writing || busy || !letters.checked || !(event.key in does)) return;
    event.preventDefault();
    does[event.key]();
  });
}
