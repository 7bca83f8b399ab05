import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { z } from "zod";
import { DiffReport } from "#core/estimates/schema.ts";
import { expectGolden } from "#test/golden.ts";
import { corpusCases } from "./corpus-cases.ts";
import { detectCase } from "./score.ts";

const schema = {
  title: "What aispend diff --format json prints",
  ...z.toJSONSchema(DiffReport),
};

it("is published as docs/diff.schema.json", () => {
  const file = new URL("../../docs/diff.schema.json", import.meta.url);
  expectGolden(`${JSON.stringify(schema, null, 2)}\n`, file);
});

it("holds for every report of the corpus", () => {
  const validate = new Ajv2020({ strict: false }).compile(schema);
  for (const one of corpusCases()) {
    const report = { version: 1, base: "a", head: "b", ...detectCase(one) };
    expect(validate(report), `${one.name}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
});
