import { type Activity, conversationKind, tenantOf, withoutThread } from "./activity.ts";
import type { Place } from "./bot-port.ts";
import { isStranger } from "./directory.ts";
import { recordConversation } from "./store.ts";
import type { TeamsSurface, Turn } from "./surface.ts";

export type Begun = { state: "turn"; turn: Turn } | { state: "refused"; said: string };

/** The organisation of an activity and where it happened; undefined for a foreign tenant. */
export async function findHome(
  surface: TeamsSurface,
  activity: Activity,
): Promise<{ orgId: number; place: Place } | undefined> {
  const tenantId = tenantOf(activity);
  if (tenantId === undefined) return undefined;
  if (surface.homeTenant !== undefined && surface.homeTenant.toLowerCase() !== tenantId) {
    return undefined;
  }
  const orgId = await surface.resolveOrg(tenantId);
  return orgId === undefined ? undefined : { orgId, place: placeOf(activity, tenantId) };
}

export function placeOf(activity: Activity, tenantId: string): Place {
  return {
    serviceUrl: activity.serviceUrl,
    tenantId,
    botId: activity.recipient.id,
    conversationId: activity.conversation.id,
  };
}

/**
 * Who asks, for which organisation, and where. Guests and other organisations are refused before the
 * brain hears of them; nothing of them is kept.
 */
export async function beginTurn(surface: TeamsSurface, activity: Activity): Promise<Begun> {
  const home = await findHome(surface, activity);
  const { aadObjectId } = activity.from;
  if (home === undefined || aadObjectId === undefined) return refused(FOREIGN);
  const { orgId, place } = home;
  const kind = conversationKind(activity);
  const room = { ...place, conversationId: withoutThread(place.conversationId) };
  const member = await surface.directory.findMember(room, activity.from.id);
  if (member === undefined || isStranger(member, place.tenantId)) return refused(GUEST);
  const email = member.email ?? member.userPrincipalName;
  const asker = await surface.resolveAsker({
    orgId,
    account: `teams:${place.tenantId}:${aadObjectId}`,
    email: email?.includes("@") === true ? email.toLowerCase() : undefined,
  });
  // After the account was resolved: that may have linked it, and only then its chat is kept.
  await keepConversation(surface, activity, orgId, place);
  const turn = { activity, place, kind, orgId, asker, userId: activity.from.id, aadObjectId };
  return { state: "turn", turn };
}

/** Keeps where the bot can write; an activity whose sender is unknown makes no personal chat. */
export async function keepConversation(
  surface: TeamsSurface,
  activity: Activity,
  orgId: number,
  place: Place,
): Promise<void> {
  const kind = conversationKind(activity);
  const aadObjectId = kind === "personal" ? (activity.from.aadObjectId ?? null) : null;
  if (kind === "personal" && aadObjectId === null) return;
  await recordConversation(surface.pool, {
    orgId,
    conversationId: withoutThread(place.conversationId),
    kind,
    tenantId: place.tenantId,
    serviceUrl: place.serviceUrl,
    botId: place.botId,
    teamId: activity.channelData?.team?.id ?? null,
    aadObjectId,
    now: surface.clock(),
  });
}

const FOREIGN =
  "I am not set up for this organisation. Whoever runs aispend can connect its Microsoft tenant.";
const GUEST = "I answer full members of this organisation only, not guests.";

function refused(said: string): Begun {
  return { state: "refused", said };
}
