import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDueSlots } from "#core/schedule/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { clearQueues, insertOrganizations } from "#test/outbox/organization.ts";
import { type BuiltChild, buildChild } from "#test/worker/build-child.ts";

const database = useDatabase();
const KILLS = 50;
const START = new Date("2026-11-18T12:00:00Z").getTime();
const MINUTE = 60_000;
let child: BuiltChild;

/** A chat that remembers what was posted under which key: the witness. */
const posted: { key: string; ts: string }[] = [];
const chat = createServer(async (request, response) => {
  const { key }: { key: string } = JSON.parse(await text(request));
  if (request.url === "/post") {
    const ts = `${posted.length + 1}`;
    posted.push({ key, ts });
    response.end(JSON.stringify({ ts }));
  } else {
    response.end(JSON.stringify({ ts: posted.find((one) => one.key === key)?.ts }));
  }
});

beforeAll(async () => {
  child = await buildChild("crash-child.ts");
  chat.listen(0, "127.0.0.1");
  await once(chat, "listening");
});
afterAll(async () => {
  chat.close();
  await child.remove();
});

/** Runs a worker process to its end; true when it was killed. */
async function work(killAt: string, spared: number, now: number): Promise<boolean> {
  const { port } = chat.address() as AddressInfo;
  const options = {
    databaseUrl: database.url,
    chatUrl: `http://127.0.0.1:${port}`,
    killAt,
    spared,
    now: new Date(now).toISOString(),
  };
  const process = spawn("node", [child.path, JSON.stringify(options)], { stdio: "inherit" });
  const [code, signal] = await once(process, "exit");
  expect([code === 0, signal === "SIGKILL"]).toContain(true);
  return signal === "SIGKILL";
}

it.each(["job", "claimed", "looked_up", "posted"])(
  `two workers and ${KILLS} kills at '%s': every slot done once, every message seen once`,
  async (killAt) => {
    await clearQueues(database.owner);
    posted.length = 0;
    await insertOrganizations(database.owner, ["acme", "umbrella"]);
    const schedule = { every: "minutes", count: 1 } as const;
    await openDueSlots(database.pool, new Date(START), async () => [
      { name: "job", schedule, catchUp: "all" },
    ]);
    let kills = 0;
    let now = START;
    for (let round = 0; kills < KILLS; round += 1) {
      // Past the lease of whoever was killed before.
      now += 2 * MINUTE;
      // Only what was posted and not marked is looked up.
      if (killAt === "looked_up" && round % 2 === 0) {
        await Promise.all([work("posted", 0, now), work("posted", 1, now)]);
        continue;
      }
      const killed = await Promise.all([work(killAt, 0, now), work(killAt, 1, now)]);
      kills += killed.filter(Boolean).length;
      expect(round).toBeLessThan(4 * KILLS);
    }
    const waiting = "select from outbox where state <> 'sent'";
    do {
      now += 2 * MINUTE;
      await work("never", 0, now);
      expect(now).toBeLessThan(START + 8 * KILLS * MINUTE + 60 * MINUTE);
    } while ((await database.pool.query(waiting)).rowCount !== 0);
    const minutes = (now - START) / MINUTE;
    const slots = await database.pool.query("select state from schedule_slot");
    expect(slots.rows.filter((row) => row.state === "done")).toHaveLength(2 * minutes);
    expect(slots.rowCount).toBe(2 * minutes);
    expect(new Set(posted.map((one) => one.key)).size).toBe(2 * minutes);
    expect(posted).toHaveLength(2 * minutes);
  },
  900_000,
);
