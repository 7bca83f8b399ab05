import { beforeAll, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { settleDay } from "#core/ledger/settle.ts";
import type { Day } from "#core/time.ts";
import { useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const now = new Date("2026-11-22T14:30:00Z");
const { line } = useCommandLine(database, now);

beforeAll(async () => {
  const { pool } = database;
  const orgId = await makeOrganization(database.owner, "acme");
  const clock = () => now;
  const contextOf = cachedContexts(pool, clock);
  const ledger = createLedger({ pool, clock, contextOf });
  const day = "2026-10-10" as Day;
  const usage = { provider: "openai", model: "gpt-4o", tokens: { input: 1_000_000, output: 0 } };
  const call = { source: "gateway", externalId: "c1", occurredAt: `${day}T10:00:00Z` };
  await ledger.append(orgId, [UsageEvent.parse({ ...usage, ...call })]);
  const line = { source: "pull:openai", externalId: "usage:1", kind: "bucket", basis: "billed" };
  const billed = { account: "org-1", occurredAt: `${day}T12:00:00Z`, reportedCost: "2.40" };
  await settleDay(
    { pool, ledger, contextOf, clock },
    {
      ...{ orgId, source: "pull:openai", account: "org-1", prefix: "usage:", day },
      events: [UsageEvent.parse({ ...usage, ...line, ...billed })],
    },
  );
});

it("compares a month, books it unless it is a dry run, and refuses what is no month", async () => {
  const dry = await line("reconcile", "2026-10", "--dry-run");
  expect(dry.out).toContain("another price");
  expect(dry.out).toContain("would be booked as a line of its own");
  expect(dry.out).toContain("org-1: -$0.1000 another price");
  expect(dry.out).toContain("Nothing was booked");
  expect(dry.out).not.toContain("not settled");
  expect((await line("reconcile", "2026-10")).out).toContain("of 1 account-day is in the ledger");
  const { accounts } = JSON.parse((await line("reconcile", "--json")).out);
  expect(accounts).toMatchObject([
    { account: "org-1", billed: "2.4", metered: "2.5", difference: "-0.1", bookedDays: 1 },
  ]);
  expect(accounts[0].causes.price).toBe("-0.1");
  expect((await line("ask", "org", "2026-10")).out).toContain("$2.40");
  const nobody = await line("reconcile", "2026-10", "--account", "org-2");
  expect(nobody.out).toContain("names the account 'org-2'; there is: org-1.");
  expect((await line("reconcile", "2026-13")).err).toContain("'2026-13' is not a month");
  const wrong = await line("reconcile", "october");
  expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining("YYYY-MM")]);
});
