// When to ask: after a while, and then, if so told, once the visitor has scrolled so far or is about to leave.
import type { Tag } from "./config";

export function whenDue(tag: Tag, ask: () => void): void {
  setTimeout(() => {
    const further: ((go: () => void) => void)[] = [];
    if (tag.scroll !== null) further.push((go) => onScroll(tag.scroll!, go));
    if (tag.exit) further.push(onExit);
    if (!further.length) return ask();
    let done = false;
    const once = (): void => {
      if (!done) {
        done = true;
        ask();
      }
    };
    for (const wait of further) wait(once);
  }, tag.delay * 1000);
}

function onScroll(percent: number, go: () => void): void {
  const look = (): void => {
    const page = document.documentElement;
    const room = page.scrollHeight - innerHeight;
    if (room <= 0 || (100 * scrollY) / room >= percent) {
      removeEventListener("scroll", look);
      go();
    }
  };
  addEventListener("scroll", look, { passive: true });
  look();
}

/** The pointer leaves through the top, or the page is left on a phone and come back to. */
function onExit(go: () => void): void {
  document.documentElement.addEventListener("mouseleave", (event) => {
    if (event.clientY <= 0) go();
  });
  let away = false;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") away = true;
    else if (away) go();
  });
}
