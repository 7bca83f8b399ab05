import { z } from "zod";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { addDays, type Day } from "#core/time.ts";
import { readShape } from "../http/read-shape.ts";
import { garbled, type Session } from "../http/session.ts";
import { parseLiteLlm } from "../litellm/litellm.ts";
import { hasUsage, payloadOf, SpendRow } from "../litellm/spend-row.ts";
import {
  type About,
  type Discovery,
  feedOf,
  type Source,
  type SourceDay,
  type Window,
} from "../source.ts";

const TITLE = "LiteLLM";
const LOGS = "/spend/logs/v2";
const HOUR_MS = 3_600_000;
/** Some versions take 1,000 rows a page, others refuse more than 100. */
const LARGE_PAGE = 1_000;
const SMALL_PAGE = 100;
/** The total of one query is capped by LiteLLM: a stretch with more is read in halves. */
const MOST_ROWS = 10_000;
const SHORTEST_MS = 60_000;

const LogPage = z.object({
  data: z.array(SpendRow),
  total: z.int().min(0),
  total_pages: z.int().min(0),
});

function wall(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

async function readPage(session: Session, from: number, until: number, page: number, size: number) {
  const answered = await session.ask(LOGS, {
    query: { start_date: wall(from), end_date: wall(until), page, page_size: size },
    accept: [422],
  });
  return answered.status === 422 ? undefined : readShape(LogPage, answered, TITLE, LOGS);
}

async function pageSize(session: Session): Promise<number> {
  const now = session.now().getTime();
  const large = await readPage(session, now - SHORTEST_MS, now, 1, LARGE_PAGE);
  return large === undefined ? SMALL_PAGE : LARGE_PAGE;
}

/** Half-open; a row that pages hold twice, as they shift while calls come in, is one. */
async function readStretch(
  session: Session,
  from: number,
  until: number,
  size: number,
): Promise<SpendRow[]> {
  const rows = new Map<string, SpendRow>();
  for (let page = 1; ; page += 1) {
    const read = await readPage(session, from, until, page, size);
    if (read === undefined) throw garbled(TITLE, LOGS, `it refuses pages of ${size} rows`);
    if (read.total >= MOST_ROWS && until - from > SHORTEST_MS) {
      const middle = Math.floor((from + until) / 2 / 1000) * 1000;
      const early = await readStretch(session, from, middle, size);
      return [...early, ...(await readStretch(session, middle, until, size))];
    }
    for (const row of read.data) rows.set(`${row.request_id} ${row.startTime}`, row);
    if (page >= read.total_pages || read.data.length === 0) return [...rows.values()];
  }
}

async function* fetchHours(
  session: Session,
  window: Window,
): AsyncGenerator<{ day: Day; raw: SpendRow[] }> {
  const size = await pageSize(session);
  const since = window.since?.getTime() ?? 0;
  const now = session.now().getTime();
  for (let day = window.from; day < window.until; day = addDays(day, 1)) {
    const midnight = Date.parse(`${day}T00:00:00Z`);
    for (let hour = 0; hour < 24; hour += 6) {
      const from = midnight + hour * HOUR_MS;
      const until = from + 6 * HOUR_MS;
      if (until <= since || from > now) continue;
      yield { day, raw: await readStretch(session, Math.max(from, since), until, size) };
    }
  }
}

/** The same events as the callback sends; those that it lost are new, the others are known. */
export function normaliseSpendLogs(day: Day, raw: readonly SpendRow[], about: About): SourceDay {
  const partial = new Set<UsageEvent>();
  const events = parseLiteLlm(raw.map(payloadOf), about.endUserId).flatMap((parsed, index) => {
    if (parsed.state !== "event") return [];
    const row = raw[index];
    if (row !== undefined && !hasUsage(row)) partial.add(parsed.event);
    return [parsed.event];
  });
  return { day, events, partial };
}

async function discover(session: Session, account: string): Promise<Discovery> {
  const size = await pageSize(session);
  const now = session.now().getTime();
  await readPage(session, now - HOUR_MS, now, 1, size);
  // Without a body nothing is made: 400 or 422 says that the key might have.
  const tried = await session.ask("/key/block", {
    method: "POST",
    body: {},
    accept: [400, 401, 403, 404, 405, 422],
  });
  const writes = tried.status === 400 || tried.status === 422;
  return {
    account,
    accountName: undefined,
    excessRights: writes ? "make and block keys" : undefined,
    items: [],
  };
}

/** Spend logs, which make up for what the callback loses (gateways.md section 4). Dollars. */
export const litellm: Source = {
  kind: "litellm",
  title: TITLE,
  provider: "litellm",
  credential: {
    said: "key of a proxy_admin_viewer, or the master key",
    pattern: /^sk-\S{4,}$/,
    madeAt: "your LiteLLM proxy, as an admin: POST /user/new with user_role proxy_admin_viewer",
  },
  settings: [{ name: "baseUrl", required: true, said: "where the proxy is, https://..." }],
  baseUrl: undefined,
  requestsPerMinute: 0,
  headers: (secret) => ({ authorization: `Bearer ${secret}` }),
  discover: (session, settings) => discover(session, settings.account ?? "litellm"),
  feeds: [
    feedOf<SpendRow[]>({
      name: "spend_logs",
      truth: "events",
      lagHours: 1,
      restatedDays: 2,
      historyDays: 365,
      readsToday: true,
      schedule: { every: "minutes", count: 15 },
      fetch: (session, window) => fetchHours(session, window),
      normalise: normaliseSpendLogs,
    }),
  ],
};
