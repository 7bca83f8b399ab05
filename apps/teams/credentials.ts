import { AispendError } from "#core/errors.ts";

/**
 * How the bot proves itself to Microsoft and checks that a request comes from there. `Playground`
 * checks nothing: for tests and the Agents Playground on this machine.
 */
export type TeamsCredentials =
  | {
      appType: "SingleTenant" | "UserAssignedMSI";
      appId: string;
      appPassword: string | undefined;
      tenantId: string;
    }
  | { appType: "Playground" };

/** Throws `teams_unauthenticated`: without an app id the SDK lets anybody speak as anybody. */
export function refuseUnauthenticated(credentials: TeamsCredentials, production: boolean): void {
  if (credentials.appType === "Playground") {
    if (!production) return;
    throw new AispendError("teams_unauthenticated", "the Teams playground is for tests only", {
      kind: "unauthenticated",
      help: "Set TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID.",
    });
  }
  if (credentials.appId.trim() === "" || credentials.tenantId.trim() === "") {
    throw new AispendError("teams_unauthenticated", "TEAMS_APP_ID or TEAMS_TENANT_ID is empty", {
      kind: "unauthenticated",
      help: "Copy both from the app registration of the bot.",
    });
  }
}
