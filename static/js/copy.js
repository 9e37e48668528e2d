// data-copy="text" copies that text; data-copy-codes="#list" copies every data-code inside, one a line.
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard interface (plain http, an embedded browser): the old way.
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "sr-only";
    // Inside an open dialog only the dialog's own descendants can be selected.
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-codes]");
  if (!button) return;
  const list = button.dataset.copyCodes && document.querySelector(button.dataset.copyCodes);
  const text = list
    ? [...list.querySelectorAll("[data-code]")].map((row) => row.dataset.code).join("\n")
    : button.dataset.copy;
  if (!(await write(text))) return;
  button.dataset.copied = "";
  button.setAttribute("aria-live", "polite");
  clearTimeout(button.copyTimer);
  button.copyTimer = setTimeout(() => delete button.dataset.copied, 2000);
});
