import { expect, it } from "vitest";
import { parseUsd, saidUsd } from "#core/money.ts";
import { type ReadEvaluation, readEvaluation } from "./evaluation.ts";

const own = (candidate: object): string =>
  JSON.stringify({
    version: 1,
    baseline: { cost_per_call: "0.0336", pass_rate: 95 },
    candidate,
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
  expect(shown(readEvaluation(own({ cost_per_call: 0.0121, pass_rate: 88 })))).toBe(
    "$0.0354 > $0.0138 reject",
  );
  expect(shown(readEvaluation(own({ cost_per_call: 0.0149, pass_rate: 95.4 })))).toBe(
    "$0.0354 > $0.0156 promote",
  );
});

it("leaves to people what holds its pass rate and costs more", () => {
  expect(shown(readEvaluation(own({ cost_per_call: 0.05, pass_rate: 96 })))).toBe(
    "$0.0354 > $0.0521 undecided",
  );
  expect(shown(readEvaluation(own({ pass_rate: 96 })))).toBe("$0.0354 > unknown undecided");
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

it("says what it cannot read, and never throws", () => {
  for (const text of ["", "{", "[]", '{"version":1}', '{"results":{"prompts":[]}}']) {
    expect(readEvaluation(text).state).toBe("refused");
  }
  expect(shown(readEvaluation(promptfoo(column(1, 0, 1))))).toMatch(/nothing to compare with/);
  expect(shown(readEvaluation(own({ pass_rate: 950 })))).toMatch(/neither promptfoo's/);
});
