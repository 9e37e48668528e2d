// Proposals below a search field: the arrows walk them, Escape puts them away.
const boxOf = (target) => target.closest?.("[data-search-box]");

document.addEventListener("keydown", (event) => {
  const box = boxOf(event.target);
  if (!box || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const field = box.querySelector("input[type=search]");
  const links = [...box.querySelectorAll(".suggestions a")];
  const at = links.indexOf(event.target);
  if (event.key === "ArrowDown" && links[at + 1]) links[at + 1].focus();
  else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] ?? field).focus();
  else if (event.key === "Escape") {
    box.querySelector(".suggestions").replaceChildren();
    field.focus();
  } else return;
  event.preventDefault();
});
