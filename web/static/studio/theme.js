// Runs before the page is drawn: the system's colours unless a person chose others, and the
// browser's time zone for the server to write times in.
(() => {
  const root = document.documentElement;
  const chosen = root.hasAttribute("data-bs-theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  if (!chosen) {
    follow();
    dark.addEventListener("change", follow);
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `zone=${zone}; path=/; max-age=31536000; SameSite=Lax`;
})();
