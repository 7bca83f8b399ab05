import { randomUUID } from "node:crypto";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { appendClaim, type ClaimResult } from "#core/ledger/claim.ts";
import { findDimensionValues } from "#core/ledger/spend.ts";
import { formatUsd } from "#core/money.ts";
import { chainOf, loadDirectory, NO_CHAIN } from "#core/org/directory.ts";
import { requirePermission } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import { addDays, type Period, parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { settleBudgetSubject } from "../budgets/budget-subject.ts";
import { requireSetter } from "../budgets/setter.ts";
import { wordsOf } from "../grammar/words.ts";
import { saidValue } from "../names/find-named.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords } from "../spend/spend-words.ts";
import type { Form, Press } from "../surface.ts";

interface KeyClaim {
  readonly key: string;
  readonly period: Period;
}

/** "2026-10-01:2026-11-01:ci-nightly-7". */
export function claimToken({ key, period }: KeyClaim): string {
  return `${period.start}:${period.end}:${key}`;
}

function readToken(token: string): KeyClaim {
  const [start = "", end = "", ...key] = token.split(":");
  try {
    const period = { start: parseDay(start), end: parseDay(end) };
    const known = key.join(":");
    if (known !== "" && period.start < period.end && period.end <= addDays(period.start, 31)) {
      return { key: known, period };
    }
  } catch {
    // Refused below, as any token that is none.
  }
  throw new Refusal("button_unknown", "That button no longer works", "I do not know it.", {
    kind: "not_found",
    actions: [askButton("unattributed")],
  });
}

export async function claimKeyForm(asking: Asking, token: string): Promise<Form> {
  const { key, period } = readToken(token);
  return {
    title: "Claim spend",
    intro:
      `For which team, project or agent is what ${saidValue("key", key)} spent in ` +
      `${saidPeriod(period, asking.today)}? It is booked there by a correction; only its own R ` +
      "or A may claim it.",
    verb: "claim_key",
    token,
    submitLabel: "Claim",
    fields: [
      {
        kind: "text",
        name: "scope",
        label: "Team, project or agent",
        required: true,
        maxLength: 200,
      },
    ],
  };
}

function book(
  asking: Asking,
  of: { keyId: number; scopeId: number; period: Period },
): Promise<ClaimResult> {
  const { org, now, pool } = asking;
  const by = requireSetter(asking);
  const { keyId, scopeId, period } = of;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, org.id);
    const question = { action: "claim_spend", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    const claimId = randomUUID();
    // First: the log's head is a lock, so that of two claims at once the second finds nothing left.
    await record(tx, {
      orgId: org.id,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "spend.claimed",
      subject: `scope:${scopeId}`,
      after: { claimId, keyId, from: period.start, to: addDays(period.end, -1), as: as.role },
      at: now,
    });
    const directory = await loadDirectory(tx, org.id);
    return appendClaim(tx, {
      orgId: org.id,
      claimId,
      from: NO_CHAIN,
      to: chainOf(directory.scopes, scopeId),
      period,
      keyId,
      recordedAt: now,
    });
  });
}

/** Books what a key spent without a team to the scope that is named, for its R or A. */
export async function pressClaimKey(asking: Asking, press: Press): Promise<AnswerBody> {
  const { key, period } = readToken(press.token);
  const words = readSpendWords(undefined, wordsOf(press.values.scope ?? ""), asking.today);
  const { budget, scopeId, subject } = await settleBudgetSubject(asking, words, "unattributed");
  const values = await findDimensionValues(asking.pool, asking.org.id, "key", key);
  const keyId = values.find(({ value }) => value === key)?.id;
  if (budget.kind !== "scope" || scopeId === 0 || keyId === undefined) {
    throw new Refusal("scope_needed", "For whom?", "Name a team, project or agent.", {
      kind: "invalid",
    });
  }
  const { cost, moved } = await book(asking, { keyId, scopeId, period });
  const said = saidValue("key", key);
  const within = saidPeriod(period, asking.today);
  return {
    command: "unattributed",
    title: moved === 0 ? `${said}: nothing to claim` : `${said}: booked to ${subject.said}`,
    sentence:
      moved === 0
        ? `${said} has no unattributed spend in ${within}; it was claimed before, or never there.`
        : `${formatUsd(cost)} of ${said} in ${within} is booked to ${subject.said} by a ` +
          "correction.",
    source: { basis: "metered" },
    actions: [askButton(subject.command, "Spend"), askButton("unattributed", "Unattributed")],
  };
}
