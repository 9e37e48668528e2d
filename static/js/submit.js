// One press, one order: a form that is on its way can't be sent again. The server's idempotency
// is what guarantees it; this only keeps people from wondering.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  // A download leaves the page as it is: it can be asked for again, and so can the next one.
  if (event.submitter?.hasAttribute("data-repeatable")) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "true";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Coming back with the browser's back button restores the page as it was left.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    document.querySelector(`[form="${form.id}"][aria-busy]`)?.removeAttribute("aria-busy");
  }
});
