import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { organisationJsonSchema } from "#core/org/schema.ts";
import { EXAMPLE, edited } from "./organisation.ts";

const PUBLISHED = new URL("../../docs/aispend.schema.json", import.meta.url);

describe("docs/aispend.schema.json", () => {
  it("is what the schema says now: npx aispend org schema > docs/aispend.schema.json", () => {
    const published: unknown = JSON.parse(readFileSync(PUBLISHED, "utf8"));
    expect(published).toEqual(organisationJsonSchema());
  });

  it("takes the example and refuses what the product refuses", () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(PUBLISHED, "utf8")));
    const errorsOf = (text: string) => {
      validate(parse(text));
      return (validate.errors ?? []).map(
        ({ instancePath, keyword }) => `${instancePath} ${keyword}`,
      );
    };
    expect(errorsOf(EXAMPLE)).toEqual([]);
    expect(errorsOf(edited(EXAMPLE, ["  name: Acme\n", "  nam: Acme\n"]))).toEqual([
      "/organisation required",
      "/organisation additionalProperties",
    ]);
    expect(errorsOf(edited(EXAMPLE, ['cost_centre: "4711" #', "cost_centre: 4711 #"]))).toEqual([
      "/teams/0/cost_centre type",
    ]);
    expect(errorsOf(edited(EXAMPLE, ["2026-12-21", "2026-21-12"]))).toEqual([
      "/people/0/delegates/0/from pattern",
      "/people/0/delegates/0/from format",
    ]);
  });
});
