import type { Action } from "#core/answers/schema.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import type { ExpiryWarning, KeyFinding } from "#core/keys/watch.ts";
import { saidUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";
import { dayWithYear, scopeSaid, useSaid } from "./key-words.ts";

const SHOWN = 15;

function revokeButton(key: VirtualKey): Action {
  return {
    kind: "press",
    label: `Revoke ${key.name}`.slice(0, 75),
    verb: "key_step",
    token: `revoke|${key.id}`,
    style: "danger",
    confirm: `Revoke ${key.name} for good? What uses it stops at once.`,
  };
}

function see(key: VirtualKey): Action {
  return askButton(`key ${spellName(key.name)}`, key.name);
}

/** To the owner of a key, 14, 3 and 1 days before its end. */
export function expiryBody(org: OrgView, warning: ExpiryWarning, today: Day): AnswerBody {
  const { key, lastDay, daysBefore } = warning;
  const left = daysBefore === 1 ? "within a day" : `within ${daysBefore} days`;
  return {
    command: `key ${spellName(key.name)}`,
    title: `KEY ${key.name}: ends ${dayWithYear(lastDay, today)}`,
    sentence:
      `Your key ${key.name} of ${scopeSaid(org, key.scopeId)} ends ${left}: its last day is ` +
      `${dayWithYear(lastDay, today)}.`,
    facts: [{ label: "Use", value: useSaid(key) }],
    notes: ["Ask for a new one in time; what is not needed any more simply ends."],
    source: { basis: "none" },
    actions: [
      {
        kind: "form",
        label: "Request a new one...",
        form: "key_request",
        token: String(key.scopeId),
      },
      see(key),
    ],
  };
}

/** To the owner of a key that ended by time. */
export function endedBody(org: OrgView, key: VirtualKey): AnswerBody {
  const why = key.state === "lapsed" ? "was not revealed in 7 days, so it lapsed" : "expired";
  return {
    command: `key ${spellName(key.name)}`,
    title: `KEY ${key.name}: ${key.state}`,
    sentence: `Your key ${key.name} of ${scopeSaid(org, key.scopeId)} ${why}.`,
    source: { basis: "none" },
    actions: [
      {
        kind: "form",
        label: "Request a new one...",
        form: "key_request",
        token: String(key.scopeId),
      },
    ],
  };
}

/** To the owner of a scope: somebody left, and these keys of theirs stay behind. */
export function leaverBody(
  org: OrgView,
  personId: number,
  keys: readonly VirtualKey[],
): AnswerBody {
  const count = keys.length === 1 ? "1 key" : `${keys.length} keys`;
  const name = org.personName(personId);
  return {
    command: `keys of ${spellName(name)}`,
    title: `KEYS: ${name} left ${count} behind`,
    sentence: `${name} left and still owns ${count}: give each to somebody, or revoke it.`,
    facts: keys.slice(0, SHOWN).map((key) => ({
      label: key.name,
      value: `${scopeSaid(org, key.scopeId)}: ${useSaid(key)}`,
    })),
    source: { basis: "none" },
    actions: keys.slice(0, 3).flatMap((key): Action[] => [
      {
        kind: "form",
        label: `Give ${key.name}...`.slice(0, 75),
        form: "key_transfer",
        token: String(key.id),
      },
      revokeButton(key),
    ]),
  };
}

const FAULT_SAID = {
  idle: "idle",
  ownerless: "owner left",
  over_privileged: "wider than its use",
} as const;

function findingRow(org: OrgView, { usage, faults, lastUsedOn, unused }: KeyFinding, today: Day) {
  const { key, lately } = usage;
  return [
    key.name,
    faults.map((fault) => FAULT_SAID[fault]).join(", "),
    scopeSaid(org, key.scopeId),
    org.personName(key.ownerId),
    lastUsedOn === undefined ? "never" : dayWithYear(lastUsedOn, today),
    saidUsd(lately),
    unused.join("; "),
  ];
}

/** The week's list for the owner of a scope. */
export function findingsBody(
  org: OrgView,
  scopeId: number,
  findings: readonly KeyFinding[],
  today: Day,
): AnswerBody {
  const count = findings.length === 1 ? "1 key" : `${findings.length} keys`;
  const scope = scopeSaid(org, scopeId);
  const columns = ["Key", "Why", "Scope", "Owner", "Last used", "30 days", "Not needed"];
  const idle = findings.filter(
    ({ faults }) => faults.includes("idle") || faults.includes("ownerless"),
  );
  return {
    command: `keys ${scope}`,
    title: `KEYS of ${scope}: ${count} to look at`,
    sentence: `${count} of ${scope}: idle, without an owner, or allowed more than is used.`,
    table: {
      caption: "Keys to look at",
      columns: columns.map((label) => ({ label })),
      rows: findings.slice(0, SHOWN).map((finding) => findingRow(org, finding, today)),
      omitted: Math.max(0, findings.length - SHOWN),
    },
    source: { basis: "metered", note: "usage of 30 days from the ledger" },
    actions: [
      ...idle.slice(0, 4).map(({ usage }) => revokeButton(usage.key)),
      askButton(`keys ${scope}`, "All keys"),
    ],
  };
}
