// What reading an answer ends in, and how typed text is tidied: the twin of nineplus/questions/text.py.
export type Read<Kept> = { kept: Kept | null } | { refused: string };

// Written out because Python and JavaScript do not agree on what is white space.
const WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
  + "\u2028\u2029\u202f\u205f\u3000\ufeff";

export function tidy(text: string, lines: boolean): string {
  const whole = text
    .replace(/\r\n?|[\u2028\u2029\x85]/g, "\n")
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "")
    .replace(/[\ud800-\udfff]/gu, "\ufffd");
  const line = lines ? whole : whole.replace(/[\n\t]+/g, " ");
  let from = 0;
  let to = line.length;
  while (from < to && WHITE.includes(line[from]!)) from++;
  while (to > from && WHITE.includes(line[to - 1]!)) to--;
  return line.slice(from, to);
}

// Characters as Python counts them: an emoji is one.
export const length = (text: string): number => [...text].length;
