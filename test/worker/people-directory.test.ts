import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listSlackPeople } from "#apps/slack/people.ts";
import { listTeamsPeople } from "#apps/teams/people.ts";
import { peopleDirectory } from "#apps/worker/jobs/people-directory.ts";
import { transaction } from "#core/db/transaction.ts";
import { loadDirectory } from "#core/org/directory.ts";
import type { Listing } from "#core/org/people-listing.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, exampleOf } from "#test/org/organisation.ts";

const database = useDatabase();
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
let server: Server;
let url = "";
const asked: string[] = [];

const user = (id: string, email: string, more: object = {}) => ({
  id,
  team_id: "T1",
  real_name: id,
  is_email_confirmed: true,
  profile: { email },
  ...more,
});
const USERS = [
  user("U1", "Ada@acme.example"),
  user("U2", "unproven@acme.example", { is_email_confirmed: false }),
  user("U3", "guest@acme.example", { is_restricted: true }),
  user("U4", "bot@acme.example", { is_bot: true }),
  user("U5", "gone@acme.example", { deleted: true, is_email_confirmed: undefined }),
  user("U6", "other@partner.example", { team_id: "T2" }),
];

/** Slack's and Microsoft's answers as they are published, two users a page. */
async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  asked.push(`${request.method} ${request.url}`);
  const path = request.url ?? "";
  if (path === "/api/auth.test")
    return { status: 200, body: { ok: true, team_id: "T1", user_id: "B" } };
  if (path === "/api/users.list") {
    const from = Number(new URLSearchParams(body).get("cursor") ?? 0);
    const next_cursor = from + 2 < USERS.length ? String(from + 2) : "";
    const members = USERS.slice(from, from + 2);
    return { status: 200, body: { ok: true, members, response_metadata: { next_cursor } } };
  }
  if (path.endsWith("/oauth2/v2.0/token")) {
    const secret = new URLSearchParams(body).get("client_secret");
    return secret === "right"
      ? { status: 200, body: { access_token: "t" } }
      : { status: 401, body: {} };
  }
  if (path.startsWith("/v1.0/users?")) {
    const second = path.includes("skip=2");
    const value = second
      ? [
          {
            displayName: "Gone",
            mail: "gone@acme.example",
            accountEnabled: false,
            userType: "Member",
          },
        ]
      : [
          {
            displayName: "Ada",
            mail: "Ada@acme.example",
            accountEnabled: true,
            userType: "Member",
          },
          {
            displayName: "Guest",
            mail: "g@partner.example",
            accountEnabled: true,
            userType: "Guest",
          },
        ];
    return {
      status: 200,
      body: second ? { value } : { value, "@odata.nextLink": `${url}/v1.0/users?skip=2` },
    };
  }
  return { status: 404, body: {} };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

describe("the directory of Slack", () => {
  it("is read to its last page: confirmed members, leavers, and who is neither", async () => {
    const log = { ...QUIET, debug: () => undefined };
    const { workspace, listing } = await listSlackPeople({
      botToken: "xoxb-test",
      slackApiUrl: `${url}/api`,
      log,
    });
    expect(workspace.teamId).toBe("T1");
    expect(listing.complete).toBe(true);
    expect(listing.people.map(({ email, active, kind }) => [email, active, kind])).toEqual([
      ["ada@acme.example", true, "member"],
      [undefined, true, "member"],
      [undefined, true, "guest"],
      [undefined, true, "bot"],
      ["gone@acme.example", false, "member"],
      [undefined, true, "guest"],
    ]);
  });
});

describe("the directory of Microsoft", () => {
  const options = () => ({
    tenantId: "t-1",
    appId: "a",
    appPassword: "right",
    loginUrl: url,
    graphUrl: url,
  });

  it("is read to its last page, disabled accounts as leavers", async () => {
    const listing = await listTeamsPeople(options());
    expect(listing.people.map(({ email, active, kind }) => [email, active, kind])).toEqual([
      ["ada@acme.example", true, "member"],
      ["g@partner.example", true, "guest"],
      ["gone@acme.example", false, "member"],
    ]);
  });

  it("says which permission is missing", async () => {
    const refused = listTeamsPeople({ ...options(), appPassword: "wrong" });
    await expect(refused).rejects.toMatchObject({ help: expect.stringContaining("User.Read.All") });
  });
});

it("brings joiners and takes leavers, of the workspace's own organisation only", async () => {
  const { orgId } = await apply(database.pool, exampleOf("acme"));
  const { orgId: otherId } = await apply(database.pool, exampleOf("other"));
  const listings: Listing[] = [
    {
      people: [{ email: "new@acme.example", name: "New", active: true, kind: "member" }],
      complete: true,
    },
    {
      people: [{ email: "new@acme.example", name: "New", active: false, kind: "member" }],
      complete: true,
    },
  ];
  const person = async (org: number) => {
    const directory = await loadDirectory(database.pool, org);
    return directory.people.get(directory.peopleByName.get("new@acme.example") ?? 0);
  };
  const now = new Date("2026-11-22T05:00:00Z");
  for (const listing of listings) {
    const job = peopleDirectory({
      surface: "slack",
      list: async (org) => (org === orgId ? listing : undefined),
    });
    for (const org of [orgId, otherId]) {
      await transaction(database.pool, (tx) =>
        job.run({
          pool: database.pool,
          tx,
          orgId: org,
          timeZone: "UTC",
          scope: "",
          slot: now,
          now,
          attempt: 1,
          log: QUIET,
        }),
      );
    }
    expect(await person(otherId)).toBeUndefined();
    expect((await person(orgId))?.leftOn !== undefined).toBe(listing.people[0]?.active === false);
  }
});
