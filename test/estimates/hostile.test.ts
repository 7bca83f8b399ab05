import fc from "fast-check";
import { expect, it } from "vitest";
import { detectChanges } from "#core/estimates/detection/detect.ts";
import { languageNamed } from "#core/estimates/detection/reading/language.ts";
import { lex } from "#core/estimates/detection/reading/lexer.ts";
import { sourceEntries } from "#core/estimates/detection/reading/source-entries.ts";
import { readBytes } from "#core/estimates/read-bytes.ts";
import { DiffReport } from "#core/estimates/schema.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";

const PATHS = [
  "a.py",
  "a.ts",
  "a.go",
  "A.java",
  "a.kt",
  "a.cs",
  "a.rb",
  "a.php",
  "a.rs",
  "a.sh",
  "a.yaml",
  "a.json",
  "a.toml",
  ".env",
  "a.properties",
  "a.tf",
  "a.bicep",
  "Dockerfile",
  "a.ipynb",
  "prompts/a.md",
  "a.prompty",
] as const;

/** What lexers and parsers trip over, in any order. */
const PIECES = [
  ..."\"'`{}[]()<>:;,=#/\\*|&!?%$@~^+-.\n\r\t 0aZ\u{1F600}\uFFFC\u0000",
  '"""',
  "'''",
  "${",
  "#{",
  "{{",
  "}}",
  "{%",
  "/*",
  "*/",
  "//",
  "<<EOT",
  "<<~X\n",
  "<<<'A'\n",
  "<?php",
  "?>",
  "---\n",
  "- ",
  "? ",
  "&a *a",
  "!!js",
  "|\n",
  ">-\n",
  'r#"',
  '$@"',
  "=begin\n",
  "model",
  "gpt-4o",
  "claude-sonnet-4-5",
  "max_tokens",
  "system_prompt",
  "You are a helpful assistant of the shop. ",
  "cache_control",
  "if",
  "class X:",
  "def f(",
  "__proto__",
  "constructor",
  "toString",
  "-".repeat(40),
  "[".repeat(200),
  "{".repeat(200),
  "(".repeat(200),
  "x".repeat(2500),
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 12 })), { maxLength: 120 })
  .map((parts) => parts.join(""));

const options = {
  book: buildPriceBook(loadCatalogue()),
  count: (_: string, counted: string) => {
    // The tokenizer is never given a run that it is slow on.
    expect(/\S{2001}/.test(counted)).toBe(false);
    return Math.ceil(counted.length / 4);
  },
  at: new Date("2026-11-01T00:00:00Z"),
};

it("reads any text in any format without throwing, and reports what its schema says", () => {
  fc.assert(
    fc.property(fc.constantFrom(...PATHS), text, text, (path, base, head) => {
      const file = {
        path,
        base: { state: "text" as const, text: base },
        head: { state: "text" as const, text: head },
      };
      const found = detectChanges([file], options);
      DiffReport.parse({ version: 1, base: "a", head: "b", ...found });
      for (const change of found.changes) expect(change.line).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 600 },
  );
});

it("takes any text for the key of a configuration, and of two files at once", () => {
  const name = fc.tuple(fc.constantFrom("DefaultModel", "kModel", "MODEL"), text);
  fc.assert(
    fc.property(name, ([word, rest]) => {
      const key = `${word}(${rest}`;
      const side = (value: object) => ({ state: "text" as const, text: JSON.stringify(value) });
      const [old, now] = [side({ [key]: "gpt-4o" }), side({ [key]: "gpt-4o-mini" })];
      const files = [
        { path: "a.json", base: old, head: now },
        { path: "b.json", base: old, head: side({ value: key }) },
      ];
      expect(detectChanges(files, options).totals.files).toBe(2);
    }),
    { numRuns: 50 },
  );
});

it("makes work that grows with the text, and no deeper than its bound", () => {
  const grammar = fc.constantFrom(
    "python",
    "javascript",
    "go",
    "java",
    "csharp",
    "ruby",
    "php",
    "rust",
  );
  fc.assert(
    fc.property(grammar, text, (name, source) => {
      const language = languageNamed(name);
      if (language === undefined) throw new Error(name);
      expect(lex(source, language).length).toBeLessThanOrEqual(source.length);
      const entries = sourceEntries(source, language);
      expect(entries.length).toBeLessThanOrEqual(source.length);
      for (const { path } of entries) expect(path.length).toBeLessThanOrEqual(4 * 64);
    }),
    { numRuns: 150 },
  );
});

it("reports nothing between a text and itself", () => {
  fc.assert(
    fc.property(fc.constantFrom(...PATHS), text, (path, same) => {
      const side = { state: "text" as const, text: `${same}\nmodel = "gpt-4o"\n` };
      const moved = { state: "text" as const, text: side.text };
      expect(detectChanges([{ path, base: side, head: moved }], options).changes).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

it("reads no more texts behind a command of a shell than anybody gives it", () => {
  const [text, tag] = ["cat ", "<<A "];
  const side = (model: string) => ({
    state: "text" as const,
    text: `MODEL=${model}\n${text}${tag.repeat(200_000)}\nA\n`,
  });
  const file = { path: "a.sh", base: side("gpt-4o"), head: side("gpt-4o-mini") };
  expect(detectChanges([file], options).changes).toMatchObject([{ to: "gpt-4o-mini" }]);
});

it("names bytes that are no text instead of reading them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const side = readBytes(bytes);
      if (bytes.includes(0)) expect(side).toEqual({ state: "unreadable", reason: "binary" });
      else expect(["text", "unreadable"]).toContain(side.state);
    }),
  );
  expect(readBytes(new Uint8Array([0xc3, 0x28]))).toEqual({
    state: "unreadable",
    reason: "not UTF-8",
  });
});
