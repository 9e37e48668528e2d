// Light or dark at once, without a page load; the server reads the same cookie on the next one.
const root = document.documentElement;
const isDark = () =>
  root.dataset.theme === "dark" ||
  (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const button = event.submitter;
  const theme =
    button && !button.hasAttribute("data-theme-toggle") ? button.value : isDark() ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  root.dataset.theme = theme;
  for (const choice of document.querySelectorAll("[data-theme-form] [aria-pressed]")) {
    choice.setAttribute("aria-pressed", String(choice.value === theme));
  }
});
