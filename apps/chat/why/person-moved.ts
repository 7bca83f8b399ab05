import { spendBy } from "#core/ledger/spend.ts";
import { saidUsdChange } from "#core/money.ts";
import { type Asking, auditDetail } from "../asking.ts";
import { scopeOf } from "../spend/guard-customers.ts";
import type { SpendQuestion } from "../spend/spend-report.ts";
import { movers } from "./movers.ts";

const ALL = 10_000;

/** The person whose spend moved most, for those to whom people are named; nobody otherwise. */
export async function personMoved(
  asking: Asking,
  question: SpendQuestion,
): Promise<{ label: string; value: string } | undefined> {
  const { asked, compare, subject } = question;
  const scopeId = scopeOf(subject);
  if (subject.filter.dimension !== undefined || !asking.sight.namedPeople(scopeId))
    return undefined;
  const [before, after] = await Promise.all([
    spendBy(asking.pool, asking.org.id, subject.filter, compare, "person", ALL),
    spendBy(asking.pool, asking.org.id, subject.filter, asked.period, "person", ALL),
  ]);
  const changes = new Map<number, bigint>();
  for (const { id, measures } of after) changes.set(id, measures.cost);
  for (const { id, measures } of before) changes.set(id, (changes.get(id) ?? 0n) - measures.cost);
  changes.delete(0);
  const [most] = movers(changes);
  if (most === undefined || most.change === 0n) return undefined;
  await auditDetail(asking, "person_detail.read", `scope:${scopeId}`, { detail: "named" });
  return {
    label: "Person that moved most",
    value: `${asking.org.personName(most.id)}, ${saidUsdChange(most.change)}`,
  };
}
