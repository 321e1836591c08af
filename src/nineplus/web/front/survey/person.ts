// Is somebody there? Mail scanners open every link, some run scripts; none of them looks at a page and moves.

const LOOKED_AT_MS = 1_000; // visible at least so long before anything is saved unasked
const SETTLED_MS = 800; // after the last movement: whoever is on the way to a button presses it first
const MOVES = 6;

let visibleFor = 0;
let visibleSince = document.visibilityState === "visible" ? performance.now() : -1;
let moves = 0;
let pressed = false;

export function dwell(): number {
  return Math.round(visibleFor + (visibleSince < 0 ? 0 : performance.now() - visibleSince));
}

export function moved(): boolean {
  return pressed || moves >= MOVES;
}

export function isPerson(): boolean {
  return moved() && !navigator.webdriver && dwell() >= LOOKED_AT_MS;
}

export interface Signals {
  dwell_ms: number;
  how: "press" | "auto";
  moved: boolean;
  trap: boolean;
}

export function signals(how: Signals["how"]): Signals {
  const trap = document.querySelector<HTMLInputElement>("input[name=website]");
  return { dwell_ms: dwell(), how, moved: moved(), trap: !!trap?.value };
}

/** Call `seen` once the page was looked at for a while, and `there` whenever a person has moved and come to rest. */
export function watch(seen: () => void, there: () => void): void {
  let resting = 0;
  const notice = (event: Event) => {
    if (!event.isTrusted) return;
    if (event.type === "pointermove") moves += 1;
    else pressed = true;
    clearTimeout(resting);
    resting = window.setTimeout(() => isPerson() && there(), Math.max(SETTLED_MS, LOOKED_AT_MS - dwell()));
  };
  for (const type of ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"]) {
    addEventListener(type, notice, { passive: true, capture: true });
  }
  let looking = 0;
  const look = () => {
    clearTimeout(looking);
    if (document.visibilityState === "visible") {
      if (visibleSince < 0) visibleSince = performance.now();
      looking = window.setTimeout(() => !navigator.webdriver && seen(), Math.max(0, LOOKED_AT_MS - dwell()));
    } else if (visibleSince >= 0) {
      visibleFor = dwell();
      visibleSince = -1;
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
}
