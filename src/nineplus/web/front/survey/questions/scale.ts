import type { Read } from "./read";

export type Settings = { lowest: number; highest: number };

export function read(settings: Settings, given: unknown): Read<number> {
  if (given === null || given === undefined || given === "") return { kept: null };
  const number = typeof given === "string" && /^[0-9]{1,2}$/.test(given) ? Number(given) : given;
  if (typeof number !== "number" || !Number.isInteger(number)) return { refused: "not_understood" };
  return number < settings.lowest || number > settings.highest ? { refused: "out_of_range" } : { kept: number };
}
