import { beforeAll, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { transaction } from "#core/db/transaction.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { listLevers, measureLevers } from "#core/outcomes/lever-record.ts";
import { addDays, type Day, eachDay, parseDay } from "#core/time.ts";
import { type Acme, append, asker, brainOf, makeAcme, NOW, presser } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let brain: Brain;
let ask: ReturnType<typeof asker>;

interface Traffic {
  readonly agent: string;
  readonly calls?: number;
  readonly input?: number;
  readonly cacheRead?: number;
  readonly system?: number;
  readonly model?: string;
  readonly workflow?: string | null;
  readonly environment?: string;
}

/** One hourly bucket for each of ten hours of the day. */
function dayOf(day: Day, of: Traffic): UsageEventInput[] {
  const { calls = 100, input = 10_000, cacheRead = 0, system, workflow } = of;
  return Array.from({ length: 10 }, (_, hour) => ({
    source: "seed",
    externalId: `${of.agent}-${of.environment ?? ""}-${day}-${hour}`,
    occurredAt: `${day}T${String(8 + hour).padStart(2, "0")}:00:00Z`,
    kind: "bucket" as const,
    provider: "anthropic",
    model: of.model ?? "claude-sonnet-4-5",
    requestCount: calls,
    tokens: { input: input * calls, cacheRead: cacheRead * calls, output: 500 * calls },
    ...(system === undefined ? {} : { composition: { system: system * calls, tools: 0 } }),
    tags: {
      agent: of.agent,
      ...(workflow === null ? {} : { workflow: workflow ?? "refunds" }),
      ...(of.environment === undefined ? {} : { environment: of.environment }),
    },
  }));
}

async function fill(of: Acme, from: string, until: string, ...traffic: Traffic[]): Promise<void> {
  const days = eachDay({ start: parseDay(from), end: parseDay(until) });
  const events = days.flatMap((day) => traffic.flatMap((one) => dayOf(day, one)));
  await append(database.pool, of.orgId, events);
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  brain = brainOf(database.pool);
  ask = asker(brain, acme);
  // NOW is Sunday, 22 November: the last whole week is 9 to 15 November.
  await fill(acme, "2026-10-12", "2026-11-09", { agent: "checkout-agent", system: 4_000 });
  await fill(
    acme,
    "2026-11-09",
    "2026-11-23",
    { agent: "checkout-agent", input: 14_000, system: 4_000 },
    { agent: "refund-agent", model: "claude-haiku-4-5", environment: "ci" },
  );
  await fill(acme, "2026-11-09", "2026-11-16", { agent: "crawler", workflow: null });
  await fill(other, "2026-11-09", "2026-11-16", { agent: "checkout-agent", calls: 7 });
});

describe("levers", () => {
  it("are computed from the last week's calls and said with what they rest on", async () => {
    const answer = await ask("ada", "levers payments");
    expect(answer.sentence).toBe(
      "Try: bring checkout-agent's input back to 10,000 tokens a call (14,000 now), about $84.00 " +
        "a week at last week's calls; it needs an eval first.",
    );
    // 7,000 calls: 28M tokens of context at $3; 28M fixed tokens, of which 99.9% would be read.
    expect(answer.table?.rows).toEqual([
      [
        "Context management",
        "checkout-agent",
        "about $84.00",
        "input per call against the four weeks before",
      ],
      ["Prompt caching", "checkout-agent", "about $75.52", expect.stringContaining("28M fixed")],
      ["Batch", "refund-agent", "about $43.75", expect.stringContaining("batch price")],
      ["Routing", "checkout-agent", "up to $116", expect.stringContaining("price ratio 3.0")],
    ]);
  });

  it("are measured together, not added", async () => {
    const { figures, notes } = await ask("ada", "levers payments");
    expect(Number(figures.combined_saving?.amount)).toBeLessThanOrEqual(203.34);
    expect(notes.join()).toMatch(/together would save about/);
  });

  it("are not advised where less is tagged to a workflow than the target", async () => {
    const answer = await ask("grace", "levers search");
    expect(answer.title).toBe("search: no lever is advised yet");
    expect(answer.table).toBeUndefined();
    expect(answer.details.join()).not.toMatch(/published/);
  });

  it("score the cache of each project", async () => {
    const answer = await ask("ada", "levers payments");
    expect(answer.details).toContain("Cache of checkout-web: 0% of input read from it: unused.");
  });

  it("are looked for in scopes", async () => {
    expect((await ask("ada", "levers workflow refunds")).state).not.toBe("ok");
  });
});

