import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { FIELDS } from "#apps/connectors/file-import/fields.ts";
import { UsageApiEvent } from "#apps/connectors/usage-api.ts";
import { expectGolden } from "#test/golden.ts";

const SCHEMA = new URL("../../docs/usage-event.schema.json", import.meta.url);
const GUIDE = new URL("../../docs/ingest.md", import.meta.url);
const guide = readFileSync(GUIDE, "utf8");

describe("the documented wire schema", () => {
  it("is the one that is checked", () => {
    const schema = z.toJSONSchema(UsageApiEvent, { io: "input" });
    expectGolden(`${JSON.stringify(schema, undefined, 2)}\n`, SCHEMA);
  });

  it("takes the guide's example, and refuses it with a misspelt field", () => {
    const example: unknown = JSON.parse(/```json\n(\{\n.*?\n\})\n```/s.exec(guide)?.[1] ?? "");
    const ajv = formats.default(new Ajv2020());
    const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
    expect(validate(example)).toBe(true);
    expect(UsageApiEvent.safeParse(example).success).toBe(true);
    expect(validate({ ...Object(example), modle: "x" })).toBe(false);
  });

  it("has every field of the mapping in the guide", () => {
    for (const field of Object.keys(FIELDS)) expect(guide, field).toContain(`\`${field}\``);
  });
});
