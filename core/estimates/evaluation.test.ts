import { expect, it } from "vitest";
import { parseUsd, saidUsd } from "#core/money.ts";
import { type ReadEvaluation, readEvaluation } from "./evaluation.ts";

const own = (costPerCall: string, passRate: string): string =>
  JSON.stringify({
    baseline: { costPerCall: "0.0336", passRate: "95%" },
    candidates: [{ name: "candidate", costPerCall, passRate }],
  });

function shown(read: ReadEvaluation): string {
  if (read.state === "refused") return read.reason;
  const { candidate, baseline, decision } = read.evaluation;
  const success = [baseline, candidate].map(({ costPerSuccess }) =>
    costPerSuccess === null ? "unknown" : saidUsd(parseUsd(costPerSuccess)),
  );
  return `${success.join(" > ")} ${decision}`;
}

it("prints domain.md's table: what each success costs, and promote or reject", () => {
  expect(shown(readEvaluation(own("0.0121", "88%")))).toBe("$0.0354 > $0.0138 reject");
  expect(shown(readEvaluation(own("0.0149", "95.4%")))).toBe("$0.0354 > $0.0156 promote");
  expect(shown(readEvaluation(own("0.05", "96%")))).toBe("$0.0354 > $0.0521 reject");
});

const column = (pass: number, fail: number, cost: number) => ({
  provider: "anthropic:messages:claude-haiku-4-5",
  metrics: { testPassCount: pass, testFailCount: fail, testErrorCount: 0, cost },
});
const promptfoo = (...prompts: object[]): string =>
  JSON.stringify({ evalId: "x", results: { version: 3, prompts, results: [] } });

it("reads promptfoo's results: two prompts of one file, or a file each", () => {
  const two = readEvaluation(promptfoo(column(95, 5, 3.36), column(88, 12, 1.21)));
  expect(shown(two)).toBe("$0.0354 > $0.0138 reject");
  const before = promptfoo(column(95, 5, 3.36));
  expect(shown(readEvaluation(promptfoo(column(96, 4, 1.2)), before))).toBe(
    "$0.0354 > $0.0125 promote",
  );
});

it("tells a falling pass rate also where promptfoo knows no cost", () => {
  const free = (pass: number) => column(pass, 100 - pass, 0);
  expect(shown(readEvaluation(promptfoo(free(95), free(90))))).toBe("unknown > unknown reject");
  expect(shown(readEvaluation(promptfoo(free(95), free(96))))).toBe("unknown > unknown undecided");
});

it("says what it cannot read, and never throws", () => {
  for (const text of ["", "{", "[]", '{"version":1}', '{"results":{"prompts":[]}}']) {
    expect(readEvaluation(text).state).toBe("refused");
  }
  expect(shown(readEvaluation(promptfoo(column(1, 0, 1))))).toMatch(/nothing to compare with/);
  expect(shown(readEvaluation(own("0.01", "950%")))).toMatch(/no pass rate/);
});
