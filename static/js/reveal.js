// Show and hide: a password while typing, a card code on the page.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show-password], [data-reveal]");
  if (!button) return;
  const shown = button.toggleAttribute("data-toggled");
  button.setAttribute("aria-pressed", String(shown));
  if (button.hasAttribute("data-show-password")) {
    const input = button.closest(".control-group").querySelector("input");
    input.type = shown ? "text" : "password";
    input.focus();
  } else {
    // data-reveal="#list" shows all codes of a list, a bare one the code it stands in.
    const scope = button.dataset.reveal
      ? document.querySelectorAll(`${button.dataset.reveal} .code`)
      : [button.closest(".code")];
    for (const code of scope) code.toggleAttribute("data-masked", !shown);
  }
});
