// The page reads an answer as the server does: both go through contract/questions.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as choice from "../../src/nineplus/web/front/survey/questions/choice.ts";
import * as scale from "../../src/nineplus/web/front/survey/questions/scale.ts";
import * as text from "../../src/nineplus/web/front/survey/questions/text.ts";

const KINDS = { choice, scale, text };
const files = readdirSync("contract/questions");

test("every kind of question has its twin", () => {
  assert.deepEqual(files.sort(), Object.keys(KINDS).map((kind) => `${kind}.json`));
});

for (const [kind, { read }] of Object.entries(KINDS)) {
  const { examples } = JSON.parse(readFileSync(`contract/questions/${kind}.json`, "utf8"));
  test(`${kind} keeps and refuses what the contract says`, () => {
    assert.ok(examples.length > 10);
    for (const { settings, given, ...wanted } of examples) {
      assert.deepEqual(read(settings, given), wanted, `${JSON.stringify(settings)} ${JSON.stringify(given)}`);
    }
  });
}
