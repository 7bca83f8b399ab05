import { canonicalJson } from "#core/audit/canonical-json.ts";
import { namesIdentity } from "#core/audit/opaque.ts";
import { didYouMean } from "../near.ts";
import type { OrganisationFile } from "../schema.ts";
import { duplicates, type PersonCheck } from "./check-people.ts";
import type { ScopeCheck } from "./check-scopes.ts";
import type { FileFault } from "./schema-problem.ts";
import type { FilePath } from "./yaml-lines.ts";

const LISTS = ["accounts", "keys", "payment_methods", "seat_plans"] as const;

export function checkInventory(
  file: OrganisationFile,
  person: PersonCheck,
  scope: ScopeCheck,
): FileFault[] {
  const faults: FileFault[] = [];
  for (const name of LISTS) {
    const items = file[name] ?? [];
    const keys = items.map(({ key }, index) => ({ value: key, path: [name, index, "key"] }));
    faults.push(...duplicates(keys, `entry of ${name}`));
    for (const [index, item] of items.entries()) {
      if (item.owner !== undefined) faults.push(...person(item.owner, [name, index, "owner"]));
    }
  }
  faults.push(...checkAccounts(file, scope), ...checkKeys(file), ...checkBuying(file));
  const accounts = new Set((file.accounts ?? []).map(({ key }) => key));
  for (const name of ["keys", "seat_plans"] as const) {
    for (const [index, { account, scope: path }] of (file[name] ?? []).entries()) {
      if (path !== undefined) faults.push(...scope(path, [name, index, "scope"]));
      if (account === undefined || accounts.has(account)) continue;
      faults.push({
        path: [name, index, "account"],
        message: `no account '${account}'`,
        help: didYouMean(account, accounts) ?? `Add ${account} to accounts.`,
        reliesOn: ["accounts"],
      });
    }
  }
  return faults;
}

function checkAccounts(file: OrganisationFile, scope: ScopeCheck): FileFault[] {
  const accounts = file.accounts ?? [];
  const ids = accounts.map(({ provider, id }, index) => ({
    value: id === undefined ? undefined : `${provider.toLowerCase()} ${id}`,
    path: ["accounts", index, "id"],
  }));
  return [
    ...duplicates(ids, "the account"),
    ...accounts.flatMap(({ projects = [] }, index) => [
      ...duplicates(
        projects.map(({ id }, at) => ({
          value: id,
          path: ["accounts", index, "projects", at, "id"],
        })),
        "the provider's project",
      ),
      ...projects.flatMap((project, at) =>
        scope(project.scope, ["accounts", index, "projects", at, "scope"]),
      ),
    ]),
  ];
}

function checkKeys(file: OrganisationFile): FileFault[] {
  const keys = file.keys ?? [];
  const ids = keys.map(({ id, sha256 }, index) => ({
    value: id ?? sha256,
    path: ["keys", index, id === undefined ? "sha256" : "id"],
  }));
  const secrets = keys.flatMap(({ id }, index): FileFault[] => {
    if (id === undefined || !namesIdentity(id)) return [];
    const path = ["keys", index, "id"];
    const help = "Revoke it if it is one. Write the provider's own id of the key, or its sha256.";
    return [{ path, message: "this looks like a secret key, not like the id of one", help }];
  });
  return [...duplicates(ids, "the key"), ...secrets];
}

function checkBuying(file: OrganisationFile): FileFault[] {
  const methods = new Set((file.payment_methods ?? []).map(({ key }) => key));
  const faults = (file.payment_methods ?? []).flatMap(({ key, name }, index): FileFault[] => {
    const field = [key, name].findIndex((text) => text !== undefined && isCardNumber(text));
    if (field < 0) return [];
    const path = ["payment_methods", index, field === 0 ? "key" : "name"];
    const help = "Write what people call it, with the last four digits at most.";
    return [{ path, message: "this looks like the number of a card", help }];
  });
  for (const name of ["accounts", "seat_plans"] as const) {
    for (const [index, { contract, payment_method: method }] of (file[name] ?? []).entries()) {
      if (method !== undefined && !methods.has(method)) {
        faults.push({
          path: [name, index, "payment_method"],
          message: `no payment method '${method}'`,
          help: didYouMean(method, methods) ?? `Add ${method} to payment_methods.`,
          reliesOn: ["payment_methods"],
        });
      }
      const { from, until } = contract ?? {};
      if (from === undefined || until === undefined || from <= until) continue;
      faults.push({
        path: [name, index, "contract", "until"],
        message: `ends on ${until}, before it begins on ${from}`,
        help: "Write the last day of the contract.",
      });
    }
  }
  return faults;
}

/** 13 to 19 digits, with blanks or hyphens between them, whose check digit fits. */
function isCardNumber(text: string): boolean {
  return (text.match(/\d(?:[ -]?\d){12,18}/g) ?? []).some((found) => {
    const digits = [...found.replace(/\D/g, "")].map(Number).reverse();
    const sum = digits.reduce((total, digit, place) => {
      const doubled = place % 2 === 1 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
    return sum % 10 === 0;
  });
}

export function checkSources(file: OrganisationFile): FileFault[] {
  const sources = file.sources ?? [];
  const claims: { value: string; path: FilePath }[] = [];
  for (const [index, { counts_for }] of sources.entries()) {
    const path = ["sources", index, "counts_for"];
    if (counts_for === "everything") claims.push({ value: "everything", path });
    if (typeof counts_for === "string") continue;
    for (const [at, traffic] of counts_for.entries()) {
      claims.push({ value: canonicalJson(traffic).toLowerCase(), path: [...path, at] });
    }
  }
  return [
    ...duplicates(
      sources.map(({ source }, index) => ({ value: source, path: ["sources", index, "source"] })),
      "source",
    ),
    ...duplicates(claims, "the traffic"),
  ];
}

export function checkRules(file: OrganisationFile, scope: ScopeCheck): FileFault[] {
  const rules = file.attribution_rules ?? [];
  return [
    ...duplicates(
      rules.map(({ key }, index) => ({ value: key, path: ["attribution_rules", index, "key"] })),
      "attribution rule",
    ),
    ...rules.flatMap((rule, index) =>
      rule.scope === undefined ? [] : scope(rule.scope, ["attribution_rules", index, "scope"]),
    ),
    ...duplicates(
      rules.map(({ when }, index) => ({
        value: canonicalJson(when).toLowerCase(),
        path: ["attribution_rules", index, "when"],
      })),
      "the condition",
    ),
  ];
}

/** Two terms of one price list that are the same would only hide a mistyped one. */
export function checkPrices({ prices = {} }: OrganisationFile): FileFault[] {
  return (["own", "discounts", "regional_uplifts"] as const).flatMap((name) =>
    duplicates(
      (prices[name] ?? []).map((terms: unknown, index) => ({
        value: canonicalJson(terms),
        path: ["prices", name, index],
      })),
      `the entry of ${name}`,
    ),
  );
}
