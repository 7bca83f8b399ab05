import { expect, it } from "vitest";
import { detectChanges } from "#core/estimates/detection/detect.ts";
import type { FileVersions } from "#core/estimates/detection/file-versions.ts";
import { languageNamed } from "#core/estimates/detection/reading/language.ts";
import { lex } from "#core/estimates/detection/reading/lexer.ts";
import { nearChanges } from "#core/estimates/detection/reading/near-changes.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { detectCase } from "./score.ts";

const options = {
  book: buildPriceBook(loadCatalogue()),
  count: (_: string, text: string): number => Math.ceil(text.length / 4),
  at: new Date(Date.UTC(2026, 10, 1)),
};

const PARTS = 2_000;
const MODEL = 'LIMIT = 1000\n\nPROMPT = """\ndef ask_0(\nAnswer in one sentence.\n"""\n\n';

/** A source of many functions, each of which asks a model. */
function source(limitOf: (at: number) => string): string {
  const parts = Array.from(
    { length: PARTS },
    (_, at) =>
      `@traced\ndef ask_${at}(client, question):\n    return client.messages.create(\n` +
      `        model="claude-sonnet-4-5",\n        max_tokens=${limitOf(at)},\n` +
      `        messages=[{"role": "user", "content": question}],\n    )\n\n\n`,
  );
  return `import anthropic\n\n${MODEL}${parts.join("")}`;
}

function changesBetween(base: string, head: string): string[] {
  const file: FileVersions = {
    path: "app/asks.py",
    base: { state: "text", text: base },
    head: { state: "text", text: head },
  };
  return detectChanges([file], options).changes.map(
    ({ kind, line, from, to }) => `${kind}:${line} ${from} -> ${to}`,
  );
}

it("reads a long source where it changed, and tells the line of it", () => {
  const base = source(() => "1000");
  const head = source((at) => (at === 1_500 ? "4000" : "1000"));
  const line = head.split("\n").findIndex((one) => one.includes("4000")) + 1;
  expect(changesBetween(base, head)).toEqual([`params:${line} 1000 -> 4000`]);
});

it("reads what a change names, however far away that stands", () => {
  const base = source(() => "1000");
  expect(
    changesBetween(
      base,
      source((at) => (at === 1_999 ? "LIMIT" : "1000")),
    ),
  ).toEqual([]);
});

it("reads where a text goes that is filled into another, however far away", () => {
  const use =
    '\n\ndef last(client):\n    return client.messages.create(model="claude-sonnet-4-5",\n' +
    '        system=f"{TONE} {client.name}")\n';
  const of = (tone: string): string => `TONE = "${tone}"\n\n${source(() => "1000")}${use}`;
  const [was, is] = ["Answer in the words of a sailor.", "Answer in the words of a gardener."];
  const changes = changesBetween(of(was), of(is));
  expect(changes.map((change) => change.split(" ")[0])).toEqual(["prompt:1"]);
});

it("reads a few of the statements of a long source, and the same ones of both versions", () => {
  const python = languageNamed("python");
  if (python === undefined) throw new Error("python is read");
  const base = source(() => "1000");
  const near = nearChanges(
    base,
    source((at) => (at === 7 ? "4000" : "1000")),
    python,
  );
  const texts = (side: "base" | "head"): string =>
    (near?.[side] ?? []).map(({ text }) => text).join(" ");
  expect(texts("head")).toContain("ask_7 (");
  expect(texts("head")).not.toContain(`ask_${PARTS - 1} (`);
  expect(texts("head").replace("4000", "1000")).toBe(texts("base"));
  expect(near?.head.length).toBeLessThan(6_000);
});

it("reads all of a source that is short, and of one whose brackets a change leaves open", () => {
  const python = languageNamed("python");
  if (python === undefined) throw new Error("python is read");
  expect(nearChanges("LIMIT = 1\n", "LIMIT = 2\n", python)).toBeUndefined();
  const base = source(() => "1000");
  const opened = `x = (\n${base}`;
  expect(nearChanges(base, opened, python)).toMatchObject({
    base: { length: lex(base, python).length },
    head: { length: lex(opened, python).length },
  });
});

it("finds the same in a source that stands at the end of a long one", () => {
  const filler = Array.from({ length: 3_000 }, (_, at) => `export const size${at} = ${at};\n`);
  const side = (text: string) => ({ state: "text" as const, text: filler.join("") + text });
  const old = 'const answer = await generateText({ model: openai("gpt-4o"), prompt });\n';
  const files = [{ path: "a.ts", base: side(old), head: side(old.replace("4o", "4.1")) }];
  const { changes } = detectCase({ name: "long", expected: [], files });
  expect(changes).toMatchObject([{ kind: "model", line: 3_001, from: "gpt-4o", to: "gpt-4.1" }]);
});
