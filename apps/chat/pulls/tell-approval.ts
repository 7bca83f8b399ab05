import type { Tx } from "#core/db/db.ts";
import type { Approval, Asked } from "#core/estimates/approval.ts";
import { listThreadPlaces } from "#core/outbox/service.ts";
import { owe, placesFor } from "../keys/tell.ts";
import type { OrgView } from "../org-view.ts";
import { approvalCard, approvalThread } from "./approval-card.ts";

interface Setting {
  readonly org: OrgView;
  readonly now: Date;
}

const KIND = "pull_request_approval";

/**
 * The card in the scope's channel and to who may decide. A card of the pull request that stands there
 * turns into the new one: a push is no new message while the last is undecided.
 */
export async function tellApprovalAsked(tx: Tx, setting: Setting, asked: Asked): Promise<void> {
  const { approval, people } = asked;
  const threadKey = approvalThread(approval);
  const body = approvalCard(approval, setting.org);
  const placement = approval.cardOf === approval.id ? "post" : "update";
  const fact = `${KIND}:${approval.id}:asked`;
  const of = { orgId: setting.org.id, scopeId: approval.scopeId, kind: "approval" } as const;
  for (const at of await placesFor(tx, of, people)) {
    await owe(tx, setting, { at, body, kind: KIND, threadKey, placement, fact });
  }
}

/** Everybody who has the card sees it turn into what became of it. */
export async function tellApprovalEnded(
  tx: Tx,
  setting: Setting,
  approval: Approval,
): Promise<void> {
  const threadKey = approvalThread(approval);
  const body = approvalCard(approval, setting.org);
  const fact = `${KIND}:${approval.id}:${approval.state}`;
  for (const at of await listThreadPlaces(tx, setting.org.id, threadKey)) {
    await owe(tx, setting, { at, body, kind: KIND, threadKey, placement: "update", fact });
  }
}
