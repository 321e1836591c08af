import { length, tidy, type Read } from "./read";

export type Settings = { long: boolean; most: number };

export function read(settings: Settings, given: unknown): Read<string> {
  if (given === null || given === undefined) return { kept: null };
  if (typeof given !== "string") return { refused: "not_understood" };
  const text = tidy(given, settings.long);
  return length(text) > settings.most ? { refused: "too_long" } : { kept: text || null };
}
