// The questions after the score, drawn and read. What they let pass, the server takes: the readers are shared.
import { read as readChoice } from "../survey/questions/choice";
import type { Settings as ChoiceSettings } from "../survey/questions/choice";
import { read as readScale } from "../survey/questions/scale";
import type { Settings as ScaleSettings } from "../survey/questions/scale";
import { read as readText } from "../survey/questions/text";
import type { Settings as TextSettings } from "../survey/questions/text";
import type { Config, Extra } from "./config";
import { make } from "./make";

export type Asked = { extra: Extra; node: HTMLElement; value: () => unknown; fault: () => string };

export function draw(extra: Extra, words: Config["words"]): Asked {
  const wrong = make("p", { class: "wrong", role: "alert", hidden: "" });
  const { body, value, refused } = KINDS[extra.kind]?.(extra, words) ?? KINDS.text!(extra, words);
  const legend = make("legend", {}, extra.wording, extra.required ? "" : ` (${words.optional})`);
  const node = make("fieldset", { "data-groups": extra.groups }, legend, ...body, wrong);
  const fault = (): string => {
    const empty = value() === null || value() === "";
    const message = (extra.required && empty) || (!empty && refused()) ? words.required : "";
    wrong.textContent = message;
    wrong.hidden = !message;
    return message;
  };
  return { extra, node, value, fault };
}

type Drawn = { body: HTMLElement[]; value: () => unknown; refused: () => boolean };

const KINDS: Record<string, (extra: Extra, words: Config["words"]) => Drawn> = {
  choice(extra, words) {
    const settings = extra.settings as unknown as ChoiceSettings;
    const type = settings.many ? "checkbox" : "radio";
    const boxes = extra.options.map(({ slug, label }) => {
      const input = make("input", { type, name: extra.slug, value: slug });
      return { input, node: make("label", { class: "check" }, input, make("span", {}, label)) };
    });
    const other = settings.other ? make("input", { type: "text", maxlength: "300", "aria-label": words.other }) : null;
    const value = (): unknown => {
      const options = boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
      if (!options.length && !other?.value) return null;
      return { options, ...(other?.value ? { other: other.value } : {}) };
    };
    const body = [...boxes.map(({ node }) => node), ...(other ? [other] : [])];
    return { body, value, refused: () => "refused" in readChoice(settings, value()) };
  },
  scale(extra) {
    const settings = extra.settings as unknown as ScaleSettings;
    let chosen: number | null = null;
    const buttons = Array.from({ length: settings.highest - settings.lowest + 1 }, (_, place) => {
      const score = settings.lowest + place;
      const button = make("button", { type: "button", "aria-pressed": "false" }, String(score));
      button.addEventListener("click", () => {
        chosen = score;
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
      });
      return button;
    });
    const ends = make("div", { class: "ends" }, make("span", {}, extra.low), make("span", {}, extra.high));
    const value = (): unknown => chosen;
    return { body: [make("div", { class: "row" }, ...buttons), ends], value, refused: () => "refused" in readScale(settings, chosen) };
  },
  text(extra) {
    const settings = extra.settings as unknown as TextSettings;
    const input = settings.long
      ? make("textarea", { "aria-label": extra.wording })
      : make("input", { type: "text", "aria-label": extra.wording });
    const value = (): unknown => input.value.trim() || null;
    return { body: [input], value, refused: () => "refused" in readText(settings, input.value) };
  },
};
