// Tabs that do not fit beside each other scroll sideways: the one that is open is in view, without moving the page.
export function tabs(): void {
  for (const current of document.querySelectorAll<HTMLElement>(".tabs > [aria-current], .rooms > [aria-current]")) {
    const row = current.parentElement!;
    const [within, here] = [row.getBoundingClientRect(), current.getBoundingClientRect()];
    row.scrollLeft += here.left + here.width / 2 - (within.left + within.width / 2);
  }
}