describe("a lever on record", () => {
  const values = {
    kind: "context",
    promised: "84",
    before: "95.0",
    after: "95.4",
    reason: "history cut to ten turns",
  };
  const press = (who: string, over: Partial<typeof values> = {}) =>
    presser(brain, acme)(
      who,
      "lever_promote",
      String(acme.scopes.get("payments/checkout-web/checkout-agent")),
      { ...values, ...over },
    );

  it("is promoted by the Accountable of the gate alone, and only if the pass rate holds", async () => {
    expect((await press("fin")).state).toBe("refused");
    const worse = await press("ada", { after: "88.0" });
    expect(worse.sentence).toMatch(/falls from 95% to 88%/);
    expect((await press("ada", { before: "ninety" })).state).not.toBe("ok");
    expect((await press("ada", { promised: "much" })).state).not.toBe("ok");
    expect((await press("ada")).state).toBe("ok");
  });

  it("is there once", async () => {
    const again = await press("ada");
    expect(again.sentence).toMatch(/on record there/);
  });

  it("is measured by what its drivers made of the change, from the next whole week on", async () => {
    const agentId = acme.scopes.get("payments/checkout-web/checkout-agent") ?? -1;
    const measure = async (today: Day) => {
      const levers = (await listLevers(database.pool, acme.orgId, undefined, 9)).map(
        ({ lever }) => lever,
      );
      await transaction(database.pool, (tx) =>
        measureLevers(tx, {
          orgId: acme.orgId,
          levers,
          filterOf: () => ({ agentId }),
          today,
          now: NOW,
        }),
      );
    };
    await measure(parseDay("2026-11-29"));
    expect(
      (await listLevers(database.pool, acme.orgId, [agentId], 9))[0]?.measured,
    ).toBeUndefined();
    const clock = () => new Date("2026-11-30T06:00:00Z");
    const contextOf = cachedContexts(database.pool, clock);
    const ledger = createLedger({ pool: database.pool, clock, contextOf });
    // Twice the calls, and the input back at 10,000 tokens.
    const week = { start: parseDay("2026-11-23"), end: addDays(parseDay("2026-11-23"), 7) };
    for (const day of eachDay(week)) {
      const events = dayOf(day, { agent: "checkout-agent", calls: 200, system: 4_000 });
      const outcomes = await ledger.append(
        acme.orgId,
        events.map((event) => UsageEvent.parse(event)),
      );
      expect(outcomes.every(({ state }) => state === "appended")).toBe(true);
    }
    await measure(parseDay("2026-11-30"));
    const [found] = await listLevers(database.pool, acme.orgId, [agentId], 9);
    // 4,000 tokens at $3 per million of 7,000 to 14,000 calls: on average $126.
    expect(found?.measured).toMatchObject({ week: "2026-11-23", saved: 126_000_000_000n });
    const answer = await ask("ada", "levers record checkout-agent");
    expect(answer.sentence).toMatch(/promised \$84.00 a week, measured \$126/);
    expect(answer.table?.rows[0]).toContain("95% to 95.4%");
  });

  it("is taken back by the same Accountable alone, at its own scope, once", async () => {
    const agent = acme.scopes.get("payments/checkout-web/checkout-agent");
    const [found] = await listLevers(database.pool, acme.orgId, undefined, 9);
    const back = (who: string, token: string) => presser(brain, acme)(who, "lever_withdraw", token);
    const id = found?.lever.id;
    expect((await back("fin", `${agent}:${id}`)).state).toBe("refused");
    // Entitled elsewhere is not entitled here.
    expect((await back("ada", `${acme.scopes.get("payments")}:${id}`)).state).not.toBe("ok");
    expect((await back("ada", `${agent}:${id}`)).title).toMatch(/taken back/);
    expect((await back("ada", `${agent}:${id}`)).state).not.toBe("ok");
    expect((await back("ada", "x:y")).state).not.toBe("ok");
  });

  it("belongs to its organisation", async () => {
    expect(await listLevers(database.pool, other.orgId, undefined, 9)).toEqual([]);
  });
});
