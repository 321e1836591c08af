// Beside a list there is room for one of its entries: on a wide screen a press shows it there.
type Htmx = typeof import("htmx.org").default;
const WIDE = "(min-width: 1081px)";

export function split(htmx: Htmx): void {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const item = (event.target as Element).closest<HTMLAnchorElement>("[data-split] [data-item]");
    if (!item || !matchMedia(WIDE).matches) return;
    event.preventDefault();
    for (const other of document.querySelectorAll("[data-item][aria-current]")) other.removeAttribute("aria-current");
    item.setAttribute("aria-current", "true");
    void htmx.ajax("get", item.href, { target: "#detail", swap: "innerHTML show:none" });
  });
}
