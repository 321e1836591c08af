// 0–9 are the scores, Shift+0 or 1 and 0 one after the other is ten; arrows go from number to number.

const PAIR_MS = 700;

export function listen(numbers: HTMLButtonElement[], allowed: () => boolean, choose: (score: number) => void): void {
  let one = 0;
  addEventListener("keydown", (event) => {
    if (!event.isTrusted || event.ctrlKey || event.metaKey || event.altKey || !allowed()) return;
    const target = event.target as HTMLElement;
    const at = numbers.indexOf(target as HTMLButtonElement);
    if (at >= 0 && arrow(numbers, at, event)) return;
    if (target.closest("textarea, input, select")) return;
    const digit = digitOf(event);
    if (digit < 0) return;
    event.preventDefault();
    clearTimeout(one);
    if (digit === 0 && one) digitDone(10);
    else if (digit === 1) one = window.setTimeout(() => digitDone(1), PAIR_MS);
    else digitDone(digit);
  });

  function digitDone(score: number): void {
    one = 0;
    choose(score);
    numbers[score]?.focus({ preventScroll: true });
  }
}

function digitOf(event: KeyboardEvent): number {
  if (/^[0-9]$/.test(event.key)) return Number(event.key);
  if (/^[٠-٩۰-۹]$/.test(event.key)) return event.key.charCodeAt(0) & 15;
  return event.shiftKey && event.code === "Digit0" ? 10 : -1;
}

function arrow(numbers: HTMLButtonElement[], at: number, event: KeyboardEvent): boolean {
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: -1, ArrowUp: 1, ArrowDown: -1, [forward]: 1 };
  const to = event.key === "Home" ? 0 : event.key === "End" ? numbers.length - 1 : at + (steps[event.key] ?? NaN);
  if (Number.isNaN(to)) return false;
  event.preventDefault();
  numbers[Math.min(numbers.length - 1, Math.max(0, to))]?.focus();
  return true;
}
