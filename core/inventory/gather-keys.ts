import { group as groupBy } from "d3-array";
import type { InventoryFacts, IssuedKey } from "./facts.ts";
import { aliasesOf, decisionKey, declaredOf, declaredPart, finish, retiredDay } from "./gather.ts";
import type { Item } from "./item.ts";
import { mainProvider, onlyTeam, useOf } from "./use.ts";

/** A sha256 is a handle, not a name: its first digits tell keys apart. */
export function keySaid(id: string): string {
  return /^[0-9a-f]{40,}$/.test(id) ? id.slice(0, 12) : id;
}

/**
 * Keys from four sides, matched by their id (the provider's own, or the sha256) or their name in the
 * ledger: what was spent with, what the file declares, what providers list, what was issued here.
 */
export function gatherKeys(facts: InventoryFacts): Item[] {
  const declared = declaredOf(facts, "key");
  const aliases = aliasesOf(declared);
  const used = groupBy(facts.keys, ({ value }) => aliases.get(value) ?? value);
  const issued = new Map(
    facts.issued.map((key) => [aliases.get(key.ledgerKey) ?? key.ledgerKey, key]),
  );
  const listed = new Map(facts.listedKeys.map((key) => [key.id, key]));
  const ids = new Set([...used.keys(), ...declared.keys(), ...issued.keys(), ...listed.keys()]);
  const accounts = accountNames(facts);
  return [...ids].flatMap((id): Item[] => {
    const row = declared.get(id);
    const own = issued.get(id);
    const there = listed.get(id);
    const rows = used.get(id) ?? [];
    // A key that its provider ended and that spent nothing is over, not idle.
    const isKnown = rows.length > 0 || row !== undefined || own !== undefined;
    if (!isKnown && there?.active !== true) return [];
    const use = useOf(rows);
    const decision = facts.decisions.get(decisionKey("key", id));
    const provider = row?.provider ?? there?.provider ?? mainProvider(rows);
    const account = accounts.get(row?.account ?? there?.account ?? "") ?? there?.account;
    const retiredOn =
      own?.endedOn ?? retiredDay(row, decision, ({ decidedAt }) => facts.dayOf(decidedAt));
    const part = declaredPart(row, facts);
    const scopeId = own?.scopeId ?? part.scopeId ?? 0;
    return [
      finish(facts, {
        ...part,
        kind: "key",
        id,
        name: row?.name ?? own?.name ?? row?.key ?? there?.name ?? keySaid(id),
        provider,
        account,
        ...(own === undefined ? {} : issuedPart(own, part.costCentre)),
        scopeId: scopeId === 0 ? onlyTeam(use) : scopeId,
        use,
        retiredOn,
      }),
    ];
  });
}

function issuedPart(
  { costCentre, id, ownerId, useCase }: IssuedKey,
  declaredCentre: string | undefined,
): Partial<Item> {
  return {
    ownerId,
    approvedUse: useCase,
    virtualKeyId: id,
    costCentre: costCentre ?? declaredCentre,
  };
}

/** What an account is called, by its key in the file and by the provider's own id. */
export function accountNames(facts: InventoryFacts): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, name } of facts.listedAccounts) names.set(id, name ?? id);
  for (const { kind, key, name, nativeId } of facts.declared) {
    if (kind !== "account") continue;
    names.set(key, name ?? key);
    if (nativeId !== null) names.set(nativeId, name ?? key);
  }
  return names;
}
