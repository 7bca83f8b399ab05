import type { SourceKind } from "#core/connections/schema.ts";
import { listConnections } from "#core/connections/service.ts";
import { AispendError } from "#core/errors.ts";
import { type SettleDeps, settleDay } from "#core/ledger/settle.ts";
import { parseUsd, usdDecimal } from "#core/money.ts";
import type { BillSummary } from "../bill-files/import-bill.ts";
import type { EndUserId } from "../end-user.ts";
import { type About, type SourceDay, sourceName } from "../source.ts";
import { prefixOf } from "../sources/buckets.ts";
import { readSavedPages } from "./saved-pages.ts";

/** How the saved answers of a provider's usage and cost reports become days. */
export interface SavedReport {
  readonly kind: SourceKind;
  readonly title: string;
  /** The feed whose ids they take, so that a file and a connection never count twice. */
  readonly feed: string;
  /** Every day that the pages hold. Throws `pages_missing`, `pages_overlap`, `page_unknown`. */
  daysOf(pages: readonly unknown[], about: About, now: Date): SourceDay[];
}

export interface PageImport {
  readonly orgId: number;
  readonly file: string;
  readonly report: SavedReport;
  readonly account: string | undefined;
  readonly dryRun: boolean;
}

export interface PageDeps extends SettleDeps {
  readonly endUserIdOf: (orgId: number) => Promise<EndUserId>;
}

const KEPT_PROBLEMS = 20;

/**
 * Imports saved pages as the connection would have read them: a day replaces what was said of it.
 * Throws `source_connected` where a connection reads that account itself: a file that holds less than
 * the provider says now would take away what is right.
 */
export async function importPages(deps: PageDeps, request: PageImport): Promise<BillSummary> {
  const { orgId, file, report, dryRun } = request;
  const account = request.account ?? report.kind;
  await refuseConnected(deps, request, account);
  const pages = await readSavedPages(file);
  const about = { account, settings: {}, endUserId: await deps.endUserIdOf(orgId) };
  const days = report.daysOf(pages, about, deps.clock());
  const counts = { appended: 0, unchanged: 0, withdrawn: 0, bucketed: 0, refused: 0 };
  const problems: { line: number; reason: string }[] = [];
  for (const { day, events } of dryRun ? [] : days) {
    const source = sourceName(report.kind);
    const prefix = prefixOf(account, report.feed);
    const settled = await settleDay(deps, { orgId, source, account, prefix, day, events });
    counts.appended += settled.appended;
    counts.unchanged += settled.unchanged;
    counts.withdrawn += settled.withdrawn;
    counts.refused += settled.refused.length;
    if (settled.into === "bucket") counts.bucketed += 1;
    for (const reason of settled.refused) {
      if (problems.length < KEPT_PROBLEMS) problems.push({ line: 0, reason: `${day}: ${reason}` });
    }
  }
  const events = days.flatMap((one) => [...one.events]);
  const total = events.reduce((sum, { reportedCost }) => sum + parseUsd(reportedCost ?? 0), 0n);
  return {
    format: report.kind,
    rows: events.length,
    ignored: 0,
    ...counts,
    problems,
    accounts: [account],
    days: days.length,
    charges: events.length,
    unbilled: events.filter(({ reportedCost }) => reportedCost === undefined).length,
    total: usdDecimal(total),
    dryRun,
  };
}

async function refuseConnected(
  { pool }: PageDeps,
  { orgId, report }: PageImport,
  account: string,
): Promise<void> {
  const all = await listConnections(pool, orgId);
  const reads = all.find(
    (one) =>
      one.kind === report.kind &&
      one.state !== "disconnected" &&
      (one.account ?? account) === account,
  );
  if (reads === undefined) return;
  throw new AispendError("source_connected", `'${reads.name}' reads that account itself`, {
    kind: "conflict",
    help: `Let it read, or say --account for another one, or: aispend disconnect ${reads.name}`,
  });
}
