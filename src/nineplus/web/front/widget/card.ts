// The card: one question, then the reason, then thanks. It never takes the focus and never holds up the page.
import type { Config, Tag } from "./config";
import { draw, type Asked } from "./extras";
import { make } from "./make";
import { style } from "./style";

export type Card = { saved: (kept: boolean, code?: string) => void; close: () => void };
export type Doings = {
  score: (value: number) => void;
  more: (said: { comment: string; extras: Record<string, unknown>; consent: Record<string, boolean> }) => void;
  closed: (answered: boolean) => void;
};

export function open(config: Config, tag: Tag, doings: Doings): Card {
  const host = make("div", { "data-nineplus": "" });
  const tree = host.attachShadow({ mode: "open" });
  dress(tree, style(config, tag.side), tag.nonce);
  const words = config.words;
  const title = make("h2", { id: "q" }, config.question);
  const note = make("p", { class: "soft", role: "status" });
  const close = make("button", { type: "button", class: "close", "aria-label": words.close }, "×");
  const top = make("div", { class: "top" }, title, close);
  const buttons = config.numbers.map((label, value) =>
    make("button", { type: "button", "aria-pressed": "false", "aria-label": label }, String(value)),
  );
  const numbers = make("div", { class: "row", role: "group", "aria-labelledby": "q" }, ...buttons);
  const ends = make("div", { class: "ends" }, make("span", {}, config.low), make("span", {}, config.high));
  const more = make("form", { hidden: "" });
  const card = make(
    "section",
    { class: "card", role: "dialog", "aria-labelledby": "q", lang: config.language, dir: config.direction },
    ...(config.logo ? [make("img", { class: "logo", src: config.logo, alt: config.company })] : []),
    top, numbers, ends, more, note,
  );
  tree.append(card);

  let score: number | null = null;
  const comment = make("textarea", { id: "why", maxlength: "20000" });
  const why = make("label", { for: "why" });
  const asked: Asked[] = config.extras.map((extra) => draw(extra, words));
  const consents = Object.entries(config.consent).map(([name, text]) => {
    const box = make("input", { type: "checkbox", name });
    return { name, box, node: make("label", { class: "check" }, box, make("span", {}, text)) };
  });
  more.append(
    ...(config.commentAsked ? [why, comment] : []),
    ...asked.map(({ node }) => node),
    ...consents.map(({ node }) => node),
    make("button", { class: "send" }, words.send),
  );

  buttons.forEach((button, value) => {
    button.addEventListener("click", () => {
      score = value;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      why.textContent = config.followUp[config.groups[value] ?? ""] ?? words.comment;
      for (const { extra, node } of asked) node.hidden = !extra.groups.split(" ").includes(config.groups[value] ?? "");
      more.hidden = false;
      doings.score(value);
    });
  });
  more.addEventListener("submit", (event) => {
    event.preventDefault();
    const shown = asked.filter(({ node }) => !node.hidden);
    if (shown.map(({ fault }) => fault()).some(Boolean)) return;
    doings.more({
      comment: comment.value,
      extras: Object.fromEntries(shown.map(({ extra, value }) => [extra.slug, value()]).filter(([, value]) => value !== null)),
      consent: Object.fromEntries(consents.map(({ name, box }) => [name, box.checked])),
    });
    title.textContent = words.thanks;
    for (const part of [numbers, ends, more]) part.hidden = true;
    note.textContent = config.thanks[config.groups[score!] ?? ""] ?? "";
  });
  const end = (): void => {
    host.remove();
    doings.closed(score !== null);
  };
  close.addEventListener("click", end);
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
    else event.stopPropagation(); // what is typed here is none of the page's shortcuts
  });
  document.body.append(host);
  return {
    close: end,
    saved(kept, code = "") {
      if (score === null || numbers.hidden) return;
      note.textContent = [kept ? words.saved.replace("{score}", String(score)) : words.offline, code].filter(Boolean).join(" ");
    },
  };
}

/** A constructed sheet needs no permission of the page's policy; older browsers get an element with its nonce. */
function dress(tree: ShadowRoot, rules: string, nonce: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    tree.adoptedStyleSheets = [sheet];
  } catch {
    const element = make("style", nonce ? { nonce } : {});
    element.textContent = rules;
    tree.append(element);
  }
}
