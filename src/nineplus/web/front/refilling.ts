// A form that was refused comes back as it was typed, with the reason in it. Nothing secret is kept, and only until then.
const KEY = "refused";
const LONGEST = 60_000; // milliseconds from the press to the page that refuses

interface Typed {
  action: string;
  hidden: string; // of forms with one address, which one
  at: number;
  entries: [string, string][];
}

export function refilling(): void {
  bring();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method === "post" && !event.defaultPrevented) keep(form);
  });
}

function keep(form: HTMLFormElement): void {
  const typed = controls(form);
  const entries = [...new FormData(form)].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && typed.some((one) => one.name === entry[0]),
  );
  const kept: Typed = { action: path(form), hidden: hidden(form), at: Date.now(), entries };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // No room, or not allowed: the form comes back as it is kept.
  }
}

function bring(): void {
  const kept = taken();
  const refusal = document.querySelector<HTMLElement>(".flash.error");
  if (!kept || !refusal || Date.now() - kept.at > LONGEST) return;
  const same = [...document.forms].filter(
    (one) => one.method === "post" && path(one) === kept.action && hidden(one) === kept.hidden,
  );
  const form = same.length === 1 ? same[0] : undefined;
  if (!form || controls(form).length === 0) return;
  fill(form, kept.entries);
  for (let at: Element | null = form; at; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true;
  refusal.setAttribute("role", "alert");
  refusal.tabIndex = -1;
  form.prepend(refusal);
  refusal.focus();
}

function taken(): Typed | null {
  try {
    const found = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return found ? (JSON.parse(found) as Typed) : null;
  } catch {
    return null;
  }
}

function fill(form: HTMLFormElement, entries: [string, string][]): void {
  const left = new Map<string, string[]>();
  for (const [name, value] of entries) left.set(name, [...(left.get(name) ?? []), value]);
  for (const one of controls(form)) {
    const values = left.get(one.name) ?? [];
    if (one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio")) {
      one.checked = values.includes(one.value);
    } else if (one instanceof HTMLSelectElement && one.multiple) {
      for (const option of one.options) option.selected = values.includes(option.value);
    } else if (values.length) {
      one.value = values.shift() ?? "";
    }
  }
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** What people type into or choose from, and what is no secret. */
function controls(form: HTMLFormElement): Control[] {
  const never = ["hidden", "password", "file", "submit", "button", "reset", "image"];
  return [...form.elements].filter(
    (one): one is Control =>
      (one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement) &&
      one.name !== "" &&
      !never.includes(one.type),
  );
}

function hidden(form: HTMLFormElement): string {
  const told = [...form.querySelectorAll<HTMLInputElement>("input[type=hidden]")];
  return JSON.stringify(told.filter((one) => one.name !== "csrfmiddlewaretoken").map((one) => [one.name, one.value]));
}

function path(form: HTMLFormElement): string {
  return new URL(form.getAttribute("action") ?? "", location.href).pathname;
}
