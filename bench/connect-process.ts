import { parseArgs } from "node:util";
import pg from "pg";
import { readFeed, sessionFor } from "#apps/connectors/read-connection.ts";
import { readDepsOf } from "#apps/connectors/read-deps.ts";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import { saveConnection } from "#core/connections/service.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { BENCH_NOW } from "./database.ts";

/** Back-fills one account in a process of its own; prints seconds, lines and the most memory held. */
const { values } = parseArgs({
  options: {
    url: { type: "string" },
    source: { type: "string" },
    org: { type: "string" },
    days: { type: "string" },
  },
});
const orgId = Number(values.org);
const options = "-c role=aispend_app";
const pool = new pg.Pool({ connectionString: values.url, types: rowTypes, max: 6, options });
const box = createSecretBox(makeSecretKey());
const deps = readDepsOf({ pool, clock: BENCH_NOW, box });
const by = { actor: "operator", actorAccount: "cli:bench", surface: "cli" } as const;
const connection = await saveConnection(pool, box, {
  orgId,
  kind: "openai",
  name: "openai",
  settings: { baseUrl: values.source, account: "org-bench" },
  secret: "sk-admin-0123456789",
  by,
  now: BENCH_NOW(),
});
const [feed] = SOURCES.openai.feeds;
if (feed === undefined) throw new Error("OpenAI has a feed");
const session = await sessionFor(deps, connection);
// The server's clock is today's, the usage is of the benchmark's days.
const request = { connection, feed, session: { ...session, ask: session.ask, now: BENCH_NOW } };
const started = performance.now();
const reading = await readFeed(deps, { ...request, historyDays: Number(values.days) - 1 });
const seconds = (performance.now() - started) / 1000;
await pool.end();
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
const { lines } = reading;
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, lines, megabytes: maxRSS / 1024 }));
