import type { Clock } from "#core/time.ts";
import type { Place, TeamsMember, TeamsTransport } from "./bot-port.ts";

const REMEMBERED_MS = 10 * 60_000;
const REMEMBERED_MAX = 5_000;
/** At 500 members a page; a larger room cannot be checked before an answer is due. */
const PAGES_MAX = 20;

export interface Directory {
  /** An account as its tenant's directory has it, at most ten minutes old. */
  findMember(place: Place, userId: string): Promise<TeamsMember | undefined>;
  /** Whether a room has readers from outside the organisation, or more than can be checked. */
  hasStrangers(room: Place): Promise<boolean>;
}

export function memberDirectory(transport: TeamsTransport, clock: Clock): Directory {
  const members = remembered<TeamsMember | undefined>(clock);
  const rooms = remembered<boolean>(clock);
  return {
    findMember: (place, userId) =>
      members(`${place.tenantId} ${userId}`, () => transport.findMember(place, userId)),
    hasStrangers: (room) =>
      rooms(`${room.tenantId} ${room.conversationId}`, () => roomHasStrangers(transport, room)),
  };
}

/**
 * A guest, an anonymous participant, or somebody of another organisation. A guest's own name shows
 * in the directory as "someone_their.org#EXT#@our.org".
 */
export function isStranger(member: TeamsMember, tenantId: string): boolean {
  const role = member.role?.toLowerCase();
  return (
    role === "guest" ||
    role === "anonymous" ||
    member.userPrincipalName?.toUpperCase().includes("#EXT#") === true ||
    (member.tenantId !== undefined && member.tenantId.toLowerCase() !== tenantId)
  );
}

async function roomHasStrangers(transport: TeamsTransport, room: Place): Promise<boolean> {
  let continuation: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const listed = await transport.listMembers(room, continuation);
    if (listed.members.some((member) => isStranger(member, room.tenantId))) return true;
    continuation = listed.continuation;
    if (continuation === undefined) return false;
  }
  return true;
}

/** Keeps answers for a while, the oldest given up first; a failure or "nobody" is not kept. */
function remembered<T>(clock: Clock) {
  const kept = new Map<string, { value: T; until: number }>();
  return async (key: string, find: () => Promise<T>): Promise<T> => {
    const now = clock().getTime();
    const known = kept.get(key);
    if (known !== undefined && known.until > now) return known.value;
    const value = await find();
    if (value === undefined) return value;
    kept.delete(key);
    kept.set(key, { value, until: now + REMEMBERED_MS });
    const [oldest] = kept.keys();
    if (kept.size > REMEMBERED_MAX && oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
