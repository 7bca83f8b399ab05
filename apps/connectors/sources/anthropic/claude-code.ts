import type { CodingToolDay } from "#core/connections/schema.ts";
import { addDays, type Day } from "#core/time.ts";
import { readShape } from "../../http/read-shape.ts";
import { garbled, type Session } from "../../http/session.ts";
import { type About, feedOf, type SourceDay, type Window } from "../../source.ts";
import { nanoFromCents } from "./normalise.ts";
import { ClaudeCodePage, type ClaudeCodeRow } from "./schema.ts";

const TITLE = "Anthropic";
const PATH = "/v1/organizations/usage_report/claude_code";
const ROWS_A_PAGE = 1_000;

/** The report is of one UTC day a request. */
async function* fetchDays(
  session: Session,
  window: Window,
): AsyncGenerator<{ day: Day; raw: ClaudeCodeRow[] }> {
  for (let day = window.from; day < window.until; day = addDays(day, 1)) {
    const rows: ClaudeCodeRow[] = [];
    let page: string | undefined;
    for (;;) {
      const query = { starting_at: day, limit: ROWS_A_PAGE, page };
      const read = readShape(ClaudeCodePage, await session.ask(PATH, { query }), TITLE, PATH);
      rows.push(...read.data);
      if (!read.has_more) break;
      if (!read.next_page || read.next_page === page) {
        throw garbled(TITLE, PATH, "'has_more' without a new 'next_page'");
      }
      page = read.next_page;
    }
    yield { day, raw: rows };
  }
}

type Measured = Omit<CodingToolDay, "day" | "tool" | "person" | "billing" | "model">;

function big(value: number | null | undefined): bigint {
  return BigInt(value ?? 0);
}

/** What is counted per engineer and day stands on the row of the first model, so that it adds up. */
function rowsOf(day: Day, row: ClaudeCodeRow): CodingToolDay[] {
  const { core_metrics: core, actor } = row;
  const actions = Object.values(row.tool_actions ?? {});
  const sum = (of: "accepted" | "rejected") =>
    actions.reduce((total, pair) => total + big(pair?.[of]), 0n);
  const counted = {
    sessions: big(core?.num_sessions),
    linesAdded: big(core?.lines_of_code?.added),
    linesRemoved: big(core?.lines_of_code?.removed),
    commits: big(core?.commits_by_claude_code),
    pullRequests: big(core?.pull_requests_by_claude_code),
    accepted: sum("accepted"),
    rejected: sum("rejected"),
  };
  const none = Object.fromEntries(Object.keys(counted).map((key) => [key, 0n]));
  const models = row.model_breakdown ?? [];
  return (models.length === 0 ? [undefined] : models).map((model, index) => {
    const cents = model?.estimated_cost?.amount;
    return {
      day,
      tool: "claude-code",
      person: actor.email_address ?? null,
      billing: row.customer_type === "subscription" ? "subscription" : "api",
      model: model?.model ?? "",
      ...(index === 0 ? counted : ({ ...none } as typeof counted)),
      inputTokens: big(model?.tokens?.input),
      cacheReadTokens: big(model?.tokens?.cache_read),
      cacheWriteTokens: big(model?.tokens?.cache_creation),
      outputTokens: big(model?.tokens?.output),
      estimatedCost: cents === undefined ? null : (nanoFromCents(cents) ?? null),
    };
  });
}

/** Terminals of one engineer are one row a model. */
export function normaliseClaudeCode(day: Day, raw: readonly ClaudeCodeRow[]): SourceDay {
  const merged = new Map<string, CodingToolDay>();
  for (const one of raw.flatMap((row) => rowsOf(day, row))) {
    const key = [one.person, one.billing, one.model].join("\n");
    const before = merged.get(key);
    merged.set(key, before === undefined ? one : { ...one, ...added(before, one) });
  }
  return { day, events: [], tools: [...merged.values()] };
}

function added(a: CodingToolDay, b: CodingToolDay): Measured {
  const estimated =
    a.estimatedCost === null && b.estimatedCost === null
      ? null
      : (a.estimatedCost ?? 0n) + (b.estimatedCost ?? 0n);
  return {
    sessions: a.sessions + b.sessions,
    linesAdded: a.linesAdded + b.linesAdded,
    linesRemoved: a.linesRemoved + b.linesRemoved,
    commits: a.commits + b.commits,
    pullRequests: a.pullRequests + b.pullRequests,
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    estimatedCost: estimated,
  };
}

/**
 * Claude Code analytics: what engineers did with it. Its tokens are on the usage report already (API)
 * or covered by a seat, so that its estimated cost is no charge.
 */
export const claudeCode = feedOf<ClaudeCodeRow[]>({
  name: "claude_code",
  truth: "days",
  lagHours: 2,
  restatedDays: 3,
  historyDays: 365,
  readsToday: false,
  schedule: { every: "day", at: "04:40" },
  fetch: (session: Session, window: Window, _about: About) => fetchDays(session, window),
  normalise: (day, raw) => normaliseClaudeCode(day, raw),
});
