// What is written and ticked after the score, as the server takes it.

import type { More } from "./outbox";

export function read(form: HTMLFormElement): More {
  const more: More = {};
  const comment = form.querySelector<HTMLTextAreaElement>("#comment");
  if (comment) more.comment = comment.value;
  for (const name of ["consent_contact", "consent_quote"]) {
    const box = form.querySelector<HTMLInputElement>(`input[name=${name}]`);
    if (box) more[name] = box.checked && shown(box);
  }
  const extras: Record<string, unknown> = {};
  for (const field of form.querySelectorAll<HTMLFieldSetElement>("fieldset.extra:enabled")) {
    extras[field.name] = answerOf(field);
  }
  if (Object.keys(extras).length) more.extras = extras;
  return more;
}

function answerOf(field: HTMLFieldSetElement): unknown {
  const chosen = [...field.querySelectorAll<HTMLInputElement>("input:checked")].map((input) => input.value);
  if (field.dataset.kind === "choice") {
    return { options: chosen, other: field.querySelector<HTMLInputElement>(".other")?.value ?? "" };
  }
  if (field.dataset.kind === "scale") return chosen[0] ?? "";
  return field.querySelector<HTMLInputElement | HTMLTextAreaElement>("input, textarea")?.value ?? "";
}

/** Of each question only what this group is asked can be filled in, and hinders nobody from sending. */
export function askOnly(form: HTMLFormElement, group: string): void {
  for (const field of form.querySelectorAll<HTMLFieldSetElement>("fieldset.extra")) {
    field.disabled = !(field.dataset.for ?? "").split(" ").includes(group);
  }
}

/** Say what is wrong with a choice of several; empty when nothing is. */
export function check(form: HTMLFormElement, tooMany: string, required: string): void {
  for (const field of form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-kind=choice]:enabled")) {
    const first = field.querySelector<HTMLInputElement>("input[type=checkbox]");
    if (!first) continue;
    const count = field.querySelectorAll("input:checked").length;
    const most = Number(field.dataset.most ?? Infinity);
    const missing = field.hasAttribute("data-required") && !count;
    first.setCustomValidity(count > most ? tooMany.replace("{count}", String(most)) : missing ? required : "");
  }
}

function shown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
