import { length, tidy, type Read } from "./read";

export type Settings = { options: string[]; many: boolean; most: number | null; other: boolean };
export type Kept = { options: string[]; other?: string };

const OTHER = "other";
const LONGEST_OTHER = 300;

export function read(settings: Settings, given: unknown): Read<Kept> {
  const parts = partsOf(given);
  if (!parts) return { refused: "not_understood" };
  const written = tidy(parts.other, false);
  if (length(written) > LONGEST_OTHER) return { refused: "too_long" };
  const chosen = new Set(parts.options.filter(Boolean));
  const offered = settings.other ? [...settings.options, OTHER] : settings.options;
  if ([...chosen].some((slug) => !offered.includes(slug)) || (written && !settings.other)) {
    return { refused: "unknown_option" };
  }
  if (written && (settings.many || !chosen.size)) chosen.add(OTHER);
  if (chosen.size > (settings.many ? settings.most ?? offered.length : 1)) return { refused: "too_many" };
  if (!chosen.size) return { kept: null };
  const options = offered.filter((slug) => chosen.has(slug));
  return { kept: written && chosen.has(OTHER) ? { options, other: written } : { options } };
}

function partsOf(given: unknown): { options: string[]; other: string } | null {
  const whole = given !== null && typeof given === "object" && !Array.isArray(given);
  const { options, other } = (whole ? given : { options: given }) as { options?: unknown; other?: unknown };
  const list = Array.isArray(options) ? options : options === null || options === undefined ? [] : [options];
  if (!list.every((slug) => typeof slug === "string")) return null;
  if (other !== null && other !== undefined && typeof other !== "string") return null;
  return { options: list as string[], other: other ?? "" };
}
