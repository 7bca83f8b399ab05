import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import { transaction } from "../db/transaction.ts";
import { loadRoster } from "../org/roster.ts";
import { bindObserved } from "./driven.ts";
import type { CreatedKey, KeyDriver, ObservedKey } from "./driver.ts";
import type { By } from "./grant.ts";
import { listKeys } from "./lookup.ts";
import type { KeyGateway, VirtualKey } from "./schema.ts";

export interface ByHand {
  readonly orgId: number;
  readonly gateway: KeyGateway;
  readonly driver: KeyDriver;
  /** The name of an issued key, or its id at the gateway. */
  readonly key: string;
  readonly by: By;
  readonly now: Date;
}

async function issuedOf(pool: Pool, { orgId, gateway, key }: ByHand) {
  const keys = await listKeys(pool, { orgId, limit: 100_000 });
  const issued = keys.find(
    (one) =>
      one.gateway === gateway.name && (one.name === key.toLowerCase() || one.externalId === key),
  );
  return { issued, externalId: issued?.externalId ?? key };
}

function subjectOf(gateway: KeyGateway, issued: VirtualKey | undefined): string {
  return issued === undefined ? `key_gateway:${gateway.id}` : `virtual_key:${issued.id}`;
}

/**
 * Blocks or unblocks a key at a driven gateway, past its state here. The log and the call go together:
 * what the gateway refuses is not in the log.
 */
export async function switchByHand(
  pool: Pool,
  verb: "block" | "unblock",
  hand: ByHand,
): Promise<ObservedKey> {
  const { orgId, gateway, driver, by, now } = hand;
  const { issued, externalId } = await issuedOf(pool, hand);
  return transaction(pool, async (tx) => {
    await record(tx, {
      ...by,
      orgId,
      action: `driven_key.${verb}ed`,
      subject: subjectOf(gateway, issued),
      after: { gateway: gateway.name, externalId },
      at: now,
    });
    return driver[verb](externalId);
  });
}

/** A new secret for a key of a driven gateway; an issued key is known by its new id from then on. */
export async function regenerateByHand(
  pool: Pool,
  hand: ByHand & { readonly overlapHours: number },
): Promise<CreatedKey> {
  const { orgId, gateway, driver, by, now, overlapHours } = hand;
  const { issued, externalId } = await issuedOf(pool, hand);
  return transaction(pool, async (tx) => {
    const { timeZone } = await loadRoster(tx, orgId);
    const made = await driver.regenerate(externalId, overlapHours);
    if (issued !== undefined) {
      await bindObserved(tx, issued, driver, made.observed, { timeZone, by, now });
    }
    await record(tx, {
      ...by,
      orgId,
      action: "driven_key.regenerated",
      subject: subjectOf(gateway, issued),
      before: { externalId },
      after: { gateway: gateway.name, externalId: made.observed.externalId, overlapHours },
      at: now,
    });
    return made;
  });
}
