import fc from "fast-check";
import { expect, it } from "vitest";
import { hasTwins } from "./json-members.ts";

it("finds no twins in what JSON.stringify wrote, however it is laid out", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(hasTwins(text, JSON.parse(text))).toBe(false);
    }),
  );
});

it.each([
  '{"a":1,"a":2}',
  '{"a":1,"b":{"c":[{"d" : 1,\n"d"\t:2}]}}',
  '{"a":1,"\\u0061":2}',
  '{"__proto__":1,"__proto__":2}',
  '{"\\\\":1,"\\\\":2}',
  '{"say \\"a\\":":1,"b":": \\\\\\"","say \\"a\\":":2}',
])("finds them wherever they stand: %s", (text) => {
  expect(hasTwins(text, JSON.parse(text))).toBe(true);
});

it("is not misled by quotes and colons inside of texts, nor by depth", () => {
  const odd = '{"a":"\\"b\\": 1","c\\"":"\\\\","d":[":","\\":"]}';
  expect(hasTwins(odd, JSON.parse(odd))).toBe(false);
  const deep = `${"[".repeat(200_000)}{"a":1}${"]".repeat(200_000)}`;
  expect(hasTwins(deep, JSON.parse(deep))).toBe(false);
});
