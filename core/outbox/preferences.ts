import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import { transaction } from "../db/transaction.ts";
import { may, requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import type { Destination } from "./destination-store.ts";
import type { QuietHours } from "./placement.ts";
import {
  findPreferences,
  muteKind,
  type Preferences,
  setQuietHours,
  unmuteKind,
} from "./service.ts";

export type PreferenceChange =
  | { readonly to: "mute" | "unmute"; readonly kind: string }
  /** Undefined brings the organisation's hours back; equal times mean none. */
  | { readonly to: "quiet"; readonly hours: QuietHours | undefined };

export interface SetPreference {
  readonly at: Destination;
  /** Scopes whose channel it is; undefined: the person's own. */
  readonly scopeIds: readonly number[] | undefined;
  readonly change: PreferenceChange;
  readonly by: Pick<AuditRecord, "actorAccount" | "surface"> & { readonly personId: number };
  readonly now: Date;
}

/**
 * What a place is told unasked, and when: of a room for whoever may choose it for one of its scopes, of
 * one's own messages for oneself. Audited where it changes anything. Throws `not_permitted` and
 * `quiet_hours_invalid`.
 */
export async function setPreference(pool: Pool, request: SetPreference): Promise<Preferences> {
  const { at, by, change, now, scopeIds } = request;
  const { orgId } = at;
  await transaction(pool, async (tx) => {
    if (scopeIds !== undefined) {
      const roster = await loadRoster(tx, orgId);
      const asked = scopeIds.map((scopeId) => ({ action: "set_channel", scopeId, now }) as const);
      const allowed = asked.find((question) => may(roster, by.personId, question).allowed);
      const question = allowed ?? asked[0] ?? { action: "set_channel", scopeId: 0, now };
      requirePermission(roster, by.personId, question);
    }
    const { mutedKinds } = await findPreferences(tx, at);
    const isMuted = change.to !== "quiet" && mutedKinds.includes(change.kind);
    if (change.to !== "quiet" && isMuted === (change.to === "mute")) return;
    if (change.to === "quiet") await setQuietHours(tx, at, change.hours);
    else if (change.to === "mute") await muteKind(tx, at, change.kind);
    else await unmuteKind(tx, at, change.kind);
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: `destination.${change.to}`,
      subject: `${at.surface}:${at.destination}`.slice(0, 200),
      after: change.to === "quiet" ? { hours: change.hours ?? null } : { kind: change.kind },
      at: now,
    });
  });
  return findPreferences(pool, at);
}
