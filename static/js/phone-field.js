// A mobile number while it is typed: 138 2650 7719, the caret stays where the person put it.
// Full-width digits count; the invisible direction marks that address books copy along don't.
const tidy = (text) => text.normalize("NFKC").replace(/[\p{Cf}]/gu, "");
const digitsOf = (text) => tidy(text).replace(/\D/g, "");

function group(text) {
  const typed = digitsOf(text);
  const digits = (typed.length > 11 ? typed.replace(/^(?:00)?86/, "") : typed).slice(0, 11);
  return [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7)].filter(Boolean).join(" ");
}

function format(input) {
  const before = digitsOf(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  const grouped = group(input.value);
  if (grouped === input.value) return;
  input.value = grouped;
  let at = 0;
  for (let seen = 0; at < grouped.length && seen < before; at++) {
    if (/\d/.test(grouped[at])) seen++;
  }
  if (document.activeElement === input) input.setSelectionRange(at, at);
}

document.addEventListener(
  "input",
  (event) => {
    // A sign that is no digit nor separator is left for the server to refuse with a message.
    if (event.isComposing || !event.target.matches?.("[data-phone]")) return;
    if (!/[^\d\s+\-.()\u2010-\u2015\u2212]/.test(tidy(event.target.value))) {
      format(event.target);
    }
  },
  true,
);

document.addEventListener("click", (event) => {
  const fill = event.target.closest("[data-fill]");
  const clear = event.target.closest("[data-clear]");
  const input = fill
    ? document.querySelector(fill.dataset.fill)
    : clear?.closest(".control-group").querySelector("input");
  if (!input) return;
  // A link works before this does: it loads the page anew with the value.
  if (fill?.matches("a")) event.preventDefault();
  const value = fill ? (fill.value ?? fill.dataset.value) : "";
  input.value = fill && input.matches("[data-phone]") ? group(value) : value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  if (clear) input.focus();
});
