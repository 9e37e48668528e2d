// Dialogs, questions before a form is sent, and messages that can be put away.
// A form with data-confirm="…" asks first; without script it is sent straight away, so the server
// must be safe either way.
const confirmed = new WeakSet();

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || confirmed.delete(form)) return;
    const dialog = document.getElementById("confirm");
    if (!dialog?.showModal) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    const ok = dialog.querySelector("[data-confirm-ok]");
    dialog.querySelector("[data-confirm-text]").textContent = question;
    ok.textContent = submitter?.dataset.confirmOk ?? form.dataset.confirmOk ?? ok.dataset.default;
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return;
        confirmed.add(form);
        form.requestSubmit(submitter);
      },
      { once: true },
    );
    dialog.showModal();
  },
  true, // before htmx and the other scripts hear of it
);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  event.target.closest("[data-dismiss]")?.parentElement.remove();
  // A click on the backdrop lands on the dialog itself.
  if (event.target instanceof HTMLDialogElement) event.target.close("no");
});
