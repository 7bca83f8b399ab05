import type { NativeItem } from "#core/connections/schema.ts";
import { addDays, type Day } from "#core/time.ts";
import { readShape } from "../../http/read-shape.ts";
import type { Session } from "../../http/session.ts";
import { type Discovery, feedOf, type Source, type Window } from "../../source.ts";
import { type BucketReport, inStretches, readDays, zipDays } from "../day-pages.ts";
import { listPages } from "../list-pages.ts";
import { claudeCode } from "./claude-code.ts";
import { type AnthropicDay, normaliseAnthropic } from "./normalise.ts";
import {
  CostPage,
  type CostResult,
  KeyPage,
  Organization,
  UsagePage,
  type UsageResult,
  WorkspacePage,
} from "./schema.ts";

const TITLE = "Anthropic";
const LIST = { limit: 1_000, cursor: "after_id", title: TITLE } as const;
const LAG_HOURS = 24;
const MS_PER_HOUR = 3_600_000;

function midnight(day: Day): string {
  return `${day}T00:00:00Z`;
}

function usageReport(window: Window, limit: number): BucketReport<UsageResult> {
  return {
    title: TITLE,
    path: "/v1/organizations/usage_report/messages",
    shape: UsagePage,
    query: {
      starting_at: midnight(window.from),
      ending_at: midnight(window.until),
      bucket_width: "1d",
      limit,
      "group_by[]": ["api_key_id", "workspace_id", "model", "service_tier", "context_window"],
    },
  };
}

function costReport(window: Window, limit: number): BucketReport<CostResult> {
  return {
    title: TITLE,
    path: "/v1/organizations/cost_report",
    shape: CostPage,
    query: {
      starting_at: midnight(window.from),
      ending_at: midnight(window.until),
      bucket_width: "1d",
      limit,
      "group_by[]": ["workspace_id", "description"],
    },
  };
}

interface ReadDay {
  readonly day: Day;
  readonly raw: AnthropicDay;
  readonly rows: number;
}

async function* readStretch(
  session: Session,
  window: Window,
  days: number,
): AsyncGenerator<ReadDay> {
  const pairs = zipDays(
    readDays(session, usageReport(window, days), window),
    readDays(session, costReport(window, days), window),
  );
  for await (const { day, left: usage, right: costs } of pairs) {
    const closedAt = Date.parse(midnight(addDays(day, 1))) + LAG_HOURS * MS_PER_HOUR;
    const billed = costs.length > 0 && session.now().getTime() >= closedAt;
    yield { day, raw: { usage, costs, billed }, rows: usage.length + costs.length };
  }
}

function fetchDays(session: Session, window: Window): AsyncGenerator<ReadDay> {
  return inStretches(window, (stretch, days) => readStretch(session, stretch, days));
}

function instant(text: string | null | undefined): Date | null {
  return text == null ? null : new Date(text);
}

async function listItems(session: Session): Promise<NativeItem[]> {
  const spaces = "/v1/organizations/workspaces";
  const workspaces = await listPages(
    session,
    { ...LIST, path: spaces, query: { include_archived: "true" } },
    (page) => readShape(WorkspacePage, page, TITLE, spaces),
  );
  const path = "/v1/organizations/api_keys";
  const keys = await listPages(session, { ...LIST, path: path, query: {} }, (page) =>
    readShape(KeyPage, page, TITLE, path),
  );
  const none = { person: null, usedAt: null } as const;
  return [
    ...workspaces.map(({ id, name, created_at, archived_at }) => ({
      ...none,
      kind: "project" as const,
      nativeId: id,
      name: name ?? null,
      parent: null,
      active: archived_at == null,
      madeAt: instant(created_at),
    })),
    ...keys.map(({ id, name, status, workspace_id, created_at }) => ({
      ...none,
      kind: "key" as const,
      nativeId: id,
      name: name ?? null,
      parent: workspace_id ?? null,
      active: status === "active",
      madeAt: instant(created_at),
    })),
  ];
}

async function discover(session: Session): Promise<Discovery> {
  const path = "/v1/organizations/me";
  const me = readShape(Organization, await session.ask(path), TITLE, path);
  const items = await listItems(session);
  // A workspace without a name cannot be made: 400 says that the key might have.
  const tried = await session.ask("/v1/organizations/workspaces", {
    method: "POST",
    body: {},
    accept: [400, 401, 403, 404, 405, 422],
  });
  const writes = tried.status === 400 || tried.status === 422;
  return {
    account: me.id,
    accountName: me.name ?? undefined,
    excessRights: writes ? "make workspaces and switch keys off" : undefined,
    items,
  };
}

/** Usage, cost and Claude Code analytics (providers.md section 3). Cents, in decimal strings. */
export const anthropic: Source = {
  kind: "anthropic",
  title: TITLE,
  provider: "anthropic",
  credential: {
    said: "Admin API key (sk-ant-admin01-...)",
    pattern: /^sk-ant-admin\S{10,}$/,
    madeAt: "https://console.anthropic.com/settings/admin-keys",
  },
  settings: [],
  baseUrl: "https://api.anthropic.com",
  requestsPerMinute: 0,
  headers: (secret) => ({ "x-api-key": secret, "anthropic-version": "2023-06-01" }),
  discover: (session) => discover(session),
  feeds: [
    feedOf<AnthropicDay>({
      name: "usage",
      truth: "days",
      lagHours: LAG_HOURS,
      restatedDays: 4,
      historyDays: 365,
      readsToday: true,
      schedule: { every: "hour", minute: 9 },
      fetch: (session, window) => fetchDays(session, window),
      normalise: normaliseAnthropic,
    }),
    claudeCode,
  ],
};
