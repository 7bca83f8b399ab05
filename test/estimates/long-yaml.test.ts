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
  const near = nearLines(base, base.replace("name: agent-700\n", "name: agent-700b\n"));
  const lines = near?.head.split("\n") ?? [];
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
  const near = nearLines(base ?? "", head ?? "");
  expect(near?.head).toBe(head?.slice(0, near?.head.length));
  expect(near?.head).toContain("Rule 0:");
  expect(near?.head).toContain("Rule 1199:");
});

it("reads all of a file that is short, or new", () => {
  expect(nearLines("model: a\n", "model: b\n")).toBeUndefined();
  expect(
    nearLines(
      "",
      settings(() => "1000"),
    ),
  ).toBeUndefined();
});
