// A screen that many use: whoever walks away leaves it ready for the next one.

const IDLE_MS = 25_000;
const THANKS_MS = 6_000;

interface Screen {
  busy: () => boolean;
  done: () => boolean;
  finish: () => void;
  reset: () => void;
}

export function rest(page: HTMLElement, screen: Screen): void {
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    if (screen.done()) timer = window.setTimeout(screen.reset, THANKS_MS);
    else if (screen.busy()) timer = window.setTimeout(screen.finish, IDLE_MS);
  };
  for (const type of ["pointerdown", "keydown", "input"]) addEventListener(type, wait, true);
  new MutationObserver(wait).observe(page, { attributeFilter: ["data-phase"] });
}
