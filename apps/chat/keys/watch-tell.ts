import type { Tx } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { approversOf } from "#core/keys/approval.ts";
import { loadEffect } from "#core/keys/effect.ts";
import { listKeys } from "#core/keys/lookup.ts";
import type { KeyRequest, VirtualKey } from "#core/keys/schema.ts";
import { rightsFor, termsOf } from "#core/keys/terms.ts";
import {
  endOverdueKeys,
  findKeyFaults,
  type KeyFinding,
  listExpiryWarnings,
  type RequestDue,
  takeDueRequests,
} from "#core/keys/watch.ts";
import { findChannel } from "#core/org/channel.ts";
import { hasLeft, resolveRaci, rosterDay } from "#core/org/raci.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { anyOf } from "../said/said-names.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { CardSetting } from "./load-card.ts";
import { owe, placesFor, tellAsked, tellOutcome, tellUnder } from "./tell.ts";
import { endedBody, expiryBody, findingsBody, leaverBody } from "./watch-answer.ts";

async function tellPerson(
  tx: Tx,
  setting: CardSetting,
  personId: number,
  told: { kind: string; body: AnswerBody; fact: string },
): Promise<void> {
  for (const { surface, destination } of await listAddresses(tx, setting.org.id, [personId])) {
    const at = { surface, destination };
    await owe(tx, setting, { at, ...told, placement: "post", urgency: "report" });
  }
}

function remindBody(request: KeyRequest, said: string): AnswerBody {
  return {
    command: `key request ${request.id}`,
    title: `KEY ${request.name}: ${said}`,
    sentence: `The request for ${request.name} still waits: ${said}.`,
    source: { basis: "none" },
  };
}

/** Reminded under the card; escalated to everybody who may, the parent's Accountable among them. */
async function tellDue(
  tx: Tx,
  setting: CardSetting,
  request: KeyRequest,
  due: RequestDue,
): Promise<void> {
  const { roster, now } = setting;
  const today = rosterDay(roster, now);
  const place = { roster, scopeId: request.scopeId, today, exceptKeyId: request.keyId };
  const effect = await loadEffect(tx, { ...place, terms: termsOf(request) });
  if (due === "expire") {
    await tellOutcome(tx, setting, request, effect);
    return;
  }
  const rights = rightsFor(request.kind, effect);
  const { nearest, people } = approversOf(roster, request, rights, now);
  const names = (all: readonly number[]) =>
    anyOf(all.slice(0, 3).map((id) => setting.org.personName(id)));
  const next = people.filter((id) => !nearest.includes(id));
  const fact = `key_request:${request.id}:${due}`;
  if (due === "remind" || next.length === 0) {
    await tellUnder(
      tx,
      setting,
      request,
      remindBody(request, `${names(nearest)} can decide`),
      fact,
    );
    return;
  }
  await tellUnder(tx, setting, request, remindBody(request, `${names(next)} can decide too`), fact);
  await tellAsked(tx, setting, request, effect, next);
}

export interface Watched {
  readonly ended: number;
  readonly due: number;
  readonly warned: number;
}

/** Every hour: what time does to keys and requests, and who is told. Each is told once. */
export async function watchKeys(tx: Tx, setting: CardSetting): Promise<Watched> {
  const { org, roster, now } = setting;
  const ended = await endOverdueKeys(tx, org.id, now);
  for (const key of ended) {
    const told = { kind: "key_ended", body: endedBody(org, key), fact: `key_ended:${key.id}` };
    await tellPerson(tx, setting, key.ownerId, told);
  }
  const due = await takeDueRequests(tx, org.id, now);
  for (const one of due) {
    try {
      await tellDue(tx, setting, one.request, one.due);
    } catch (error) {
      // The scope was retired or nobody is left who could decide: it runs into its end.
      if (!(error instanceof AispendError)) throw error;
    }
  }
  const warnings = await listExpiryWarnings(tx, { orgId: org.id, timeZone: org.timeZone, now });
  for (const warning of warnings) {
    const { key, lastDay, daysBefore } = warning;
    const fact = `key_expiry:${key.id}:${lastDay}:${daysBefore}`;
    const body = expiryBody(org, warning, rosterDay(roster, now));
    await tellPerson(tx, setting, key.ownerId, { kind: "key_expiry", body, fact });
  }
  await tellLeavers(tx, setting);
  return { ended: ended.length, due: due.length, warned: warnings.length };
}

function ownerOf({ roster, now }: CardSetting, scopeId: number): number | undefined {
  const at = roster.parents.has(scopeId) ? scopeId : 0;
  try {
    return resolveRaci(roster, "attribute_spend", at, now).accountable.actingId;
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return undefined;
    throw error;
  }
}

/** Keys of who left, told once to the owner of each scope. */
async function tellLeavers(tx: Tx, setting: CardSetting): Promise<void> {
  const { org, roster, now } = setting;
  const day = rosterDay(roster, now);
  const keys = await listKeys(tx, { orgId: org.id, states: ["approved", "active", "suspended"] });
  const left = new Map<string, VirtualKey[]>();
  for (const key of keys.filter(({ ownerId }) => hasLeft(roster, ownerId, day))) {
    const owner = ownerOf(setting, key.scopeId);
    if (owner === undefined) continue;
    const group = `${key.ownerId}:${owner}`;
    left.set(group, [...(left.get(group) ?? []), key]);
  }
  for (const [group, theirs] of left) {
    const [leaver = 0, owner = 0] = group.split(":").map(Number);
    const body = leaverBody(org, leaver, theirs);
    const fact = `key_leaver:${group}`;
    await tellPerson(tx, setting, owner, { kind: "key_leaver", body, fact });
  }
}

/** Every week: what is idle, ownerless or wider than its use, to the owner of each scope. */
export async function reviewKeys(tx: Tx, setting: CardSetting): Promise<number> {
  const { org, roster, now } = setting;
  const findings = await findKeyFaults(tx, { roster, now });
  const byScope = new Map<number, KeyFinding[]>();
  for (const finding of findings) {
    const { scopeId } = finding.usage.key;
    byScope.set(scopeId, [...(byScope.get(scopeId) ?? []), finding]);
  }
  const today = rosterDay(roster, now);
  for (const [scopeId, found] of byScope) {
    const owner = ownerOf(setting, scopeId);
    const body = findingsBody(org, scopeId, found, today);
    const people = owner === undefined ? [] : [owner];
    const of = { orgId: org.id, scopeId, kind: "key_review" } as const;
    const channel = await findChannel(tx, of);
    // The channel where there is one; nobody is told twice.
    const places = await placesFor(tx, of, channel === undefined ? people : []);
    for (const at of places) {
      const told = { at, body, kind: "key_review", placement: "post", urgency: "report" } as const;
      await owe(tx, setting, { ...told, fact: `key_review:${scopeId}:${today}` });
    }
  }
  return findings.length;
}
