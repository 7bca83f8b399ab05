import { beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "#core/answers/schema.ts";
import { DRIVERS } from "#core/ledger/why.ts";
import { parseUsd } from "#core/money.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme } from "./acme.ts";

const database = useDatabase();
let acme: Acme;
let ask: (key: string, text: string) => Promise<Answer>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  ask = asker(brainOf(database.pool), acme);
});

function cents(text: string | undefined): bigint {
  return BigInt((text ?? "").replace(/[$+,.]/g, ""));
}

describe("why", () => {
  it("says the three largest causes, with the agent behind each", async () => {
    const answer = await ask("ada", "why is payments up");
    expect(answer.title).toBe("Why payments, 1-22 Nov: up $320 (21%) on 1-22 Oct");
    expect(answer.sentence).toBe(
      "payments, 1-22 Nov: $1,832, up $320 (21%) on 1-22 Oct: " +
        "+$249 checkout-agent input 22% longer; +$134 checkout-agent 10% more calls; " +
        "-$63 checkout-agent caching (20.0% to 24.5% of input).",
    );
    expect(answer.facts).toEqual([
      { label: "Agent that moved most", value: "checkout-agent, +$320" },
      { label: "Model that moved most", value: "claude-sonnet-4-5, +$320" },
      { label: "Owner", value: "Ada Byron" },
    ]);
  });

  it("adds up to the cent in its table and exactly in its figures", async () => {
    const { table, figures } = await ask("fin", "why org last week");
    const amounts = (table?.rows ?? []).map((row) => cents(row[1]));
    const [before = 0n, ...rest] = amounts;
    const after = rest.pop();
    expect(rest.reduce((sum, part) => sum + part, before)).toBe(after);
    const exact = (name: string) => parseUsd(figures[name]?.amount ?? "");
    expect(DRIVERS.reduce((sum, driver) => sum + exact(driver), 0n)).toBe(exact("change"));
    expect(exact("after") - exact("before")).toBe(exact("change"));
  });

  it("agrees with the spend answer about both periods", async () => {
    const spend = await ask("ada", "team payments vs 2026-09");
    const why = await ask("ada", "why payments vs 2026-09");
    expect(why.figures.after).toEqual(spend.figures.cost);
    expect(why.figures.before).toEqual(spend.figures.cost_before);
    expect(why.figures.change).toEqual(spend.figures.change);
  });

  it("says so where nothing changed", async () => {
    const answer = await ask("fin", "why legal-ops last week");
    expect(answer.sentence).toBe(
      "legal-ops did not change: $54.60 from 9 to 15 Nov and from 2 to 8 Nov.",
    );
    expect(answer.table).toBeUndefined();
  });

  it("says that calls without a price are in no part", async () => {
    const answer = await ask("fin", "why org");
    expect(answer.notes[0]).toContain("have no price; what they cost is in no part");
  });

  it("explains one's own spend to oneself", async () => {
    const answer = await ask("ada", "why me");
    expect(answer.command).toBe("why me");
    expect(answer.sentence).toMatch(/^You, 1-22 Nov: \$1,568/);
  });

  it("can be downloaded by agent, model and cause", async () => {
    const { download } = await ask("ada", "why payments");
    const [header, first] = (download?.csv ?? "").split("\r\n");
    expect(header).toBe(`agent,model,change,${DRIVERS.join(",")},currency`);
    expect(first).toMatch(/^checkout-agent,claude-sonnet-4-5,/);
  });

  it("helps where neither period has spend", async () => {
    const answer = await ask("ada", "why payments 2025-01");
    expect(answer.title).toBe("payments, January 2025: no spend recorded");
    expect(answer.command).toBe("why team payments 2025-01");
  });
});
