import { expect, it } from "vitest";
import { capMarkdown } from "#action/cap.ts";
import { latestFollowUps, offMarkdown, withFollowUp } from "#action/follow-up.ts";
import { readMarker, writeMarker } from "#action/sticky.ts";
import type { FollowUp } from "#core/estimates/record-schema.ts";
import { expectGolden } from "#test/golden.ts";

const week: FollowUp = {
  pullRequest: 812,
  headSha: "b".repeat(40),
  days: 7,
  measuredAt: "2026-11-23T06:00:00Z",
  state: "measured",
  reason: null,
  predicted: "1240",
  measured: "1310",
  rightPercent: 95,
  offByTwo: false,
  volumeChange: "0",
  otherChange: "0",
  callsBefore: 100,
  callsAfter: 110,
  overlaps: 0,
  text: "predicted +$1,240 a month; at measured volume +$1,310, 95% right",
  publicText: "measured after 7 days: the estimate was 95% right",
};
const marker = { key: "default", run: 7, attempt: 1, changes: true };
const heading = "### aispend: about +$1,240 a month";
const body = `${writeMarker(marker)}\n${heading}\n\n- \`prompts/refund.md:3\``;

it("stands under the title, and gives way to the later look back", () => {
  const first = withFollowUp(body, week, "private");
  expectGolden(`${first}\n`, new URL("golden/follow-up.md", import.meta.url));
  const month = { ...week, days: 30, text: "predicted +$1,240 a month; 91% right" };
  const second = withFollowUp(first, month, "private");
  expect(second).toContain("after 30 days");
  expect(second).not.toContain("after 7 days");
  expect(readMarker(second)).toEqual(marker);
  expect(withFollowUp(second, month, "private")).toBe(second);
});

it("says amounts in a private repository alone", () => {
  for (const visibility of ["public", "unknown"] as const) {
    expect(withFollowUp("no title", week, visibility)).toContain("the estimate was 95% right");
    expect(offMarkdown("default", week, visibility)).not.toMatch(/\$|1,240/);
  }
  expectGolden(
    `${offMarkdown("default", week, "private")}\n`,
    new URL("golden/off-by-two.md", import.meta.url),
  );
});

it("takes the last look back at each pull request, measured and not long ago", () => {
  const since = new Date("2026-11-20T00:00:00Z");
  const month = { ...week, days: 30 };
  const old = { ...week, pullRequest: 1, measuredAt: "2026-11-01T06:00:00Z" };
  const unmeasured = { ...week, pullRequest: 2, state: "unmeasured" as const };
  expect(latestFollowUps([week, month, old, unmeasured], since)).toEqual([month]);
});

it("says what a job spent by model, and in public only the share of its cap", () => {
  const models = {
    "gpt-4o": { calls: 2, cost: "400000000" },
    "a|b": { calls: 1, cost: "20000000" },
  };
  const status = {
    state: "ended",
    port: 1,
    limit: "5000000000",
    cost: "420000000",
    calls: 3,
    refused: 0,
    models,
  } as const;
  expectGolden(`${capMarkdown(status, true)}\n`, new URL("golden/cap.md", import.meta.url));
  expect(capMarkdown(status, false)).toBe("### aispend: this job used 8% of its cap");
});
