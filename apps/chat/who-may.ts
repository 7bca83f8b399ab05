import { findEntitled } from "#core/org/entitled.ts";
import type { Permission } from "#core/org/permission.ts";
import type { Asking } from "./asking.ts";

const AT_MOST = 3;

/** "Ana Ruiz or Ben Adeyemi"; undefined where there is nobody. */
export function namesOf({ org }: Asking, who: readonly number[]): string | undefined {
  const names = who.slice(0, AT_MOST).map((id) => org.personName(id));
  return names.length === 0 ? undefined : names.join(" or ");
}

/**
 * Who may do what instead of the one who asks, for a sentence beside what is not offered; undefined where
 * it is to be offered: they may, others read along in a room, or it is the operator, who is asked who
 * decides.
 */
export async function othersWhoMay(
  asking: Asking,
  action: Permission,
  scopeId: number,
): Promise<string | undefined> {
  const { asker, now, org, pool, sight } = asking;
  if (asker.personId === undefined || sight.isRoom) return undefined;
  const question = { orgId: org.id, personId: asker.personId, action, scopeId, now };
  const { allowed, who } = await findEntitled(pool, question);
  return allowed ? undefined : (namesOf(asking, who) ?? "Nobody yet");
}
