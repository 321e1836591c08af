// Keys: g and a letter goes to a page, j and k walk a list, Enter opens, / searches, Escape leaves it, ? explains.
import { dialog } from "./popovers";
import { toggle } from "./theme";

const WITHIN_MS = 1200;
let goSince = 0;

export function shortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target instanceof HTMLElement && event.target.matches("[data-search]")) {
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (handled(event.key)) event.preventDefault();
  });
}

function handled(key: string): boolean {
  if (Date.now() - goSince < WITHIN_MS) {
    goSince = 0;
    const link = document.querySelector<HTMLAnchorElement>(`[data-go="${CSS.escape(key)}"]`);
    link?.click();
    return link !== null;
  }
  switch (key) {
    case "g":
      goSince = Date.now();
      return true;
    case "?":
      dialog("shortcuts")?.showModal();
      return true;
    case "t":
      toggle();
      return true;
    case "/": {
      const search = document.querySelector<HTMLInputElement>("[data-search]");
      search?.focus();
      search?.select();
      return search !== null;
    }
    case "j":
      return step(1);
    case "k":
      return step(-1);
    default: {
      const button = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
      button?.click();
      return button !== null;
    }
  }
}

/** Move the focus along the list's links; the list is what carries data-list. */
function step(by: number): boolean {
  const items = [...document.querySelectorAll<HTMLElement>("[data-list] [data-item]")];
  if (!items.length) return false;
  const now = items.findIndex((item) => item.contains(document.activeElement));
  const next = now < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(now + by, 0), items.length - 1);
  items[next]?.focus();
  items[next]?.scrollIntoView({ block: "nearest" });
  return true;
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"))
  );
}
