import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "#core/answers/schema.ts";
import { divideHalfEven, parseUsd } from "#core/money.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, append, asker, brainOf, fillAcme, makeAcme } from "./acme.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let ask: (key: string, text: string) => Promise<Answer>;
let askOther: (key: string, text: string) => Promise<Answer>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, {
    key: "other",
    demonstration: true,
    timeZone: "Asia/Kathmandu",
  });
  await fillAcme(database.pool, acme);
  ask = asker(brainOf(database.pool), acme);
  askOther = asker(brainOf(database.pool), other);
});

/** The exact cost of entries, read past every rollup. */
async function entries(where: string, ...values: unknown[]): Promise<string> {
  const { rows } = await database.owner.query<{ cost: string }>(
    `select coalesce(sum(cost), 0)::numeric / 1000000000 as cost from ledger_entry
     where org_id = $1 and ${where}`,
    [acme.orgId, ...values],
  );
  return rows[0]?.cost ?? "";
}

function fact(answer: Answer, label: string): string | undefined {
  return answer.facts.find((each) => each.label === label)?.value;
}

describe("a spend answer", () => {
  it("has the exact total of the entries, and its change on the like period before", async () => {
    const answer = await ask("ada", "team payments");
    const payments = acme.scopes.get("payments");
    const total = await entries(
      "team_id = $2 and local_day >= '2026-11-01' and local_day < '2026-11-23'",
      payments,
    );
    const before = await entries(
      "team_id = $2 and local_day >= '2026-10-01' and local_day < '2026-10-23'",
      payments,
    );
    expect(parseUsd(answer.figures.cost?.amount ?? "")).toBe(parseUsd(total));
    expect(parseUsd(answer.figures.cost_before?.amount ?? "")).toBe(parseUsd(before));
    expect(parseUsd(answer.figures.change?.amount ?? "")).toBe(parseUsd(total) - parseUsd(before));
    expect(answer.title).toBe("payments, 1-22 Nov: $1,832, up $320 (21%) on 1-22 Oct");
    expect(answer.sentence).toBe(
      "payments spent $1,832 from 1 to 22 Nov, $320 (21%) more than from 1 to 22 Oct; " +
        "at this pace November comes to $2,483.",
    );
  });

  it("says where the records begin inside the period compared with", async () => {
    const answer = await ask("ada", "team payments last 60 days");
    expect(answer.title).toMatch(/ on 26 Jul-23 Sep \(recorded since 1 Sep\)$/);
    expect(answer.sentence).toMatch(/ than from 26 Jul to 23 Sep \(recorded since 1 Sep\)\.$/);
    const why = await ask("ada", "why team payments last 60 days");
    expect(why.sentence).toContain("26 Jul-23 Sep (recorded since 1 Sep)");
    expect((await ask("ada", "team payments last 30 days")).title).not.toContain("recorded");
  });

  it("does not say that nothing was recorded where the entries were closed", async () => {
    await database.owner.query("select close_months_before($1, '2025-10-01')", [other.orgId]);
    expect((await askOther("fin", "org 2025-08")).sentence).toBe(
      "What Acme cost in August 2025 is no longer known: entries before 2025-10-01 were closed, " +
        "and only their sum is kept.",
    );
    expect((await askOther("fin", "org 2025-11")).sentence).toContain("Nothing was recorded");
  });

  it("says so where a running month is put beside one that is over", async () => {
    const answer = await ask("ada", "team payments vs 2026-09");
    expect(answer.sentence).toContain("in September (30 days against 22)");
    expect((await ask("ada", "team payments vs last month")).title).not.toContain("days against");
  });

  it("does not call half a day a fall", async () => {
    const why = await ask("ada", "why team search today");
    expect(why.title).toMatch(/^Why search, Sun 22 Nov so far: .*the whole of Sun 15 Nov$/);
  });

  it("divides what calls cost by calls, whatever seats came to", async () => {
    const third = await makeAcme(database.owner, { key: "third" });
    const askThird = asker(brainOf(database.pool), third);
    const of = {
      source: "seed",
      occurredAt: "2026-10-05T12:00:00Z",
      tags: { team: "legal-ops", workflow: "contract extraction" },
    };
    const tokens = { input: 1_000_000, output: 0 };
    const seat = { kind: "seat", basis: "billed", requestCount: 0, tokens: {} } as const;
    await append(database.pool, third.orgId, [
      {
        ...of,
        externalId: "calls",
        provider: "openai",
        model: "gpt-4o",
        requestCount: 100,
        tokens,
      },
      {
        ...of,
        externalId: "seat",
        provider: "cursor",
        model: "seat",
        ...seat,
        reportedCost: "400",
      },
    ]);
    const answer = await askThird("fin", "team legal-ops 2026-10");
    expect(answer.figures.cost?.amount).toBe("402.5");
    expect(fact(answer, "Calls")).toBe("100, $0.0250 each");
    // By day, by tag, and the entries themselves.
    for (const question of ["by team", "by workflow", "by agent workflow 'contract extraction'"]) {
      const { table } = await askThird("fin", `org 2026-10 ${question}`);
      const perCall = table?.columns.findIndex(({ label }) => label === "Per call") ?? -1;
      expect(
        table?.rows.map((row) => row[perCall]),
        question,
      ).toEqual(["$0.0250"]);
    }
  });

  it("compares a period with the one before it, never with itself", async () => {
    const plain = await ask("ada", "team payments last 3 days");
    const versus = await ask("ada", "team payments last 3 days vs previous 3 days");
    expect(versus.figures.cost_before).toEqual(plain.figures.cost_before);
    expect(versus.title).toContain("17-19 Nov");
  });

  it("keeps a line that is gone, since it changed", async () => {
    const answer = await ask("fin", "project search/ranker 2026-10 vs 2026-11 by agent");
    expect(answer.table?.rows.map(([name, cost]) => [name, cost])).toEqual([
      ["crawler", expect.any(String)],
      ["ranker/triage", "$0"],
    ]);
  });

  it("calls a running range of seven days a week only where it is this week", async () => {
    const range = await ask("ada", "team payments 2026-11-20..2026-11-26");
    expect(range.sentence).toContain("at the pace of 2 whole days 20-26 Nov comes to");
  });

  it("does not say that every call resolves where there was none", async () => {
    expect((await ask("fin", "unattributed 2025")).sentence).toBe(
      "Nothing was recorded for Acme in 2025.",
    );
  });

  it("says of unattributed calls without a price that there is none, and no $0", async () => {
    const lone = await makeAcme(database.owner, { key: "lone" });
    const event = {
      source: "seed",
      occurredAt: "2026-11-20T10:00:00Z",
      provider: "homegrown",
      model: "mystery-1",
      tokens: { input: 10, output: 1 },
    };
    await append(database.pool, lone.orgId, [
      { ...event, externalId: "a" },
      { ...event, externalId: "b" },
    ]);
    const answer = await asker(brainOf(database.pool), lone)("fin", "unattributed 2026-11-20");
    expect([answer.title, answer.sentence]).toEqual([
      "Unattributed, Fri 20 Nov: 2 calls, no price known",
      "2 calls on Fri 20 Nov that no price is known for resolve to no team.",
    ]);
    expect(answer.table?.rows[0]?.[3]).toBe("no price known");
  });

  it("projects the run rate from the days that are over", async () => {
    const answer = await ask("ada", "team payments");
    const over = await entries(
      "team_id = $2 and local_day >= '2026-11-01' and local_day < '2026-11-22'",
      acme.scopes.get("payments"),
    );
    expect(parseUsd(answer.figures.run_rate?.amount ?? "")).toBe(
      divideHalfEven(parseUsd(over) * 30n, 21n),
    );
    expect(fact(answer, "Run rate")).toBe(
      "$2,483 for November at the pace of its 21 whole days; not a forecast",
    );
    expect((await ask("ada", "team payments last month")).figures.run_rate).toBeUndefined();
  });

  it("has the lines, the daily chart, coverage, owner and time that belong to it", async () => {
    const answer = await ask("ada", "team payments");
    expect(answer.table?.rows.map(([name]) => name)).toEqual(["checkout-agent", "refund-agent"]);
    expect(answer.chart).toMatchObject({ kind: "bar", unit: "USD", title: "Cost a day" });
    expect(answer.chart?.categories).toHaveLength(22);
    expect(fact(answer, "Owner")).toBe("Ada Byron");
    expect(fact(answer, "Coverage")).toBe("100% to a team, 100% to a workflow, 100% to a customer");
    expect(answer.source).toMatchObject({
      basis: "metered",
      attributedPercent: "100.0",
      asOf: "2026-11-22T14:30:00.000Z",
      asOfSaid: "Sun 15:30",
    });
    expect(answer.actions.map(({ label }) => label)).toEqual(["Why", "By model", "Share", "CSV"]);
  });

  it("can be downloaded with exact decimals that add up", async () => {
    const { download, figures } = await ask("fin", "org last month");
    expect(download?.filename).toBe("org-2026-10-01-2026-10-31.csv");
    const rows = parse(download?.csv ?? "", { columns: true }) as Record<string, string>[];
    const cost = (line: string) =>
      rows
        .filter((row) => row.line === line)
        .reduce((sum, row) => sum + parseUsd(row.cost ?? ""), 0n);
    expect(cost("total")).toBe(parseUsd(figures.cost?.amount ?? ""));
    expect(cost("team")).toBe(cost("total"));
    expect(cost("day")).toBe(cost("total"));
    expect(rows.filter((row) => row.line === "day")).toHaveLength(31);
    expect(rows[0]).toMatchObject({ first_day: "2026-10-01", last_day: "2026-10-31" });
  });

  it("says 'at least' where more than 1% of the calls have no price, and how many those are", async () => {
    const answer = await ask("fin", "org");
    expect(answer.title).toContain("Acme, 1-22 Nov: at least $2,725");
    expect(fact(answer, "Unpriced")).toBe(
      "8,800 calls (5.9%), 9.7M tokens: no price is known, so they are not in the total",
    );
    expect(answer.figures.unpriced_calls).toEqual({ amount: "8800", unit: "calls" });
    const october = await ask("fin", "org last month");
    expect(october.title).not.toContain("at least");
    expect(october.details).toContain("Unpriced: 0 calls.");
  });

  it("takes no unknown price for zero", async () => {
    const answer = await ask("fin", "model mystery-1");
    expect(answer.title).toContain("mystery-1, 1-22 Nov: no price known");
    expect(answer.sentence).toContain(
      "made 8,800 calls from 1 to 22 Nov that no price is known for",
    );
    expect(answer.table?.rows[0]?.slice(0, 2)).toEqual(["search", "no price known"]);
    expect(answer.table?.rows[0]?.at(-1)).toBe("-");
  });

  it("never hides what is unattributed", async () => {
    const answer = await ask("fin", "org");
    expect(answer.table?.rows.map(([name]) => name)).toContain("unattributed");
    const few = await ask("fin", "top 1 team");
    expect(few.table?.rows.map(([name]) => name)).toEqual(["payments", "unattributed"]);
    const { sentence, figures } = await ask("fin", "unattributed");
    expect(sentence).toBe("$28.60 from 1 to 22 Nov resolves to no team: 1.0% of what Acme spent.");
    expect(figures.cost).toEqual((await ask("fin", "team unattributed")).figures.cost);
  });

  it("compares today only in words, since today is not over", async () => {
    const answer = await ask("ada", "team payments today");
    expect(answer.title).toBe("payments, Sun 22 Nov so far: $93.51");
    expect(answer.sentence).toBe(
      "payments spent $93.51 on Sun 22 Nov so far; Sun 15 Nov came to $93.51 in all.",
    );
  });

  it("says what a comparison that was named changes, line by line", async () => {
    const answer = await ask("ada", "team payments vs last month by model");
    expect(answer.table?.columns.map(({ label }) => label)).toEqual([
      "Model",
      "Cost",
      "Change",
      "Share",
      "Calls",
      "Per call",
    ]);
    expect(answer.table?.rows.map((row) => row[2])).toEqual(["+$320", "$0"]);
  });

  it("helps where a period is empty", async () => {
    const answer = await ask("ada", "team payments 2025-01");
    expect(answer).toMatchObject({
      state: "ok",
      title: "payments, January 2025: no spend recorded",
      figures: { cost: { amount: "0", unit: "USD" } },
    });
    expect(answer.sentence).toContain("the last spend was $93.51 on Sun 22 Nov");
    expect(answer.actions).toContainEqual({
      kind: "ask",
      label: "team payments 2026-11",
      command: "team payments 2026-11",
    });
    const never = await ask("ada", "agent disputes/triage");
    expect(never.sentence).toContain("nothing in the 400 days before today");
  });

  it("is of one organisation only, whatever names two of them share", async () => {
    const answer = await askOther("ada", "team payments");
    expect(answer.title).toBe("payments, 1-22 Nov: no spend recorded");
    expect(answer.demonstration).toBe(true);
    expect((await ask("ada", "team payments")).demonstration).toBe(false);
    expect((await askOther("fin", "model gpt-4o")).state).toBe("not_found");
  });

  it("counts days in the organisation's zone", async () => {
    await append(database.pool, other.orgId, [
      {
        source: "seed",
        externalId: "late",
        // 00:15 of the 21st in Kathmandu.
        occurredAt: "2026-11-20T18:30:00Z",
        provider: "openai",
        model: "gpt-4o",
        tokens: { input: 1_000_000, output: 0 },
        tags: { agent: "checkout-agent" },
      },
    ]);
    const on = async (day: string) =>
      (await askOther("ada", `team payments ${day}`)).figures.cost?.amount;
    expect(await on("2026-11-20")).toBe("0");
    expect(await on("2026-11-21")).toBe("2.5");
  });

  it("shows what the sources report beside its own price", async () => {
    await append(database.pool, other.orgId, [
      {
        source: "seed",
        externalId: "reported",
        occurredAt: "2026-09-10T10:00:00Z",
        provider: "openai",
        model: "gpt-4o",
        tokens: { input: 1_000_000, output: 0 },
        reportedCost: "2.6",
        tags: { agent: "refund-agent" },
      },
    ]);
    const answer = await askOther("ada", "agent refund-agent 2026-09");
    expect(fact(answer, "Reported")).toBe("$2.60 by the sources, up $0.1000 (4%) on our price");
    expect(answer.figures.reported_cost).toEqual({ amount: "2.6", unit: "USD" });
  });

  it("says when a project moved, and who paid for which part", async () => {
    const { owner } = database;
    const ranker = other.scopes.get("search/ranker");
    const crawl = (externalId: string, day: string) => ({
      source: "seed",
      externalId,
      occurredAt: `${day}T10:00:00Z`,
      provider: "openai",
      model: "gpt-4o",
      tokens: { input: 1_000_000, output: 0 },
      tags: { agent: "crawler" },
    });
    await append(database.pool, other.orgId, [crawl("before", "2026-10-05")]);
    await owner.query("update scope set parent_id = $3 where org_id = $1 and id = $2", [
      other.orgId,
      ranker,
      other.scopes.get("payments"),
    ]);
    await owner.query("update organization set revision = revision + 1 where id = $1", [
      other.orgId,
    ]);
    await append(database.pool, other.orgId, [crawl("after", "2026-10-06")]);
    const answer = await askOther("ada", "project ranker 2026-10");
    expect(answer.figures.cost?.amount).toBe("5");
    expect(answer.notes).toContain(
      "ranker moved between teams in this period; its total spans the move. " +
        "Paid by: payments $2.50, search $2.50.",
    );
  });

  it("adds up a family of models", async () => {
    const family = await ask("fin", "model claude last month");
    const of = async (model: string) =>
      parseUsd((await ask("fin", `model ${model} last month`)).figures.cost?.amount ?? "");
    const sum = (await of("claude-sonnet-4-5")) + (await of("claude-haiku-4-5"));
    expect(parseUsd(family.figures.cost?.amount ?? "")).toBe(sum);
  });
});
