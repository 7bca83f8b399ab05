import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import type { ListedPerson, Listing } from "#core/org/people-listing.ts";

export interface TeamsPeopleOptions {
  tenantId: string;
  appId: string;
  appPassword: string;
  /** Other places of Microsoft's services, for tests. */
  loginUrl?: string;
  graphUrl?: string;
  signal?: AbortSignal;
}

const Token = z.object({ access_token: z.string().min(1) });

const Page = z.object({
  value: z.array(
    z.object({
      displayName: z.string().nullish(),
      mail: z.string().nullish(),
      accountEnabled: z.boolean().nullish(),
      userType: z.string().nullish(),
    }),
  ),
  "@odata.nextLink": z.string().optional(),
});

const FIELDS = "displayName,mail,accountEnabled,userType";
const PAGES_MAX = 1_000;

/**
 * The tenant's users by Microsoft Graph, all pages of it; it takes the application permission
 * User.Read.All. Throws `teams_directory_refused` where that was not granted.
 */
export async function listTeamsPeople(options: TeamsPeopleOptions): Promise<Listing> {
  const graph = options.graphUrl ?? "https://graph.microsoft.com";
  const headers = { authorization: `Bearer ${await tokenOf(options, graph)}` };
  const people: ListedPerson[] = [];
  let next: string | undefined = `${graph}/v1.0/users?$select=${FIELDS}&$top=999`;
  for (let page = 0; next !== undefined; page += 1) {
    // A page elsewhere would be sent the token.
    if (page === PAGES_MAX || !next.startsWith(`${graph}/`)) throw refused("its pages do not end");
    const { value, "@odata.nextLink": link } = Page.parse(await get(next, headers, options.signal));
    for (const user of value) {
      people.push({
        email: user.mail?.toLowerCase(),
        name: user.displayName ?? undefined,
        active: user.accountEnabled !== false,
        kind: user.userType === "Guest" ? "guest" : "member",
      });
    }
    next = link;
  }
  return { people, complete: true };
}

async function tokenOf(options: TeamsPeopleOptions, graph: string): Promise<string> {
  const login = options.loginUrl ?? "https://login.microsoftonline.com";
  const response = await fetch(
    `${login}/${encodeURIComponent(options.tenantId)}/oauth2/v2.0/token`,
    {
      method: "POST",
      body: new URLSearchParams({
        client_id: options.appId,
        client_secret: options.appPassword,
        scope: `${graph}/.default`,
        grant_type: "client_credentials",
      }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  if (!response.ok) throw refused(`no token: status ${response.status}`);
  return Token.parse(await response.json()).access_token;
}

async function get(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const response = await fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
  if (!response.ok) throw refused(`status ${response.status}`);
  return response.json();
}

function refused(why: string): AispendError {
  return new AispendError("teams_directory_refused", `Microsoft's directory was not read: ${why}`, {
    kind: "unavailable",
    help: "Grant the app the application permission User.Read.All, or use: aispend people import.",
  });
}
