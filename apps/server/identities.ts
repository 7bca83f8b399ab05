import type { Pool } from "pg";
import type { Asker } from "#apps/chat/surface.ts";
import { connectWorkspace, resolvePerson, resolveWorkspace } from "#core/org/identity.ts";
import { listOrganizationZones } from "#core/schedule/service.ts";
import type { Clock } from "#core/time.ts";

/** An account that its workspace vouches for; `email` only where it is a full member's own. */
interface Account {
  orgId: number;
  account: string;
  email: string | undefined;
}

/** Whose workspace it is and who an account is, for the chat surfaces. */
export function createIdentities(pool: Pool, clock: Clock) {
  return {
    /**
     * The organisation of a workspace. The tokens of the environment are for one workspace, so where
     * there is one organisation it is connected when it first speaks; undefined where that is unclear.
     */
    async resolveOrg(surface: "slack" | "teams", workspace: string): Promise<number | undefined> {
      const known = await resolveWorkspace(pool, surface, workspace);
      if (known !== undefined) return known;
      const [only, ...others] = await listOrganizationZones(pool);
      if (only === undefined || others.length > 0) return undefined;
      await connectWorkspace(pool, only.orgId, surface, workspace, clock());
      return only.orgId;
    },
    async resolveAsker({ orgId, account, email }: Account): Promise<Asker> {
      const personId = await resolvePerson(pool, orgId, account, email, clock());
      return { personId, operator: false, account };
    },
  };
}
