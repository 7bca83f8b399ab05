import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { AispendError, invariant } from "#core/errors.ts";
import type {
  CreatedKey,
  DesiredKey,
  KeyDriver,
  ObservedKey,
  Weakness,
} from "#core/keys/driver.ts";
import { decimalOf, nanoFromDecimal, usdDecimal } from "#core/money.ts";
import type { AdminClient } from "./admin-client.ts";

const Money = z.union([z.number(), z.string()]).nullish();
const Row = z.looseObject({
  token: z.string().nullish(),
  key_alias: z.string().nullish(),
  max_budget: Money,
  budget_duration: z.string().nullish(),
  models: z.array(z.string()).nullish(),
  blocked: z.boolean().nullish(),
  expires: z.string().nullish(),
  spend: Money,
});
const Generated = z.looseObject({ key: z.string(), token: z.string().nullish() });
const Info = z.looseObject({ key: z.string().nullish(), info: Row });
const List = z.looseObject({ keys: z.array(z.unknown()), total_pages: z.number().nullish() });
const Anything = z.unknown();
const Health = z.looseObject({
  status: z.string().nullish(),
  db: z.string().nullish(),
  cache: z.unknown().optional(),
  litellm_version: z.string().nullish(),
});
const Settings = z.array(z.looseObject({ field_name: z.string(), field_value: z.unknown() }));

const DURATIONS = { day: "1d", week: "7d", month: "1mo", quarter: "3mo", year: "12mo" } as const;
const FULL = "return_full_object=true&include_team_keys=true";
const PAGES = 1_000;
const BOUNDED_SINCE = [1, 84];

function nano(value: z.infer<typeof Money>): bigint | undefined {
  if (value === null || value === undefined) return undefined;
  const decimal = decimalOf(value);
  return decimal === undefined ? undefined : nanoFromDecimal(decimal);
}

function observed(id: string, row: z.infer<typeof Row>): ObservedKey {
  return {
    externalId: id,
    name: row.key_alias ?? undefined,
    capAmount: nano(row.max_budget),
    models: row.models ?? [],
    blocked: row.blocked === true,
    expiresAt: row.expires ? new Date(row.expires) : undefined,
    spent: nano(row.spend) ?? null,
  };
}

function limits(desired: DesiredKey, now: Date) {
  const seconds =
    desired.expiresAt === undefined
      ? undefined
      : Math.max(1, Math.round((desired.expiresAt.getTime() - now.getTime()) / 1_000));
  return {
    // A JSON number in dollars is the contract; its shortest decimal is exact to nine places.
    max_budget: Number(usdDecimal(desired.capAmount)),
    budget_duration: DURATIONS[desired.capPeriod],
    models: desired.models,
    ...(seconds === undefined ? {} : { duration: `${seconds}s` }),
  };
}

