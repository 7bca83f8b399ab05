import { AispendError } from "#core/errors.ts";
import { approversOf } from "#core/keys/approval.ts";
import { loadEffect } from "#core/keys/effect.ts";
import { heldAt } from "#core/keys/key-gateway.ts";
import { keyStateSaid } from "#core/keys/key-state.ts";
import { listKeys, listLiveBlocks } from "#core/keys/lookup.ts";
import { listPendingRequests, listRequestsOf } from "#core/keys/request-service.ts";
import type { KeyRequest } from "#core/keys/schema.ts";
import { rightsFor, termsOf } from "#core/keys/terms.ts";
import { loadUsage } from "#core/keys/usage.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";
import { capSaid, dayWithYear, heldSaid, lastDayOf, scopeSaid, usedSaid } from "./key-words.ts";

/** Asks for a key. */
export const REQUEST_BUTTON = {
  kind: "form",
  label: "Request a key...",
  form: "key_request",
  token: "new",
} as const;

const SHOWN = 20;
const LIVING = ["approved", "active", "suspended"] as const;

export interface KeyList {
  /** Undefined: of the whole organisation. */
  readonly scopeId: number | undefined;
  /** Undefined: of everybody. */
  readonly ownerId: number | undefined;
  readonly said: string;
  readonly command: string;
}

function below(asking: Asking, scopeId: number): number[] {
  const root = asking.org.scopes.find(({ id }) => id === scopeId)?.path ?? "";
  return asking.org.scopes
    .filter(({ path }) => path === root || path.startsWith(`${root}/`))
    .map(({ id }) => id);
}

function classesSaid(classes: ReadonlySet<string>): string {
  const [only] = classes;
  if (classes.size === 1) return `their caps are ${only}`;
  return `their caps are ${[...classes].join(", or ")}`;
}

/** Living keys of a scope or a person, the dearest first. */
export async function keysAnswer(asking: Asking, list: KeyList): Promise<AnswerBody> {
  const { org, pool, today } = asking;
  const scopeIds = list.scopeId === undefined ? [] : below(asking, list.scopeId);
  const all = await listKeys(pool, { orgId: org.id, scopeIds, states: LIVING });
  const keys = all.filter(({ ownerId }) => list.ownerId === undefined || ownerId === list.ownerId);
  const usages = await loadUsage(pool, org.id, keys, today);
  const sorted = usages.toSorted((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : 0));
  const blocked = new Set(
    (await listLiveBlocks(pool, org.id)).flatMap(({ targetKind, targetId }) =>
      targetKind === "key" ? [targetId] : [],
    ),
  );
  const count = keys.length === 1 ? "1 key" : `${keys.length} keys`;
  const actions = [
    { ...REQUEST_BUTTON, token: String(list.scopeId ?? "new") },
    ...sorted.slice(0, 3).map(({ key }) => askButton(`key ${spellName(key.name)}`, key.name)),
    askButton("key requests", "Requests"),
  ];
  if (keys.length === 0) {
    return {
      command: list.command,
      title: `Keys of ${list.said}: none`,
      sentence: `${list.said} has no key that was issued here.`,
      source: { basis: "none" },
      actions,
    };
  }
  const classes = new Set<string>();
  for (const key of keys) classes.add(heldSaid(await heldAt(pool, key), org.timeZone));
  const row = ({ key, cap, spent }: (typeof sorted)[number]) => [
    key.name,
    blocked.has(key.id)
      ? "BLOCKED"
      : key.state === "approved"
        ? "not revealed"
        : keyStateSaid(key.state),
    scopeSaid(org, key.scopeId),
    org.hasLeft(key.ownerId)
      ? `${org.personName(key.ownerId)} (left)`
      : org.personName(key.ownerId),
    cap === undefined ? "none" : capSaid(cap),
    usedSaid(spent, cap?.amount ?? spent),
    key.expiresAt === undefined
      ? "never"
      : dayWithYear(lastDayOf(key.expiresAt, org.timeZone), today),
  ];
  return {
    command: list.command,
    title: `Keys of ${list.said}: ${keys.length}`,
    sentence: `${list.said} has ${count}; ${classesSaid(classes)}.`,
    table: {
      caption: "Keys, the most used first",
      columns: [
        { label: "Key" },
        { label: "State" },
        { label: "Scope" },
        { label: "Owner" },
        { label: "Cap", align: "right" },
        { label: "Used", align: "right" },
        { label: "Ends" },
      ],
      rows: sorted.slice(0, SHOWN).map(row),
      omitted: Math.max(0, sorted.length - SHOWN),
    },
    source: { basis: "metered", note: "usage from the ledger, of each cap's running period" },
    actions,
  };
}

/** Open requests that the person may decide now. */
export async function waitingFor(asking: Asking, personId: number): Promise<KeyRequest[]> {
  const { org, pool, now, today } = asking;
  const roster = await loadRoster(pool, org.id);
  const found: KeyRequest[] = [];
  for (const request of await listPendingRequests(pool, org.id)) {
    const place = { roster, scopeId: request.scopeId, today, exceptKeyId: request.keyId };
    if (request.scopeId !== 0 && !roster.parents.has(request.scopeId)) continue;
    const effect = await loadEffect(pool, { ...place, terms: termsOf(request) });
    try {
      const { people } = approversOf(roster, request, rightsFor(request.kind, effect), now);
      if (people.includes(personId)) found.push(request);
    } catch (error) {
      if (!(error instanceof AispendError)) throw error;
    }
  }
  return found;
}

function requestRow(asking: Asking, request: KeyRequest): string[] {
  const terms = termsOf(request);
  return [
    String(request.id),
    request.name,
    request.kind === "issue" ? "key" : "raise",
    scopeSaid(asking.org, request.scopeId),
    capSaid({ amount: terms.capAmount, period: terms.capPeriod }),
    request.state === "pending" ? "waits" : request.state,
  ];
}

const REQUEST_COLUMNS = ["No.", "Key", "For", "Scope", "Cap", "State"].map((label) => ({ label }));

/** What waits for the one who asks, and what they asked for. */
export async function requestsAnswer(asking: Asking): Promise<AnswerBody> {
  const { org, pool, asker } = asking;
  const personId = asker.personId ?? 0;
  const all = asker.operator
    ? await listPendingRequests(pool, org.id)
    : await waitingFor(asking, personId);
  const mine = asker.operator ? [] : await listRequestsOf(pool, org.id, personId);
  const open = mine.filter(({ state }) => state === "pending");
  const rows = [...all, ...mine.filter(({ id }) => all.every((one) => one.id !== id))];
  const waits = all.length === 1 ? "1 request waits" : `${all.length} requests wait`;
  const yours = open.length === 1 ? "1 of yours is open" : `${open.length} of yours are open`;
  return {
    command: "key requests",
    title: `Key requests: ${all.length} to decide`,
    sentence:
      rows.length === 0
        ? `No request waits for ${asker.operator ? "anybody" : "you"}, and none of yours is open.`
        : `${waits} for ${asker.operator ? "somebody" : "you"}; ${yours}.`,
    ...(rows.length === 0
      ? {}
      : {
          table: {
            caption: "Requests, what waits first",
            columns: REQUEST_COLUMNS,
            rows: rows.slice(0, SHOWN).map((request) => requestRow(asking, request)),
            omitted: Math.max(0, rows.length - SHOWN),
          },
        }),
    source: { basis: "none" },
    actions: [
      ...rows.slice(0, 4).map(({ id, name }) => askButton(`key request ${id}`, `${name}...`)),
      REQUEST_BUTTON,
    ],
  };
}
