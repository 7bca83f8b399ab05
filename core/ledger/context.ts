import type { Pool } from "pg";
import type { Db } from "#core/db/db.ts";
import { type Directory, loadDirectory } from "#core/org/directory.ts";
import { loadPriceTerms } from "#core/org/price-terms.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { addMonths, type Clock, type Day, utcDay } from "#core/time.ts";
import { attributionBase } from "./attribution-base.ts";
import { cachedLocalDay, type OrgContext } from "./prepare.ts";

/** Reads the organisation as it is now: its scopes, rules, zone, retention and prices. */
export async function loadContext(db: Db, orgId: number, now: Date): Promise<OrgContext> {
  const directory = await loadDirectory(db, orgId);
  const terms = await loadPriceTerms(db, orgId);
  return {
    orgId,
    revision: directory.revision,
    timeZone: directory.timeZone,
    oldestDay: oldestDay(directory, now),
    base: attributionBase(directory),
    priceBook: buildPriceBook(loadCatalogue(), terms),
    // What makes the total equal a bill counts, whoever counts the calls.
    counts: ({ basis, source, provider, nativeProject, key }) =>
      basis === "reconciliation" || directory.counts({ source, provider, nativeProject, key }),
    whyTraced: ({ source, provider, nativeProject, key }) =>
      tracedSaid(source, directory.claimant({ source, provider, nativeProject, key })),
    localDayOf: cachedLocalDay(directory.timeZone),
  };
}

/** Whoever sends it has to find the line to change. */
function tracedSaid(source: string, claimant: string | undefined): string {
  return claimant === undefined
    ? `aispend.yaml lists source '${source}' with counts_for, and this traffic is not in it`
    : `aispend.yaml says that source '${claimant}' counts this traffic, not '${source}'`;
}

/** What was closed stays closed when the policy is prolonged: its entries would count twice. */
function oldestDay({ retention, keptSince }: Directory, now: Date): Day {
  const byPolicy = addMonths(utcDay(now), -retention.entryMonths);
  return keptSince !== undefined && keptSince > byPolicy ? keptSince : byPolicy;
}

/** The same, kept until the organisation's revision moves or the day changes. */
export function cachedContexts(pool: Pool, clock: Clock): (orgId: number) => Promise<OrgContext> {
  const kept = new Map<number, { context: OrgContext; day: string }>();
  return async (orgId) => {
    const now = clock();
    const { rows } = await pool.query<{ revision: bigint }>(
      "select revision from organization where id = $1",
      [orgId],
    );
    const found = kept.get(orgId);
    if (found?.context.revision === rows[0]?.revision && found?.day === utcDay(now)) {
      return found.context;
    }
    const context = await loadContext(pool, orgId, now);
    kept.set(orgId, { context, day: utcDay(now) });
    return context;
  };
}
