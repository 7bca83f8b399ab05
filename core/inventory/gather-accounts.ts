import { group as groupBy } from "d3-array";
import type { AccountUseRow, InventoryFacts } from "./facts.ts";
import { aliasesOf, decisionKey, declaredOf, declaredPart, finish, retiredDay } from "./gather.ts";
import type { Item, Use } from "./item.ts";
import { mainProvider, useOf } from "./use.ts";

/**
 * Which account an entry is of: the one that it names, else the one that its key is declared to belong
 * to, else the only one that is declared of its provider. Undefined: that cannot be told.
 */
function accountOfEntry(facts: InventoryFacts): (row: AccountUseRow) => string | undefined {
  const accounts = declaredOf(facts, "account");
  const aliases = aliasesOf(accounts);
  const ofKey = new Map<string, string>();
  for (const { kind, key, nativeId, account } of facts.declared) {
    if (kind !== "key" || account === null) continue;
    const id = aliases.get(account) ?? account;
    if (!accounts.has(id)) continue;
    ofKey.set(key, id);
    if (nativeId !== null) ofKey.set(nativeId, id);
  }
  const living = [...accounts].filter(([, { retiredOn }]) => retiredOn === null);
  const ofProvider = groupBy(living, ([, { provider }]) => (provider ?? "").toLowerCase());
  return (row) => {
    if (row.account !== "") return aliases.get(row.account) ?? row.account;
    const provider = row.provider.toLowerCase();
    const [only, ...more] = ofProvider.get(provider) ?? [];
    const own = ofKey.get(row.key);
    // A key of a gateway reaches other providers too: theirs is not on this account.
    const isIts = own !== undefined && accounts.get(own)?.provider?.toLowerCase() === provider;
    return isIts ? own : more.length === 0 ? only?.[0] : undefined;
  };
}

/** Keys that one team alone used tell the teams of an account apart. */
function keysOfOneTeam(rows: readonly AccountUseRow[]): Set<string> {
  const shares = rows.filter(({ key, teamId, isShare }) => key !== "" && teamId !== 0 && isShare);
  const byKey = groupBy(shares, ({ key }) => key);
  return new Set(
    [...byKey].flatMap(([key, own]) =>
      new Set(own.map(({ teamId }) => teamId)).size === 1 ? [key] : [],
    ),
  );
}

function accountUse(rows: readonly AccountUseRow[], isSplit: boolean, apart: Set<string>): Use {
  const mixed = rows.filter(({ key }) => !apart.has(key));
  return { ...useOf(rows), teams: isSplit ? [] : useOf(mixed).teams };
}

/** Provider accounts: what entries name, what the file declares, what connections opened. */
export function gatherAccounts(facts: InventoryFacts): Item[] {
  const declared = declaredOf(facts, "account");
  const aliases = aliasesOf(declared);
  const accountOf = accountOfEntry(facts);
  const used = groupBy(facts.accounts, (row) => accountOf(row) ?? "");
  const apart = keysOfOneTeam(facts.accounts);
  const listed = new Map(
    facts.listedAccounts.map((account) => [aliases.get(account.id) ?? account.id, account]),
  );
  const vague = new Set((used.get("") ?? []).map(({ provider }) => provider.toLowerCase()));
  used.delete("");
  const ids = new Set([...used.keys(), ...declared.keys(), ...listed.keys()]);
  return [...ids].map((id) => {
    const row = declared.get(id);
    const there = listed.get(id);
    const rows = used.get(id) ?? [];
    const isSplit = row !== undefined && facts.splitAccounts.has(row.key);
    const own = accountUse(rows, isSplit, apart);
    const provider = row?.provider ?? there?.provider ?? mainProvider(rows);
    const decision = facts.decisions.get(decisionKey("account", id));
    const since = facts.accountsSince.get(id) ?? facts.accountsSince.get(row?.key ?? id);
    // Spend of its provider that names no account may be this one's.
    const isVague = rows.length === 0 && vague.has((provider ?? "").toLowerCase());
    const retiredOn = retiredDay(row, decision, ({ decidedAt }) => facts.dayOf(decidedAt));
    return finish(facts, {
      ...declaredPart(row, facts),
      kind: "account",
      id,
      name: row?.name ?? row?.key ?? there?.name ?? id,
      provider,
      use: isVague ? undefined : { ...own, firstUsed: since },
      retiredOn,
    });
  });
}
