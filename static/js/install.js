// The shop's service worker: it only serves a page for when there is no network.
if ("serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register("/worker.js", { scope: "/" }).catch(() => {}));
}
