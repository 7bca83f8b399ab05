import { createBrain } from "#apps/chat/brain.ts";
import { loadContext } from "#core/ledger/context.ts";
import { installApp } from "#test/slack/installed-app.ts";
import { BENCH_NOW, makeCompany, openBenchDatabase } from "./database.ts";
import { atMost, type Bench, type Figure } from "./figure.ts";
import { COMPANY, makeUsage, teamKey } from "./usage.ts";

const ENTRIES = 100_000;
const COMMANDS = 50;

async function* run(progress: (text: string) => void): AsyncGenerator<Figure> {
  const database = await openBenchDatabase();
  try {
    const orgId = await makeCompany(database.owner, "bench", COMPANY);
    progress(`appending ${ENTRIES} entries`);
    for (let start = 0; start < ENTRIES; start += 10_000) {
      await database.ledger.append(orgId, makeUsage(COMPANY, start, 10_000));
    }
    const { priceBook } = await loadContext(database.pool, orgId, BENCH_NOW());
    const now = new Date(COMPANY.start + ENTRIES * COMPANY.stepMs);
    const app = await installApp({
      brain: createBrain({
        pool: database.pool,
        clock: () => now,
        priceBookOf: async () => priceBook,
      }),
      resolveOrg: async () => orgId,
      // The operator, so that who may see what is not measured.
      resolveAsker: async ({ account }) => ({ personId: undefined, operator: true, account }),
    });
    try {
      progress(`${COMMANDS} slash commands at once`);
      const start = performance.now();
      let slowestAck = 0;
      const waiting = waitForResponses(app.slack.responses, COMMANDS);
      await Promise.all(
        Array.from({ length: COMMANDS }, async (_, index) => {
          const sent = await app.command(`team ${teamKey(index % COMPANY.teams)} last 14 days`);
          if (sent.status !== 200) throw new Error(`not acknowledged: ${sent.status}`);
          slowestAck = Math.max(slowestAck, performance.now() - start);
        }),
      );
      await waiting;
      yield atMost("slowest ack of 50 slash commands", slowestAck, "ms", 1000);
      yield atMost("slowest answer of 50 slash commands", performance.now() - start, "ms", 3000);
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}

async function waitForResponses(responses: readonly unknown[], count: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (responses.length < count) {
    if (performance.now() > deadline) throw new Error(`${responses.length} of ${count} answers`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const chatBench: Bench = {
  name: "chat",
  about: "50 slash commands at once, signed, against an emulated Slack",
  run,
};
