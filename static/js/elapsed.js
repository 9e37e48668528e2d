// Clocks of an order: data-until counts down, data-since counts up, both to and from an ISO time.
// Without script the server's sentence stays as it is.
const two = (number) => String(number).padStart(2, "0");
const clock = (seconds) =>
  seconds >= 3600
    ? `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
    : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;

function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-until]")) {
    element.textContent = clock(Math.max(0, Math.round((Date.parse(element.dataset.until) - now) / 1000)));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = clock(Math.max(0, Math.round((now - Date.parse(element.dataset.since)) / 1000)));
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
