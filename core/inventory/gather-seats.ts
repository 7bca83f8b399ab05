import { group as groupBy } from "d3-array";
import type { DeclaredItem } from "../org/inventory.ts";
import type { InventoryFacts, ListedSeats } from "./facts.ts";
import { decisionKey, declaredOf, declaredPart, finish, retiredDay } from "./gather.ts";
import { accountNames } from "./gather-keys.ts";
import type { Item } from "./item.ts";
import { useOf } from "./use.ts";

/** A key for aispend.yaml from any name: "Copilot Business" is copilot-business. */
export function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[^a-z0-9]+|[-_.]+$/g, "")
    .slice(0, 50);
  return slug === "" ? "unnamed" : slug;
}

function planSlug({ provider, plan }: Pick<ListedSeats, "provider" | "plan">): string {
  return slugOf(plan === "" ? `${provider}-seats` : `${provider}-${plan}`);
}

/** A listed plan is the declared one of that key, else the only one that is declared of its provider. */
function planOf(
  listed: ListedSeats,
  declared: ReadonlyMap<string, DeclaredItem>,
  listedOfProvider: number,
): string {
  const slug = planSlug(listed);
  if (declared.has(slug)) return slug;
  const provider = listed.provider.toLowerCase();
  const same = [...declared].filter(
    ([, row]) => row.retiredOn === null && row.provider?.toLowerCase() === provider,
  );
  const [only] = same;
  return only !== undefined && same.length === 1 && listedOfProvider === 1 ? only[0] : slug;
}

/** Seat plans: what is declared, what providers list, and what the ledger was charged for seats. */
export function gatherSeats(facts: InventoryFacts): Item[] {
  const declared = declaredOf(facts, "seat_plan");
  const perProvider = groupBy(facts.listedSeats, ({ provider }) => provider.toLowerCase());
  const listed = groupBy(facts.listedSeats, (one) =>
    planOf(one, declared, perProvider.get(one.provider.toLowerCase())?.length ?? 0),
  );
  const charged = groupBy(
    facts.accounts.filter(({ isSeat }) => isSeat),
    ({ provider }) => provider.toLowerCase(),
  );
  const ids = new Set([...declared.keys(), ...listed.keys()]);
  const providerOf = (id: string) => declared.get(id)?.provider ?? listed.get(id)?.[0]?.provider;
  const perPlan = groupBy([...ids], (id) => (providerOf(id) ?? "").toLowerCase());
  for (const [provider, rows] of charged) {
    if (perPlan.has(provider)) continue;
    const [first] = rows;
    if (first !== undefined) ids.add(planSlug({ provider, plan: first.item }));
    perPlan.set(provider, [planSlug({ provider, plan: first?.item ?? "" })]);
  }
  const chargedOf = new Map(
    [...perPlan].flatMap(([provider, plans]) => plans.map((id) => [id, provider])),
  );
  const accounts = accountNames(facts);
  return [...ids].map((id) => {
    const row = declared.get(id);
    const seats = listed.get(id) ?? [];
    const provider = providerOf(id) ?? chargedOf.get(id);
    const isOnly = (perPlan.get((provider ?? "").toLowerCase())?.length ?? 0) === 1;
    const rows = charged.get((provider ?? "").toLowerCase()) ?? [];
    const decision = facts.decisions.get(decisionKey("seat_plan", id));
    const retiredOn = retiredDay(row, decision, ({ decidedAt }) => facts.dayOf(decidedAt));
    const account = accounts.get(row?.account ?? seats[0]?.account ?? "");
    const plan = seats[0]?.plan ?? rows[0]?.item ?? "";
    return finish(facts, {
      ...declaredPart(row, facts),
      kind: "seat_plan",
      id,
      name: row?.name ?? row?.key ?? (plan === "" ? `Seats of ${provider}` : plan),
      provider,
      account,
      ...(seats.length === 0
        ? {}
        : {
            seats: seats.reduce((sum, one) => sum + one.seats, 0),
            idleSeats: seats.reduce((sum, one) => sum + one.idle, 0),
          }),
      // Several plans of one provider: the ledger does not say which of them a seat was of.
      use: isOnly ? useOf(rows) : undefined,
      retiredOn,
    });
  });
}
