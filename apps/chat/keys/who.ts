import type { By } from "#core/keys/grant.ts";
import { findKey, findKeyByName } from "#core/keys/lookup.ts";
import { listMemberships } from "#core/keys/policy.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import { spendBy } from "#core/ledger/spend.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { NamedScope } from "../names/name-source.ts";
import { askButton, Refusal } from "../refusal.ts";
import { type Acting, requirePerson } from "../require-person.ts";

/** Who presses: a person, whose right is decided where it is done. */
export function requireKeyPerson(asking: Asking): Acting {
  return requirePerson(asking, {
    title: "Who is it?",
    why: "Keys are asked for and approved by people, not by the operator of the installation.",
  });
}

export function operatorBy({ asker, surface }: Asking): By {
  return { actor: "operator", actorAccount: asker.account, surface };
}

const USAGE_DAYS = 90;
const TEAMS = 20;

/** Where the calls of somebody went whom no file names. */
async function usedTeams(
  { org, pool, today }: Asking,
  personId: number,
): Promise<readonly number[]> {
  const period = { start: addDays(today, -USAGE_DAYS), end: addDays(today, 1) };
  const own = { dimension: { name: "person" as const, valueId: personId } };
  return (await spendBy(pool, org.id, own, period, "team", TEAMS)).map(({ id }) => id);
}

/**
 * The scopes that a person belongs to: where they hold a function, are on call or are named as a
 * member, else where their own usage of the last 90 days was; and what lies below these.
 */
export async function scopesOf(asking: Asking, personId: number): Promise<NamedScope[]> {
  const { org, pool } = asking;
  const named = [...org.teamsOf(personId), ...(await listMemberships(pool, org.id, personId))];
  const roots = new Set(named.length > 0 ? named : await usedTeams(asking, personId));
  const living = org.scopes.filter(({ retired }) => !retired);
  const paths = living.filter(({ id }) => roots.has(id)).map(({ path }) => path);
  return living
    .filter(({ path }) => paths.some((root) => path === root || path.startsWith(`${root}/`)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function unknownKey(name: string): Refusal {
  return new Refusal(
    "key_not_found",
    "No such key",
    `There is no key '${name.slice(0, 70)}' that was issued here.`,
    { kind: "not_found", help: "See which there are: keys", actions: [askButton("keys")] },
  );
}

export async function keyNamed(asking: Asking, name: string): Promise<VirtualKey> {
  const key = await findKeyByName(asking.pool, asking.org.id, name.toLowerCase());
  if (key === undefined) throw unknownKey(name);
  return key;
}

/** The key that a button is about: its id came back from a surface and may be anything. */
export async function keyOfToken(asking: Asking, token: string): Promise<VirtualKey> {
  const id = /^\d{1,9}$/.test(token) ? Number(token) : 0;
  const key = await findKey(asking.pool, asking.org.id, id);
  if (key === undefined) throw unknownKey(token);
  return key;
}

export function oldButton(): Refusal {
  return new Refusal(
    "button_unknown",
    "That button no longer works",
    "This button is of a request or key that I do not know any more.",
    { kind: "not_found", help: "Ask again and press the new one: keys" },
  );
}

export function numberOf(token: string): number {
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw oldButton();
}
