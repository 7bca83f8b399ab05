import type { Tx } from "#core/db/db.ts";
import { invariant } from "#core/errors.ts";
import { ITEM_KINDS } from "../words.ts";
import { deleteRepository, insertRepository } from "./repository-store.ts";
import { splitKey } from "./state.ts";
import {
  deletePriceTerms,
  deleteRules,
  deleteSource,
  insertPriceTerm,
  insertRule,
  replaceNativeProjects,
  replaceProductMembers,
  retireItem,
  retireProduct,
  saveItem,
  saveProduct,
  saveSource,
  updateProductParent,
} from "./write-responsibility-store.ts";
import { known, knownOrNull, touched, type Writing } from "./writing.ts";

/** Products, inventory, sources, rules and prices of a plan. People and scopes have their ids. */
export async function writeInventory(tx: Tx, writing: Writing): Promise<void> {
  await writeProducts(tx, writing);
  await writeItems(tx, writing);
  await writeSources(tx, writing);
  await writeRepositories(tx, writing);
  if (touched(writing, "rules").length > 0) await writeRules(tx, writing);
  if (touched(writing, "prices").length > 0) await writePrices(tx, writing);
}

async function writeProducts(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, products, scopes, today } = writing;
  const keys = touched(writing, "products");
  if (keys.length === 0) return;
  for (const key of keys) {
    const product = target.products.get(key);
    if (product !== undefined) {
      products.set(key, await saveProduct(tx, { orgId, key, name: product.name }));
    }
  }
  for (const key of keys) {
    const productId = known(products, key);
    const product = target.products.get(key);
    if (product === undefined) await retireProduct(tx, { orgId, productId, retiredOn: today });
    else {
      const partOfId = knownOrNull(products, product.partOf);
      await updateProductParent(tx, { orgId, productId, partOfId });
    }
  }
  const members = [...target.products].map(([key, product]) => ({
    productId: known(products, key),
    ...product,
  }));
  await replaceProductMembers(tx, {
    orgId,
    projects: members.flatMap(({ productId, projects }) =>
      projects.map((path) => ({ scopeId: known(scopes, path), productId })),
    ),
    workflows: members.flatMap(({ productId, workflows }) =>
      workflows.map((workflow) => ({ workflow, productId })),
    ),
  });
}

async function writeItems(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, scopes, people, today } = writing;
  for (const itemKey of touched(writing, "inventory")) {
    const [name, key] = splitKey(itemKey);
    const kind = ITEM_KINDS.find((one) => one === name);
    invariant(kind !== undefined, `${name} is a kind of inventory`);
    const item = target.inventory.get(itemKey);
    if (item === undefined) await retireItem(tx, { orgId, kind, key, retiredOn: today });
    else {
      const scopeId = knownOrNull(scopes, item.scope);
      const ownerId = knownOrNull(people, item.owner);
      await saveItem(tx, { orgId, kind, key, item, scopeId, ownerId });
    }
    if (kind !== "account") continue;
    await replaceNativeProjects(tx, {
      orgId,
      account: key,
      projects: (item?.projects ?? []).map(({ id, scope }) => ({
        nativeId: id,
        scopeId: known(scopes, scope),
      })),
    });
  }
}

async function writeSources(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target } = writing;
  for (const source of touched(writing, "sources")) {
    const record = target.sources.get(source);
    if (record === undefined) await deleteSource(tx, { orgId, source });
    else await saveSource(tx, { orgId, source, countsFor: record.countsFor });
  }
}

async function writeRepositories(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, scopes } = writing;
  for (const name of touched(writing, "repositories")) {
    const record = target.repositories.get(name);
    await deleteRepository(tx, { orgId, name });
    if (record === undefined) continue;
    await insertRepository(tx, {
      orgId,
      name,
      nativeId: record.nativeId,
      projectId: knownOrNull(scopes, record.project),
      scopeIds: record.scopes.map((path) => known(scopes, path)),
    });
  }
}

/** Written whole: the place of each one counts. */
async function writeRules(tx: Tx, { orgId, target, scopes }: Writing): Promise<void> {
  await deleteRules(tx, orgId);
  for (const [key, rule] of target.rules) {
    await insertRule(tx, { orgId, key, rule, scopeId: knownOrNull(scopes, rule.scope) });
  }
}

async function writePrices(tx: Tx, { orgId, target }: Writing): Promise<void> {
  await deletePriceTerms(tx, orgId);
  for (const [key, { position, terms }] of target.prices) {
    await insertPriceTerm(tx, { orgId, kind: splitKey(key)[0], position, terms });
  }
}
