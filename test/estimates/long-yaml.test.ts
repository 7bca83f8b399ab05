import { expect, it } from "vitest";
import { nearLines } from "#core/estimates/detection/reading/near-lines.ts";
import { detectCase } from "./score.ts";

const AGENTS = 1_000;

/** Settings of many agents; `at` of them is changed. */
function settings(limitOf: (at: number) => string, said = "Be short and friendly."): string {
  const agents = Array.from(
    { length: AGENTS },
    (_, at) =>
      `- name: agent-${at}\n  model: {{ .Values.model | default "gpt-4o" }}\n` +
      `  max_tokens: ${limitOf(at)}\n  system_prompt: |\n    You answer customers.\n    ${said}\n`,
  );
  return `# who answers\nservice:\n  agents:\n${agents.join("").replace(/^/gm, "  ")}`;
}

function changesBetween(base: string, head: string): string[] {
  const side = (text: string) => ({ state: "text" as const, text });
  const files = [{ path: "helm/values.yaml", base: side(base), head: side(head) }];
  const { changes } = detectCase({ name: "long", expected: [], files });
  return changes.map(({ kind, line, from, to }) => `${kind}:${line} ${from} -> ${to}`);
}

const lineOf = (text: string, part: string): number =>
  text.split("\n").findIndex((line) => line.includes(part)) + 1;

it("reads a long YAML file where it changed, and tells the line of it", () => {
  const head = settings((at) => (at === 700 ? "4000" : "1000"));
  const line = lineOf(head, "4000");
  expect(
    changesBetween(
      settings(() => "1000"),
      head,
    ),
  ).toEqual([`params:${line} 1000 -> 4000`]);
});

it("reads the keys that a change stands under, and no line that is far from it", () => {
  const base = settings(() => "1000");
  const near = nearLines(base, base.replace("name: agent-700\n", "name: agent-700b\n"), "yaml");
  const lines = near?.head.text.split("\n") ?? [];
  expect(lines.slice(0, 4)).toEqual(["", "service:", "  agents:", ""]);
  expect(lines.filter((line) => line !== "").length).toBeLessThan(700);
});

it("reads a prompt of many lines whole", () => {
  const [base, head] = ["calmly", "at once"].map((last) => {
    const lines = Array.from(
      { length: 1_200 },
      (_, at) => `    Rule ${at}: answer the customer ${at === 600 ? last : "politely"}.\n`,
    );
    return `agents:\n  system_prompt: |\n${lines.join("")}  model: gpt-4o\n`;
  });
  const near = nearLines(base ?? "", head ?? "", "yaml");
  expect(near?.head.text.trimEnd()).toBe(head?.replace("  model: gpt-4o\n", "").trimEnd());
});

it("reads what changed at both ends, and not what stands between", () => {
  const base = settings(() => "1000");
  const head = settings((at) => (at === 1 || at === 998 ? "4000" : "1000"));
  const lines = [lineOf(head, "4000"), head.slice(0, head.lastIndexOf("4000")).split("\n").length];
  expect(changesBetween(base, head)).toEqual(lines.map((line) => `params:${line} 1000 -> 4000`));
  const near = nearLines(base, head, "yaml");
  expect(near?.head.has(2_500)).toBe(false);
  expect(near?.base.has(2_500)).toBe(false);
});

it.each([
  ["toml", "[[agents]]\n", "model = 'gpt-4o'\nlimit = AT\nmax_tokens = 1000\n"],
  ["json", '{"agents": [\n', '{"name": "AT",\n "model": "gpt-4o",\n "max_tokens": 1000},\n'],
  ["sh", "M=gpt-4o\n", 'export N=AT\nclaude -p "Answer AT." --model "$M" --max-turns 1000\n'],
])("reads a long file of %s where it changed", (ending, opening, part) => {
  const parts = Array.from({ length: 3_000 }, (_, at) => part.replaceAll("AT", String(at)));
  const base = opening + parts.map((one) => (ending === "toml" ? opening + one : one)).join("");
  const head = base.replace("1000", "2000");
  const last = head.lastIndexOf("1000");
  const both = `${head.slice(0, last)}3000${head.slice(last + 4)}`;
  const side = (text: string) => ({ state: "text" as const, text });
  const files = [{ path: `scripts/ask.${ending}`, base: side(base), head: side(both) }];
  const { changes } = detectCase({ name: "long", expected: [], files });
  expect(changes.map(({ line, from, to }) => `${line} ${from} -> ${to}`)).toEqual([
    `${lineOf(both, "2000")} 1000 -> 2000`,
    `${both.slice(0, last).split("\n").length} 1000 -> 3000`,
  ]);
});

it("reads all of a file that is short, or new", () => {
  expect(nearLines("model: a\n", "model: b\n", "yaml")).toBeUndefined();
  expect(
    nearLines(
      "",
      settings(() => "1000"),
      "yaml",
    ),
  ).toBeUndefined();
});
