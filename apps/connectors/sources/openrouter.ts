import { z } from "zod";
import type { NativeItem } from "#core/connections/schema.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { nanoUsd, parseUsd } from "#core/money.ts";
import { addDays, type Day } from "#core/time.ts";
import { readShape } from "../http/read-shape.ts";
import { garbled, type Session } from "../http/session.ts";
import {
  type About,
  type Discovery,
  feedOf,
  type Source,
  type SourceDay,
  type Window,
} from "../source.ts";
import { given, lineId, noonOf, prefixOf, reported } from "./buckets.ts";

const TITLE = "OpenRouter";
const ACTIVITY = "/api/v1/activity";
const KEYS = "/api/v1/keys";
/** The report holds the last 30 UTC days that are over. */
const HISTORY_DAYS = 30;

const Count = z.int().min(0).nullish();
const Dollars = z.union([z.number(), z.string()]);

const ActivityRow = z.object({
  date: z.string().transform((text) => text.slice(0, 10) as Day),
  model: z.string(),
  endpoint_id: z.string().nullish(),
  provider_name: z.string().nullish(),
  requests: Count,
  prompt_tokens: Count,
  completion_tokens: Count,
  reasoning_tokens: Count,
  usage: Dollars,
  byok_usage_inference: Dollars.nullish(),
});
type ActivityRow = z.infer<typeof ActivityRow>;
/** An answer of /api/v1/activity. */
export const Activity = z.object({ data: z.array(ActivityRow) });

const KeyRow = z.object({
  hash: z.string(),
  name: z.string().nullish(),
  label: z.string().nullish(),
  disabled: z.boolean().nullish(),
  created_at: z.string().nullish(),
});
const Keys = z.object({ data: z.array(KeyRow) });
const KEYS_A_PAGE = 100;

interface OpenRouterRow extends ActivityRow {
  /** Null: of no key that is listed now. */
  readonly key: string | null;
}

async function listKeys(session: Session): Promise<z.infer<typeof KeyRow>[]> {
  const rows: z.infer<typeof KeyRow>[] = [];
  for (;;) {
    const query = { offset: rows.length, include_disabled: "true" };
    const { data } = readShape(Keys, await session.ask(KEYS, { query }), TITLE, KEYS);
    const known = new Set(rows.map(({ hash }) => hash));
    const fresh = data.filter(({ hash }) => !known.has(hash));
    rows.push(...fresh);
    if (data.length < KEYS_A_PAGE) return rows;
    if (fresh.length === 0) throw garbled(TITLE, KEYS, "the same page again");
  }
}

/** What a row of the report is of; each is there once. */
export function groupOf(row: ActivityRow): string {
  return [row.date, row.model, row.endpoint_id, row.provider_name].join("\n");
}

const COUNTS = ["requests", "prompt_tokens", "completion_tokens", "reasoning_tokens"] as const;

/** The account's report, less what its keys explain: deleted keys are in no list. */
function leftOver(
  whole: readonly ActivityRow[],
  ofKeys: readonly OpenRouterRow[],
): OpenRouterRow[] {
  const explained = new Map<string, OpenRouterRow[]>();
  for (const row of ofKeys) {
    const group = explained.get(groupOf(row));
    if (group === undefined) explained.set(groupOf(row), [row]);
    else group.push(row);
  }
  return whole.flatMap((row) => {
    const parts = explained.get(groupOf(row)) ?? [];
    const usage = parts.reduce(
      (left, part) => left - parseUsd(part.usage),
      parseUsd(row.usage) as bigint,
    );
    const counts = Object.fromEntries(
      COUNTS.map((name) => [
        name,
        Math.max(
          0,
          parts.reduce((left, part) => left - (part[name] ?? 0), row[name] ?? 0),
        ),
      ]),
    );
    const isNothing = usage === 0n && COUNTS.every((name) => counts[name] === 0);
    const dollars = reported(nanoUsd(usage)).reportedCost ?? "0";
    return isNothing ? [] : [{ ...row, ...counts, usage: dollars, key: null }];
  });
}

/** One request for the account and one for each key answer all 30 days. */
async function* fetchDays(
  session: Session,
  window: Window,
): AsyncGenerator<{ day: Day; raw: OpenRouterRow[] }> {
  const ask = async (query: Readonly<Record<string, string>>) =>
    readShape(Activity, await session.ask(ACTIVITY, { query }), TITLE, ACTIVITY).data;
  const whole = await ask({});
  const rows: OpenRouterRow[] = [];
  for (const { hash } of await listKeys(session)) {
    for (const row of await ask({ api_key_hash: hash })) rows.push({ ...row, key: hash });
  }
  rows.push(...leftOver(whole, rows));
  for (let day = window.from; day < window.until; day = addDays(day, 1)) {
    yield { day, raw: rows.filter((row) => row.date === day) };
  }
}

/** `usage` is what OpenRouter took; inference on a key of one's own is billed by its provider. */
export function normaliseOpenRouter(
  day: Day,
  raw: readonly OpenRouterRow[],
  about: About,
): SourceDay {
  const prefix = prefixOf(about.account, "activity");
  const events = raw.map((row): UsageEvent => {
    const { model, endpoint_id = null, provider_name = null, key } = row;
    return {
      source: "pull:openrouter",
      externalId: lineId(prefix, [key, model, endpoint_id, provider_name]),
      occurredAt: noonOf(day),
      kind: "bucket",
      basis: "billed",
      provider: "openrouter",
      model,
      serviceTier: "standard",
      status: "ok",
      requestCount: row.requests ?? 0,
      // Output at OpenRouter includes what was reasoned.
      tokens: given({
        input: row.prompt_tokens,
        output: row.completion_tokens,
        reasoning: row.reasoning_tokens || undefined,
      }),
      tags: {},
      account: about.account,
      estimated: false,
      ...given({ key: key ?? undefined }),
      ...reported(parseUsd(row.usage)),
    };
  });
  return { day, events };
}

async function discover(session: Session): Promise<Discovery> {
  const items: NativeItem[] = (await listKeys(session)).map((key) => ({
    kind: "key",
    nativeId: key.hash,
    name: key.name ?? key.label ?? null,
    parent: null,
    person: null,
    active: key.disabled !== true,
    madeAt: key.created_at == null ? null : new Date(key.created_at),
    usedAt: null,
  }));
  await session.ask(ACTIVITY);
  return {
    account: "openrouter",
    accountName: undefined,
    excessRights: "make and delete keys: OpenRouter has no management key that only reads",
    items,
  };
}

/** Daily activity by key and model (providers.md section 6). Dollars. */
export const openrouter: Source = {
  kind: "openrouter",
  title: TITLE,
  provider: "openrouter",
  credential: {
    said: "management key (sk-or-v1-...)",
    pattern: /^sk-or-\S{10,}$/,
    madeAt: "https://openrouter.ai/settings/management-keys",
  },
  settings: [{ name: "account", required: false, said: "a name for the account" }],
  baseUrl: "https://openrouter.ai",
  requestsPerMinute: 0,
  headers: (secret) => ({ authorization: `Bearer ${secret}` }),
  discover: async (session, settings) => ({
    ...(await discover(session)),
    account: settings.account ?? "openrouter",
  }),
  feeds: [
    feedOf<OpenRouterRow[]>({
      name: "activity",
      truth: "days",
      lagHours: 6,
      restatedDays: 4,
      historyDays: HISTORY_DAYS,
      readsToday: false,
      schedule: { every: "hour", minute: 23 },
      fetch: (session, window) => fetchDays(session, window),
      normalise: normaliseOpenRouter,
    }),
  ],
};
