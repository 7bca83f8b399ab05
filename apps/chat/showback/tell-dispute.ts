import { Answer } from "#core/answers/schema.ts";
import type { Db, Tx } from "#core/db/db.ts";
import type { NanoUsd } from "#core/money.ts";
import { eligible } from "#core/org/permission.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { loadRoster } from "#core/org/roster.ts";
import { enqueue } from "#core/outbox/service.ts";
import { nameLine } from "#core/showback/dispute.ts";
import type { Dispute } from "#core/showback/schema.ts";
import type { Asking } from "../asking.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { askedCard, type DisputeCard, settledAnswer } from "./dispute-answer.ts";
import { lineSaid } from "./line-said.ts";
import { subjectOf } from "./showback-report.ts";

/** The dispute with the names that a person reads. */
export async function cardOf(db: Db, asking: Asking, dispute: Dispute): Promise<DisputeCard> {
  const { org, today } = asking;
  const said = (scopeId: number) => subjectOf(org, scopeId)?.said ?? `scope ${scopeId}`;
  return {
    dispute,
    line: lineSaid(await nameLine(db, dispute)),
    team: said(dispute.teamId),
    asked: dispute.askedScopeId === null ? undefined : said(dispute.askedScopeId),
    raisedBy: org.personName(dispute.raisedBy),
    today,
  };
}

async function owe(
  tx: Tx,
  asking: Asking,
  to: readonly number[],
  of: { key: string; thread: string; body: AnswerBody; placement: "post" | "update" },
): Promise<number> {
  const { org, now } = asking;
  const addresses = await listAddresses(tx, org.id, to);
  for (const { personId, surface, destination } of addresses) {
    await enqueue(
      tx,
      {
        orgId: org.id,
        dedupeKey: `${of.key}:${personId}`,
        surface,
        destination,
        kind: "spend_dispute",
        urgency: "urgent",
        placement: of.placement,
        threadKey: of.thread,
        body: Answer.parse({
          ...of.body,
          audience: { kind: "person", personId },
          demonstration: org.demonstration,
        }),
      },
      now,
    );
  }
  return addresses.length;
}

/** The card goes to the R and A of attributing spend of the scope that is asked; of the whole else. */
export async function tellAsked(tx: Tx, asking: Asking, dispute: Dispute): Promise<void> {
  const roster = await loadRoster(tx, asking.org.id);
  const scopeId = dispute.askedScopeId ?? 0;
  const question = { action: "claim_spend", scopeId, now: asking.now } as const;
  const people = eligible(roster, question).map(({ personId }) => personId);
  const thread = `dispute:${dispute.id}:${scopeId}`;
  const body = askedCard(await cardOf(tx, asking, dispute));
  await owe(tx, asking, people, { key: `${thread}:asked`, thread, body, placement: "post" });
}

/** How it went: to the one who raised it, and in place of the card of those who were asked. */
export async function tellSettled(
  tx: Tx,
  asking: Asking,
  dispute: Dispute,
  moved: NanoUsd,
): Promise<void> {
  const to = subjectOf(asking.org, dispute.settledScopeId ?? 0)?.said ?? "its owner";
  const body = settledAnswer(await cardOf(tx, asking, dispute), moved, to);
  const roster = await loadRoster(tx, asking.org.id);
  const scopeId = dispute.askedScopeId ?? 0;
  const question = { action: "claim_spend", scopeId, now: asking.now } as const;
  const people = eligible(roster, question).map(({ personId }) => personId);
  const thread = `dispute:${dispute.id}:${scopeId}`;
  const key = `${thread}:settled`;
  await owe(tx, asking, people, { key, thread, body, placement: "update" });
  if (people.includes(dispute.raisedBy)) return;
  const own = `dispute:${dispute.id}:raised`;
  await owe(tx, asking, [dispute.raisedBy], {
    key: `${own}:settled`,
    thread: own,
    body,
    placement: "post",
  });
}
