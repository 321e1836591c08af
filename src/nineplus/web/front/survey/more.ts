// What is written and ticked after the score, as the server takes it.

import type { More } from "./outbox";
import * as choice from "./questions/choice";

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

/** Say what is wrong with a choice, by the rule that the server reads it with. */
export function check(form: HTMLFormElement, tooMany: string, required: string): void {
  for (const field of form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-kind=choice]")) {
    const boxes = [...field.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
    if (!boxes[0]) continue;
    const most = Number(field.dataset.most) || null;
    const settings = { options: boxes.map((box) => box.value), many: true, most, other: !!field.querySelector(".other") };
    const found = choice.read(settings, answerOf(field));
    const missing = "kept" in found && !found.kept && field.hasAttribute("data-required");
    const refused = "refused" in found && found.refused === "too_many";
    boxes[0].setCustomValidity(refused ? tooMany.replace("{count}", String(most)) : missing ? required : "");
  }
}

/** Who writes an answer of their own has chosen it. */
export function tickOther(target: HTMLElement): void {
  const box = target.closest("fieldset")?.querySelector<HTMLInputElement>("input[value=other]");
  if (box && target.classList.contains("other") && (target as HTMLInputElement).value.trim()) box.checked = true;
}

function shown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
