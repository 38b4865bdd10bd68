/* Files that go with a reply: chosen, pasted or dropped. The file input itself holds them. */

const MOST = 5;
const LARGEST = 10 * 1024 * 1024;
const TOGETHER = 25 * 1024 * 1024;

const input = () => document.getElementById("file");
const phrase = (name) => document.getElementById("phrases").content.getElementById(`phrase-${name}`).textContent;
const refuse = (kind) => document.dispatchEvent(new CustomEvent("desk:refused", { detail: kind }));

let held = [];

export const files = () => held;

export function settle() {
  held = [];
  // A browser that comes back to the page may bring its choice along.
  if (input()?.files.length) hold([...input().files]);
  // What is chosen in a picker would replace what was there.
  input()?.addEventListener("change", () => add([...input().files]));
  document.getElementById("attach-off")?.addEventListener("click", () => refuse("files_off"));
  document.getElementById("text").addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    // Office programs put a picture of the text beside the text.
    if (!pasted.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    add(pasted);
  });
}

export function add(more) {
  const all = [...held, ...more];
  const reply = document.getElementById("mode-reply");
  if (!input()) refuse("files_off");
  else if (reply.disabled) refuse("theirs");
  else if (all.length > MOST) refuse("files_many");
  else if (all.some((one) => one.size > LARGEST)) refuse("file_large");
  else if (all.reduce((sum, one) => sum + one.size, 0) > TOGETHER) refuse("file_large");
  else {
    // Colleagues' notes carry none.
    reply.checked = true;
    return hold(all);
  }
  hold(held);
}

/* Let go of what was sent; what was added meanwhile stays. */
export function drop(sent) {
  hold(held.filter((one) => !sent.includes(one)));
}

function hold(all) {
  held = all;
  if (!input()) return;
  const transfer = new DataTransfer();
  for (const one of held) transfer.items.add(one);
  input().files = transfer.files;
  document.getElementById("text").required = !held.length;
  document.getElementById("tray").replaceChildren(...held.map(item));
}

function item(file) {
  const made = document.createElement("li");
  const name = document.createElement("bdi");
  name.textContent = file.name;
  const size = document.createElement("span");
  size.className = "soft";
  size.textContent = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} kB` : `${(file.size / 1e6).toFixed(1)} MB`;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "×";
  remove.setAttribute("aria-label", `${phrase("remove")} ${file.name}`);
  remove.addEventListener("click", () => {
    drop([file]);
    input().focus();
  });
  made.append(name, size, remove);
  return made;
}

const carries = (event) => event.dataTransfer?.types.includes("Files");

/* Without this, a file that misses the box would replace the page, draft and all. */
export function listen(pane) {
  const mark = (on) => document.getElementById("composer")?.classList.toggle("dropping", on);
  pane.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    mark(true);
  });
  pane.addEventListener("dragleave", (event) => pane.contains(event.relatedTarget) || mark(false));
  pane.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    mark(false);
    if (document.getElementById("composer")) add([...event.dataTransfer.files]);
  });
}
