// Light or dark. The choice is a cookie, so that the server writes it into the page and nothing flashes.
const YEAR = 60 * 60 * 24 * 365;

export function theme(): void {
  const form = document.querySelector<HTMLFormElement>("[data-theme-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    toggle();
  });
}

export function toggle(): void {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const next = dark ? "light" : "dark";
  root.dataset.theme = next;
  document.cookie = `theme=${next}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
