// What a browser says of a company's currency.
import assert from "node:assert/strict";
import { test } from "node:test";
import { currencyOf } from "../../src/nineplus/web/front/whereabouts.ts";

for (const [languages, currency] of [
  [["de-AT", "en"], "EUR"],
  [["en", "en-GB"], "GBP"],
  [["zh-Hans-CN"], "CNY"],
  [["de-ch"], "CHF"],
  [["en", "de"], ""],
  [[], ""],
]) {
  test(`${languages.join(", ") || "no language"} pays in ${currency || "nobody knows what"}`, () => {
    assert.equal(currencyOf(languages), currency);
  });
}
