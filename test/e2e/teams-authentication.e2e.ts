import { createServer } from "node:http";
import express from "express";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTeamsBot } from "#apps/teams/bot.ts";
import type { TeamsTransport } from "#apps/teams/bot-port.ts";
import { botbuilderTransport } from "#apps/teams/botbuilder-transport.ts";
import type { TeamsCredentials } from "#apps/teams/credentials.ts";
import { useDatabase } from "#test/database/clone.ts";
import { closed, portOf } from "#test/teams/connector-server.ts";
import { smallBrain } from "#test/teams/small-brain.ts";
import { post, TENANT } from "#test/teams/teams-world.ts";

// The SDK's own checks of Microsoft's tokens, with keys of ours published on this machine.

const database = useDatabase();
const APP_ID = "11111111-2222-4333-8444-555555555555";
const ISSUER = "https://api.botframework.com";
const SERVICE_URL = "https://smba.example/emea/";
const CREDENTIALS: TeamsCredentials = {
  appType: "SingleTenant",
  appId: APP_ID,
  appPassword: "secret-of-the-app",
  tenantId: TENANT,
};

const keys = await generateKeyPair("RS256", { extractable: true });
const strangers = await generateKeyPair("RS256");
const published = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1", use: "sig" }] };

const openId = createServer((request, response) => {
  if (request.url === "/down") {
    response.writeHead(500).end();
    return;
  }
  const jwksUri = `http://127.0.0.1:${portOf(openId)}/keys`;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(request.url === "/keys" ? published : { jwks_uri: jwksUri }));
});
const app = express();
const server = createServer(app);
const brain = smallBrain();
const resolved: string[] = [];

function bot(through: TeamsTransport) {
  return createTeamsBot({
    credentials: CREDENTIALS,
    production: true,
    transport: through,
    brain,
    pool: database.pool,
    clock: () => new Date(),
    log: pino({ level: "silent" }),
    resolveOrg: async (tenant) => {
      resolved.push(tenant);
      return undefined;
    },
    resolveAsker: async ({ account }) => ({ personId: undefined, operator: false, account }),
  });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => openId.listen(0, "127.0.0.1", resolve));
  app.use(bot(transport()).router);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await closed(server);
  await closed(openId);
});

function transport(path = "/openid") {
  const metadata = `http://127.0.0.1:${portOf(openId)}${path}`;
  return botbuilderTransport(CREDENTIALS, {
    ToChannelFromBotLoginUrl: "https://login.example/",
    ToChannelFromBotOAuthScope: ISSUER,
    ToBotFromChannelTokenIssuer: ISSUER,
    OAuthUrl: "https://token.example/",
    ToBotFromChannelOpenIdMetadataUrl: metadata,
    ToBotFromEmulatorOpenIdMetadataUrl: metadata,
  });
}

interface Claims {
  issuer?: string;
  audience?: string;
  serviceurl?: string;
  expires?: string;
  key?: typeof keys.privateKey;
  kid?: string;
}

function token(claims: Claims = {}): Promise<string> {
  return new SignJWT({ serviceurl: claims.serviceurl ?? SERVICE_URL })
    .setProtectedHeader({ alg: "RS256", kid: claims.kid ?? "k1" })
    .setIssuer(claims.issuer ?? ISSUER)
    .setAudience(claims.audience ?? APP_ID)
    .setIssuedAt()
    .setExpirationTime(claims.expires ?? "10m")
    .sign(claims.key ?? keys.privateKey);
}

const ACTIVITY = {
  type: "conversationUpdate",
  channelId: "msteams",
  serviceUrl: SERVICE_URL,
  from: { id: "29:ann", aadObjectId: "aad-ann" },
  recipient: { id: "28:aispend" },
  conversation: { id: "a:1", conversationType: "personal", tenantId: TENANT },
  membersAdded: [{ id: "28:aispend" }],
};

function send(authorization: string | undefined, activity: unknown = ACTIVITY) {
  const url = `http://127.0.0.1:${portOf(server)}/api/messages`;
  return post(url, activity, authorization === undefined ? {} : { authorization });
}

test("a token of the Bot Framework for this bot and this region is let in", async () => {
  expect(await send(`Bearer ${await token()}`)).toMatchObject({ status: 200 });
  expect(resolved).toEqual([TENANT]);
});

test("every other token, or none, is refused before anything is looked up", async () => {
  resolved.length = 0;
  const wrong: Claims[] = [
    { issuer: "https://attacker.example" },
    { audience: "99999999-2222-4333-8444-555555555555" },
    { serviceurl: "https://attacker.example/" },
    // Clocks may differ by five minutes.
    { expires: "6m ago" },
    { key: strangers.privateKey },
    { kid: "k2" },
  ];
  const headers = await Promise.all(wrong.map(async (claims) => `Bearer ${await token(claims)}`));
  for (const header of [...headers, undefined, "", "Bearer", "Bearer x.y.z", "Basic YTpi"]) {
    expect(await send(header)).toMatchObject({ status: 401 });
  }
  expect(resolved).toEqual([]);
  expect(brain.questions).toEqual([]);
});

test("while Microsoft's keys cannot be had nobody is let in, for now", async () => {
  const down = createServer(express().use(bot(transport("/down")).router));
  await new Promise<void>((resolve) => down.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${portOf(down)}/api/messages`;
  const authorization = `Bearer ${await token()}`;
  expect(await post(url, ACTIVITY, { authorization })).toMatchObject({ status: 503 });
  await closed(down);
});

test("tenants other than the bot's own are refused although their token is right", async () => {
  resolved.length = 0;
  const conversation = { ...ACTIVITY.conversation, tenantId: "another-tenant" };
  const answered = await send(`Bearer ${await token()}`, { ...ACTIVITY, conversation });
  expect(answered).toMatchObject({ status: 200 });
  expect(resolved).toEqual([]);
});

test("without an app id, or with the playground in production, the bot does not start", () => {
  const start = (credentials: TeamsCredentials, production: boolean) => () =>
    createTeamsBot({
      credentials,
      production,
      brain,
      pool: database.pool,
      clock: () => new Date(),
      log: pino({ level: "silent" }),
      resolveOrg: async () => undefined,
      resolveAsker: async ({ account }) => ({ personId: undefined, operator: false, account }),
    });
  expect(start({ ...CREDENTIALS, appId: " " }, false)).toThrow("TEAMS_APP_ID");
  expect(start({ ...CREDENTIALS, tenantId: "" }, false)).toThrow("TEAMS_TENANT_ID");
  expect(start({ appType: "Playground" }, true)).toThrow("for tests only");
  expect(start({ appType: "Playground" }, false)).not.toThrow();
  expect(
    start({ ...CREDENTIALS, appType: "UserAssignedMSI", appPassword: undefined }, true),
  ).not.toThrow();
});
