import type { BudgetEntry } from "../budget-schema.ts";
import { didYouMean } from "../near.ts";
import type { OrganisationFile } from "../schema.ts";
import { budgetOfEntry, sayBudgetName } from "./budget-record.ts";
import { duplicates } from "./check-people.ts";
import type { ScopeCheck } from "./check-scopes.ts";
import type { FileFault } from "./schema-problem.ts";
import type { FilePath } from "./yaml-lines.ts";

/** One subject each, one amount a slot, percentages that ascend; caps where calls can be refused. */
export function checkBudgets(file: OrganisationFile, scope: ScopeCheck): FileFault[] {
  const entries = file.budgets ?? [];
  const products = new Set((file.products ?? []).map(({ key }) => key));
  const faults = entries.flatMap((entry, index): FileFault[] => {
    const path = ["budgets", index];
    const named = [entry.scope, entry.workflow, entry.product].filter((one) => one !== undefined);
    const found: FileFault[] =
      entry.scope === undefined ? [] : scope(entry.scope, [...path, "scope"]);
    if (named.length > 1) {
      const help = "Name one: scope, workflow or product.";
      found.push({ path, message: "a budget is for one thing", help });
    }
    if (entry.product !== undefined && !products.has(entry.product)) {
      const help = didYouMean(entry.product, products) ?? `Add ${entry.product} to products.`;
      const message = `no product '${entry.product}'`;
      found.push({ path: [...path, "product"], message, help, reliesOn: ["products"] });
    }
    if (entry.cap !== undefined) found.push(...checkCap(entry, path));
    const { amount } = budgetOfEntry(entry)[1];
    if (Number(amount) === 0 || (entry.unit === "tokens" && amount.includes("."))) {
      const help = "Write an amount above 0; tokens are whole.";
      found.push({ path: [...path, "amount"], message: `${entry.amount} is no amount`, help });
    }
    const alerts = entry.alerts ?? [];
    if (alerts.some((one, at) => at > 0 && one <= (alerts[at - 1] ?? 0))) {
      const help = "Write them ascending, each once: [50, 80, 100].";
      found.push({ path: [...path, "alerts"], message: "alerts do not ascend", help });
    }
    return found;
  });
  const keys = entries.map((entry, index) => ({
    value: sayBudgetName(budgetOfEntry(entry)[0]),
    path: ["budgets", index],
  }));
  const workflows = (file.targets?.workflows ?? []).map(({ workflow }, index) => ({
    value: workflow,
    path: ["targets", "workflows", index, "workflow"],
  }));
  return [...faults, ...duplicates(keys, "the"), ...duplicates(workflows, "workflow of targets")];
}

/** What no gateway would keep is refused here: docs/decisions/0036-caps-in-dollars-on-the-chain.md */
function checkCap(entry: BudgetEntry, path: FilePath): FileFault[] {
  const found: FileFault[] = [];
  if ((entry.workflow ?? entry.product) !== undefined) {
    const message = "a cap is kept for scopes and keys, which a caller cannot leave out";
    const help = "Set the cap for a scope; a workflow or product has budgets.";
    found.push({ path: [...path, "cap"], message, help });
  }
  if (entry.unit === "tokens") {
    const message = "a cap is kept in dollars: a token of one model costs 100 of another";
    const help = "Write the amount in dollars, or leave out cap: a budget may be in tokens.";
    found.push({ path: [...path, "unit"], message, help });
  }
  return found;
}
