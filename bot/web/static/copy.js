/* Copies the text that a button names. Without this script people select it themselves. */

const told = document.getElementById("copied");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const done = await copied(source.textContent);
  if (!done) getSelection().selectAllChildren(source);
  told.textContent = done ? told.dataset.yes : told.dataset.no;
  button.dataset.done = done ? told.dataset.yes : told.dataset.no;
});

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or no TLS: there is no clipboard at all then.
    return false;
  }
}
