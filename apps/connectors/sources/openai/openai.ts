import type { NativeItem } from "#core/connections/schema.ts";
import { addDays, type Day } from "#core/time.ts";
import { readShape } from "../../http/read-shape.ts";
import { garbled, type Session } from "../../http/session.ts";
import { type About, type Discovery, feedOf, type Source, type Window } from "../../source.ts";
import { type BucketReport, inStretches, readDays, unixSeconds, zipDays } from "../day-pages.ts";
import { listPages } from "../list-pages.ts";
import { normaliseOpenAi, type OpenAiDay } from "./normalise.ts";
import {
  CostPage,
  type CostResult,
  ProjectKeyPage,
  ProjectPage,
  UsagePage,
  type UsageResult,
} from "./schema.ts";

const TITLE = "OpenAI";
const LAG_HOURS = 24;
const MS_PER_HOUR = 3_600_000;
const LIST = { limit: 100, cursor: "after", title: TITLE } as const;

const GROUPS = ["project_id", "api_key_id", "model", "batch", "service_tier"];

function usageReport(path: string, groups: string[], limit: number, window: Window) {
  return {
    title: TITLE,
    path,
    shape: UsagePage,
    query: {
      start_time: unixSeconds(window.from),
      end_time: unixSeconds(window.until),
      bucket_width: "1d",
      limit,
      "group_by[]": groups,
    },
  } satisfies BucketReport<UsageResult>;
}

function costReport(window: Window, limit: number): BucketReport<CostResult> {
  return {
    title: TITLE,
    path: "/v1/organization/costs",
    shape: CostPage,
    query: {
      start_time: unixSeconds(window.from),
      end_time: unixSeconds(window.until),
      bucket_width: "1d",
      limit,
      "group_by[]": ["project_id", "line_item", "api_key_id"],
    },
  };
}

interface ReadDay {
  readonly day: Day;
  readonly raw: OpenAiDay;
  readonly rows: number;
}

/** Usage of both kinds beside the costs of the same days. */
async function* readStretch(
  session: Session,
  window: Window,
  days: number,
): AsyncGenerator<ReadDay> {
  const path = "/v1/organization/usage";
  const completions = usageReport(`${path}/completions`, GROUPS, days, window);
  const embeddings = usageReport(`${path}/embeddings`, GROUPS.slice(0, 3), days, window);
  const usage = zipDays(
    readDays(session, completions, window),
    readDays(session, embeddings, window),
  );
  const costs = readDays(session, costReport(window, days), window);
  for await (const { day, left, right } of usage) {
    const bill = await costs.next();
    if (bill.done === true || bill.value.day !== day) {
      throw garbled(TITLE, "/v1/organization/costs", `it has no bucket of ${day}`);
    }
    for (const row of right) left.push(row);
    const closedAt = unixSeconds(addDays(day, 1)) * 1000 + LAG_HOURS * MS_PER_HOUR;
    const { results } = bill.value;
    const billed = results.length > 0 && session.now().getTime() >= closedAt;
    const raw = { usage: left, costs: results, billed };
    yield { day, raw, rows: left.length + results.length };
  }
}

function fetchDays(session: Session, window: Window): AsyncGenerator<ReadDay> {
  return inStretches(window, (stretch, days) => readStretch(session, stretch, days));
}

function instant(seconds: number | null | undefined): Date | null {
  return seconds == null ? null : new Date(seconds * 1000);
}

async function listItems(session: Session): Promise<NativeItem[]> {
  const path = "/v1/organization/projects";
  const projects = await listPages(
    session,
    { ...LIST, path: path, query: { include_archived: "true" } },
    (page) => readShape(ProjectPage, page, TITLE, path),
  );
  const items: NativeItem[] = [];
  for (const project of projects) {
    const active = project.status !== "archived";
    const { id: nativeId, name = null } = project;
    const madeAt = instant(project.created_at);
    const made = { nativeId, name, madeAt, parent: null, person: null, usedAt: null, active };
    items.push({ kind: "project", ...made });
    if (!active) continue;
    const keysPath = `${path}/${encodeURIComponent(nativeId)}/api_keys`;
    const keys = await listPages(session, { ...LIST, path: keysPath, query: {} }, (page) =>
      readShape(ProjectKeyPage, page, TITLE, path),
    );
    for (const key of keys) {
      items.push({
        kind: "key",
        nativeId: key.id,
        name: key.name ?? null,
        parent: nativeId,
        person: key.owner?.user?.email ?? null,
        active: true,
        madeAt: instant(key.created_at),
        usedAt: instant(key.last_used_at),
      });
    }
  }
  return items;
}

/** A project without a name cannot be made: 400 says that the key might have, 403 that it may not. */
async function mayWrite(session: Session): Promise<boolean> {
  const answered = await session.ask("/v1/organization/projects", {
    method: "POST",
    body: {},
    accept: [400, 401, 403, 404, 405, 422],
  });
  return answered.status === 400 || answered.status === 422;
}

async function discover(session: Session, settings: About["settings"]): Promise<Discovery> {
  const from = session.now().getTime() / 1000 - 86_400;
  const path = "/v1/organization/costs";
  const answered = await session.ask(path, {
    query: { start_time: Math.floor(from), bucket_width: "1d", limit: 1 },
  });
  readShape(CostPage, answered, TITLE, path);
  const items = await listItems(session);
  const writes = await mayWrite(session);
  return {
    account: settings.account ?? answered.headers.get("openai-organization") ?? "openai",
    accountName: undefined,
    excessRights: writes ? "make and delete projects and keys" : undefined,
    items,
  };
}

/** Usage for tokens, costs for money (providers.md section 2). Dollars. */
export const openai: Source = {
  kind: "openai",
  title: TITLE,
  provider: "openai",
  credential: {
    said: "admin API key (sk-admin-...), restricted to reading usage",
    pattern: /^sk-admin-\S{10,}$/,
    madeAt: "https://platform.openai.com/settings/organization/admin-keys",
  },
  settings: [{ name: "account", required: false, said: "organisation id, org-..." }],
  baseUrl: "https://api.openai.com",
  requestsPerMinute: 0,
  headers: (secret) => ({ authorization: `Bearer ${secret}` }),
  discover,
  feeds: [
    feedOf<OpenAiDay>({
      name: "usage",
      truth: "days",
      lagHours: LAG_HOURS,
      restatedDays: 4,
      historyDays: 365,
      readsToday: true,
      schedule: { every: "hour", minute: 7 },
      fetch: (session, window) => fetchDays(session, window),
      normalise: normaliseOpenAi,
    }),
  ],
};
