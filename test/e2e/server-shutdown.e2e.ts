import { rmSync } from "node:fs";
import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { issueIngestToken } from "#core/org/ingest-token.ts";
import { makeAcme } from "#test/chat/acme.ts";
import { SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeTemporaryHome } from "#test/database/temporary-home.ts";
import { startProcess } from "#test/server/server-process.ts";

const database = useDatabase();
const folder = makeTemporaryHome("aispend-process-");
const acme: { orgId?: number; token?: string } = {};

beforeAll(async () => {
  const { orgId } = await makeAcme(database.owner, { key: "acme" });
  const by = { actor: "operator", surface: "cli" } as const;
  const wanted = { orgId, name: "feed", scopeIds: [] };
  const { token } = await issueIngestToken(database.pool, wanted, by, new Date());
  Object.assign(acme, { orgId, token });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startReal() {
  return startProcess(folder, {
    DATABASE_URL: database.url,
    AISPEND_SECRET_KEY: SECRET_KEY,
    AISPEND_LOG_LEVEL: "warn",
  });
}

const EVENTS = 20;

function eventOf(externalId: string) {
  return {
    source: "api",
    externalId,
    occurredAt: new Date(Date.now() - 60_000).toISOString(),
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1000, output: 100 },
    tags: { team: "payments" },
  };
}

/** Sends batches one after another until the server no longer takes them; how many it accepted. */
async function sendUntilRefused(url: string, sender: number): Promise<number> {
  let accepted = 0;
  for (let batch = 0; ; batch += 1) {
    const events = Array.from({ length: EVENTS }, (_, index) =>
      eventOf(`${sender}-${batch}-${index}`),
    );
    try {
      const response = await fetch(`${url}/v1/usage`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${acme.token}` },
        body: JSON.stringify(events),
      });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      accepted += EVENTS;
    } catch (error) {
      // Only a connection that is gone ends the sending: no batch may be refused.
      if (error instanceof TypeError) return accepted;
      throw error;
    }
  }
}

// A process of its own takes seconds to load, on a busy machine many.
const PATIENCE = { timeout: 120_000 };

it(
  "loses nothing that it accepted when it is told to end in the middle of deliveries",
  PATIENCE,
  async () => {
    const server = await startReal();
    const senders = [1, 2, 3, 4].map((sender) => sendUntilRefused(server.url, sender));
    await expect.poll(async () => countEntries(), { timeout: 60_000 }).toBeGreaterThan(200);
    expect(await server.end("SIGTERM")).toBe(0);
    const accepted = (await Promise.all(senders)).reduce((sum, count) => sum + count, 0);
    expect(accepted).toBeGreaterThan(200);
    // Not less: nothing accepted is lost. Not more: nothing was stored whose answer was cut off.
    expect(await countEntries()).toBe(accepted);
  },
);

it("answers a delivery that had begun when Ctrl-C told it to end", PATIENCE, async () => {
  const server = await startReal();
  const begun = request({
    port: new URL(server.url).port,
    host: "127.0.0.1",
    method: "POST",
    path: "/v1/usage",
    headers: { "content-type": "application/json", authorization: `Bearer ${acme.token}` },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    begun.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    begun.on("error", reject);
  });
  const body = JSON.stringify([eventOf("begun-before-the-end")]);
  begun.write(body.slice(0, 40));
  // The server has the head of that request once it answers a later one.
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const ended = server.end("SIGINT");
  const isTaken = () =>
    fetch(`${server.url}/healthz`).then(
      () => true,
      () => false,
    );
  await expect.poll(isTaken, { timeout: 20_000 }).toBe(false);
  begun.end(body.slice(40));
  expect(await answered).toBeLessThan(300);
  expect(await ended).toBe(0);
  const { rows } = await database.owner.query(
    "select from ledger_entry where external_id = 'begun-before-the-end'",
  );
  expect(rows).toHaveLength(1);
});

async function countEntries(): Promise<number> {
  const { rows } = await database.owner.query<{ count: number }>(
    "select count(*)::int as count from ledger_entry where org_id = $1 and source = 'api'",
    [acme.orgId],
  );
  return rows[0]?.count ?? 0;
}
