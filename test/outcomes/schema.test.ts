import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { judge } from "#core/outcomes/eval-gate.ts";
import { readEvaluation } from "#core/outcomes/evaluation-file.ts";
import { OutcomeEvent } from "#core/outcomes/schema.ts";
import { expectGolden } from "#test/golden.ts";

const SCHEMA = new URL("../../docs/outcome-event.schema.json", import.meta.url);
const INGEST = readFileSync(new URL("../../docs/ingest.md", import.meta.url), "utf8");
const GUIDE = readFileSync(new URL("../../docs/outcomes.md", import.meta.url), "utf8");

describe("the documented shapes of outcomes and evaluations", () => {
  it("are those that are checked", () => {
    const schema = z.toJSONSchema(OutcomeEvent, { io: "input" });
    expectGolden(`${JSON.stringify(schema, undefined, 2)}\n`, SCHEMA);
  });

  it("take the guides' examples, and refuse one with a misspelt field", () => {
    const section = INGEST.slice(INGEST.indexOf("## POST /v1/outcomes"));
    const example: unknown = JSON.parse(/```json\n(\{\n.*?\n\})\n```/s.exec(section)?.[1] ?? "");
    const validate = formats
      .default(new Ajv2020())
      .compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
    expect(validate(example)).toBe(true);
    expect(OutcomeEvent.safeParse(example).success).toBe(true);
    expect(validate({ ...Object(example), sucess: true })).toBe(false);
    const file: unknown = JSON.parse(/```json\n(\{\n.*?\n\})\n```/s.exec(GUIDE)?.[1] ?? "");
    const { baseline, candidates } = readEvaluation(file);
    expect(judge(baseline, candidates).map(({ decision }) => decision)).toEqual([
      "baseline",
      "promote",
    ]);
  });
});
