import { spendBy } from "#core/ledger/spend.ts";
import type { SpendFilter } from "#core/ledger/spend-query.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { foldName } from "../names/fold-name.ts";
import { requireCustomers } from "../sight.ts";
import type { Subject } from "../subject.ts";
import { LOOK_BACK_DAYS } from "./recorded-since.ts";
import { settleSubject } from "./settle-question.ts";
import type { SpendWords } from "./spend-words.ts";

/** The narrowest scope that a subject lies in; 0 = the organisation. */
export function scopeOf(subject: Subject): number {
  const { agentId, projectId, teamId } = subject.filter;
  return agentId ?? projectId ?? teamId ?? 0;
}

const CUSTOMERS_AT_MOST = 5_000;

/** Whoever may see the customers of one scope finds those by name, and no others. */
function withCustomersOf(asking: Asking, filter: SpendFilter): Asking {
  const { names, org, pool, today } = asking;
  const period = { start: addDays(today, -LOOK_BACK_DAYS), end: addDays(today, 1) };
  const customers = async () => {
    const lines = await spendBy(pool, org.id, filter, period, "customer", CUSTOMERS_AT_MOST);
    return lines.filter(({ id }) => id !== 0).map(({ id, name }) => ({ id, value: name }));
  };
  return {
    ...asking,
    names: {
      ...names,
      seesCustomers: true,
      async find(dimension, text) {
        if (dimension !== "customer") return names.find(dimension, text);
        const wanted = foldName(text);
        return (await customers()).filter(({ value }) => foldName(value).includes(wanted));
      },
      list: (dimension) => (dimension === "customer" ? customers() : names.list(dimension)),
    },
  };
}

/**
 * Refuses customer detail before any customer is looked up, so that a refusal does not tell which
 * customers there are. The right is that of the scope that the question is narrowed to; what is
 * returned finds the customers that it covers.
 */
export async function guardCustomers(asking: Asking, words: SpendWords): Promise<Asking> {
  const isCustomer = (phrase: SpendWords["subjects"][number]) =>
    phrase.kind === "named" && phrase.of === "customer";
  const asked = words.subjects.some(isCustomer);
  if (!asked && words.by !== "customer") return asking;
  const others = words.subjects.filter((phrase) => !isCustomer(phrase));
  const subjects = asked && others.length === 0 ? [{ kind: "org" as const }] : others;
  const { subject } = await settleSubject(asking, { ...words, subjects, wholeName: undefined });
  const scopeId = scopeOf(subject);
  requireCustomers(asking.sight, scopeId);
  return scopeId === 0 ? asking : withCustomersOf(asking, subject.filter);
}
