// What the server says of a survey, and what the script tag says of this page.
export type Extra = {
  slug: string;
  kind: string;
  groups: string;
  required: boolean;
  wording: string;
  settings: Record<string, unknown>;
  options: { slug: string; label: string }[];
  low: string;
  high: string;
};

export type Config = {
  state: string;
  language: string;
  direction: "ltr" | "rtl";
  colours: { light: Colours; dark: Colours };
  logo: string;
  company: string;
  question: string;
  low: string;
  high: string;
  numbers: string[];
  groups: string[];
  followUp: Record<string, string>;
  thanks: Record<string, string>;
  extras: Extra[];
  consent: Record<string, string>;
  commentAsked: boolean;
  words: Record<"comment" | "optional" | "required" | "send" | "close" | "thanks" | "saved" | "offline" | "other", string>;
};

export type Colours = { brand: string; ink: string; edge: string; text: string };

export type Tag = {
  base: string;
  survey: string;
  nonce: string;
  language: string;
  side: "left" | "right";
  delay: number;
  scroll: number | null;
  exit: boolean;
  share: number;
  every: number;
  manual: boolean;
  consent: boolean;
  attributes: Record<string, string>;
};

/** The settings of the script tag. What cannot be read is left at its default: a survey must never break a page. */
export function read(script: HTMLScriptElement): Tag {
  const data = script.dataset;
  return {
    base: new URL("/", script.src).href,
    survey: data.survey ?? "",
    nonce: script.nonce,
    language: data.language ?? "",
    side: data.side === "left" ? "left" : "right",
    delay: number(data.delay, 0, 86_400) ?? 2,
    scroll: number(data.scroll, 0, 100),
    exit: "exit" in data,
    share: number(data.share, 0, 1) ?? 1,
    every: number(data.every, 0, 3650) ?? 90,
    manual: "manual" in data,
    consent: data.consent === "yes",
    attributes: attributes(data.attributes),
  };
}

function number(text: string | undefined, least: number, most: number): number | null {
  const value = text === undefined || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? Math.min(Math.max(value, least), most) : null;
}

function attributes(text: string | undefined): Record<string, string> {
  try {
    const given: unknown = JSON.parse(text ?? "{}");
    if (given === null || typeof given !== "object" || Array.isArray(given)) return {};
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}