/** The id of a key at LiteLLM: the sha256 of its secret, so that the secret need not be kept. */
export function litellmId(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/**
 * LiteLLM's proxy (OpenAPI 1.103.1). It reserves before the call from 1.84 on, with known holes:
 * bounded at best. Every write is read back, since `upperbound_key_generate_params` lowers a wish
 * in silence.
 */
export function litellmDriver(client: AdminClient, now: () => Date): KeyDriver {
  const read = async (id: string): Promise<ObservedKey | undefined> => {
    const path = `/key/info?key=${encodeURIComponent(id)}`;
    const found = await client.ask(path, Info, { method: "GET", absent: [404, 400] });
    return found && observed(found.info.token ?? id, found.info);
  };
  const readBack = async (id: string): Promise<ObservedKey> => {
    const found = await read(id);
    if (found !== undefined) return found;
    throw new AispendError("gateway_forgot", "LiteLLM does not know the key that it was given", {
      kind: "unavailable",
      help: "Without a database LiteLLM keeps no keys: set DATABASE_URL there.",
    });
  };
  const write = async (path: string, id: string, body: object = {}) => {
    await client.ask(path, Anything, { method: "POST", body: { key: id, ...body } });
    return readBack(id);
  };
  return {
    kind: "litellm",
    title: "LiteLLM",
    enforcement: "bounded",
    enforcementSaid: "reserved before the call; about one request can overshoot, and known holes",
    blockIsFinal: false,
    async create(desired): Promise<CreatedKey> {
      // Our own value: whether a lost answer made a key is then a look-up, never a second key.
      const secret = `sk-${randomBytes(32).toString("base64url")}`;
      const body = { key: secret, key_alias: desired.name, ...limits(desired, now()) };
      try {
        await client.ask("/key/generate", Generated, { method: "POST", body });
      } catch (error) {
        const isLost = error instanceof AispendError && error.kind === "unavailable";
        const there = isLost ? await read(litellmId(secret)) : undefined;
        if (there === undefined) throw error;
      }
      return { secret, observed: await readBack(litellmId(secret)) };
    },
    async list() {
      const found = new Map<string, ObservedKey>();
      for (let page = 1; page <= PAGES; page += 1) {
        const path = `/key/list?page=${page}&size=100&${FULL}`;
        const listed = await client.ask(path, List, { method: "GET" });
        invariant(listed !== undefined, "a list is never absent");
        for (const one of listed.keys) {
          const row = Row.safeParse(one);
          // The same key on two pages, as rows shift while one reads: it counts once.
          if (row.success && row.data.token)
            found.set(row.data.token, observed(row.data.token, row.data));
        }
        if (listed.keys.length === 0 || page >= (listed.total_pages ?? 1)) break;
      }
      return [...found.values()];
    },
    read,
    setBudget: (id, desired) => write("/key/update", id, limits(desired, now())),
    block: (id) => write("/key/block", id),
    unblock: (id) => write("/key/unblock", id),
    async regenerate(id, overlapHours): Promise<CreatedKey> {
      const secret = `sk-${randomBytes(32).toString("base64url")}`;
      const grace = overlapHours > 0 ? { grace_period: `${overlapHours}h` } : {};
      const path = `/key/${encodeURIComponent(id)}/regenerate`;
      const made = await client.ask(path, Generated, {
        method: "POST",
        body: { new_key: secret, ...grace },
      });
      const given = made?.key ?? secret;
      return { secret: given, observed: await readBack(litellmId(given)) };
    },
    check: () => weaknesses(client),
  };
}

async function weaknesses(client: AdminClient): Promise<Weakness[]> {
  const health = await client.ask("/health/readiness", Health, { method: "GET" });
  const path = "/config/list?config_type=general_settings";
  const settings = await client.ask(path, Settings, { method: "GET", absent: [403, 404] });
  const value = (name: string) =>
    settings?.find(({ field_name }) => field_name === name)?.field_value;
  const found: Weakness[] = [];
  if (health?.db !== "connected") {
    found.push({ said: "no database: budgets fail open", help: "Set DATABASE_URL at LiteLLM." });
  }
  if (health?.cache === null || health?.cache === undefined) {
    found.push({
      said: "no Redis: each replica counts alone",
      help: "Set litellm_settings.cache with Redis.",
    });
  }
  if (settings === undefined) {
    found.push({
      said: "its settings cannot be read, so fail_closed_budget_enforcement is not known",
      help: "Give the master key.",
    });
  } else if (value("fail_closed_budget_enforcement") !== true) {
    found.push({
      said: "budgets fail open when Redis does",
      help: "Set general_settings.fail_closed_budget_enforcement: true.",
    });
  }
  const [major = 0, minor = 0] = (health?.litellm_version ?? "").split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = BOUNDED_SINCE;
  const old = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  if (health?.litellm_version !== undefined && old) {
    found.push({
      said: `version ${health.litellm_version} records after the call: its caps are soft`,
      help: "Upgrade to 1.84 or newer.",
    });
  }
  return found;
}
