// A list under the fingers: "/" goes to the page's search field; from there the arrows walk the rows
// (the [data-row] links of the element that data-list-keys names), Enter opens, Escape goes back.
const field = () =>
  document.querySelector("main [data-list-keys] input[type=search], main [role=search] input[type=search]") ??
  document.querySelector(".topbar-search input[type=search]");
const isTyping = (target) => target.matches?.("input, textarea, select, [contenteditable]");

function rowsFor(form) {
  const list = document.querySelector(form?.dataset.listKeys ?? "[data-rows]");
  return list ? [...list.querySelectorAll("a[data-row]")] : [];
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const { key, target } = event;
  if (key === "/" && !isTyping(target)) {
    const input = field();
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.select();
    return;
  }
  const form = document.querySelector("[data-list-keys]");
  const isField = form && target.matches?.("input[type=search]") && form.contains(target);
  const isRow = form && target.matches?.("a[data-row]");
  if (!isField && !isRow) return;
  const rows = rowsFor(form);
  const at = rows.indexOf(target);
  if (key === "ArrowDown" && rows[at + 1]) rows[at + 1].focus();
  else if (key === "ArrowUp" && isRow) (rows[at - 1] ?? field()).focus();
  else if (key === "Escape" && isRow) field().focus();
  else return;
  event.preventDefault();
});
