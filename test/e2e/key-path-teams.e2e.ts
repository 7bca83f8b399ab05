import { createServer } from "node:http";
import { Writable } from "node:stream";
import express from "express";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBrain } from "#apps/chat/brain.ts";
import { readConfig } from "#apps/server/config.ts";
import { type RunningGateway, startGatewayRole } from "#apps/server/gateway-role.ts";
import { createIdentities } from "#apps/server/identities.ts";
import { createLogger } from "#apps/server/log.ts";
import { createTeamsBot } from "#apps/teams/bot.ts";
import { createTeamsPort } from "#apps/teams/port.ts";
import { budgetAlerts } from "#apps/worker/jobs/budget-alerts.ts";
import { capAlerts } from "#apps/worker/jobs/cap-alerts.ts";
import { startWorker, type Worker } from "#apps/worker/worker.ts";
import { readCapSpend } from "#core/enforcement/cap-spend.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { listAccounts } from "#core/org/person-accounts.ts";
import { makeSecretKey } from "#core/org/secret-box.ts";
import { type Acme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { DOLLAR, scopeId, setBudget } from "#test/keys/keys.ts";
import {
  billedUsd,
  callGateway,
  callUntilRefused,
  connectProvider,
  refusalWritten,
  runJob,
} from "#test/keys/through-gateway.ts";
import { launchChromium } from "#test/launch-chromium.ts";
import { keepPicture } from "#test/picture.ts";
import { closed, portOf } from "#test/teams/connector-server.ts";
import { linkAccount } from "#test/teams/link-account.ts";
import {
  PLAYGROUND,
  type Playground,
  SECOND_SEAT,
  startPlayground,
} from "#test/teams/playground.ts";

// Two people, each in Microsoft's Agents Playground in Chromium, the real bot, outbox and gateway, and a
// provider on loopback. The call is the OpenAI SDK's.

const database = useDatabase();
const secretKey = makeSecretKey();
const startedMs = performance.now();
/** A Sunday afternoon that goes on: nobody's quiet hours, and deliveries become due. */
const clock = () => new Date(NOW.getTime() + performance.now() - startedMs);
const server = createServer();
const open: {
  acme?: Acme;
  provider?: Provider;
  gateway?: RunningGateway;
  worker?: Worker;
  browser?: Browser;
} = {};
const playgrounds: Playground[] = [];
const pages = new Map<string, Page>();

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("it is there from beforeAll on");
  return part;
}

const asks = () => there(pages.get("asks"));
const answers = () => there(pages.get("answers"));

beforeAll(async () => {
  const acme = await makeAcme(database.owner, { key: "acme" });
  open.acme = acme;
  const { orgId } = acme;
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [orgId, scopeId(acme, "payments"), personId(acme, "u2")],
  );
  await setBudget(database.owner, acme, "payments", 3n * DOLLAR);
  const { tenantId } = PLAYGROUND;
  for (const [who, { aadObjectId }] of [
    ["u2", PLAYGROUND],
    ["ada", SECOND_SEAT],
  ] as const) {
    const personOf = personId(acme, who);
    await linkAccount(database.owner, { orgId, personId: personOf, tenantId, aadObjectId });
  }
  open.provider = await startProvider({ words: 40_000 });
  const { provider } = open;
  await connectProvider(database.pool, { orgId, provider, secretKey, now: clock() });
  const config = readConfig({ AISPEND_SECRET_KEY: secretKey, PORT: "0" }, "/nonexistent");
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  open.gateway = await startGatewayRole({
    database,
    clock,
    config,
    logger: createLogger("error", quiet),
  });
  const endpoint = await startBot(orgId);
  open.browser = await launchChromium();
  await seat("asks", endpoint, {});
  await seat("answers", endpoint, SECOND_SEAT.cast);
});

afterAll(async () => {
  await open.browser?.close();
  for (const playground of playgrounds) await playground.close();
  await open.worker?.stop();
  await closed(server);
  await open.gateway?.stop();
  await open.provider?.close();
});

/** The bot with the brain as the server wires it, and a worker that delivers to Teams. */
async function startBot(orgId: number): Promise<string> {
  const { pool } = database;
  const log = pino({ level: "fatal" });
  const contexts = cachedContexts(pool, clock);
  const brain = createBrain({
    pool,
    clock,
    readCapSpend,
    priceBookOf: async (org) => (await contexts(org)).priceBook,
    gatewayUrl: () => open.gateway?.url,
  });
  const credentials = { appType: "Playground" } as const;
  const { resolveAsker } = createIdentities(pool, clock);
  const shared = { credentials, production: false, pool, clock };
  const bot = createTeamsBot({
    ...shared,
    brain,
    log,
    resolveOrg: async () => orgId,
    resolveAsker,
  });
  const port = createTeamsPort({
    ...shared,
    listAccounts: (org, person) => listAccounts(pool, org, person, "teams"),
  });
  open.worker = startWorker({ pool, clock, log, jobs: [], ports: { teams: port } });
  const app = express();
  app.use(bot.router);
  server.on("request", app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${portOf(server)}/api/messages`;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const port = portOf(probe);
  await closed(probe);
  return port;
}

async function seat(
  name: string,
  endpoint: string,
  cast: Parameters<typeof startPlayground>[2],
): Promise<void> {
  const playground = await startPlayground(endpoint, await freePort(), cast);
  playgrounds.push(playground);
  const context = await there(open.browser).newContext({ viewport: { width: 1280, height: 1580 } });
  await context.route(/.*/, (route) =>
    ["127.0.0.1", "localhost"].includes(new URL(route.request().url()).hostname)
      ? route.continue()
      : route.abort(),
  );
  const page = await context.newPage();
  await page.goto(playground.url);
  await page.getByText("What you can ask", { exact: true }).waitFor();
  pages.set(name, page);
}

/** Sends a command and waits for the card that answers it. */
async function say(page: Page, text: string): Promise<void> {
  const cards = page.locator(".ac-adaptiveCard");
  const before = await cards.count();
  await page.locator("[contenteditable=true]").first().click();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await cards.nth(before).waitFor();
}

// The playground hides its page from the accessibility tree, so roles find nothing in it.
const button = (page: Page, title: string) =>
  page.locator("button:visible").filter({ hasText: title }).last();
const lastCard = (page: Page) => page.locator(".ac-adaptiveCard:visible").last();

let secret = "";
const call = (maxTokens: number) => callGateway(there(open.gateway).url, secret, maxTokens);

test("a key is asked for in a form in the chat", async () => {
  await say(asks(), "key request");
  await button(asks(), "Request a key...").click();
  const form = lastCard(asks());
  await form.getByLabel("What is it for?").fill("nightly dispute tagging");
  await form.getByLabel("Other models").fill("gpt-4o");
  await form.getByLabel(/^Cap(?! for)/).fill("2");
  await form.getByLabel("CI job").fill("tag-disputes");
  await button(asks(), "Request").click();
  await asks().getByText("I asked Ada Byron").first().waitFor();
});

test("the card comes to the one who answers for it, who approves it by a press", async () => {
  const card = answers().getByText("User Two asks for a key for payments, waiting for Ada Byron.");
  await card.first().waitFor();
  keepPicture("teams-key.png", await lastCard(answers()).screenshot({ animations: "disabled" }));
  await button(answers(), "Approve").click();
  await answers()
    .getByText(/APPROVED \d\d:\d\d by Ada Byron/)
    .first()
    .waitFor();
});

test("the secret is shown to its asker alone, in the place of the card, once", async () => {
  await asks().getByText("Your key tag-disputes was approved by Ada Byron").first().waitFor();
  await button(asks(), "Reveal").click();
  await asks().getByText("Secret of tag-disputes, shown once:").first().waitFor();
  secret = /sk-aispend-[\w-]{43}/.exec(await asks().innerText("body"))?.[0] ?? "";
  expect(secret).not.toBe("");
  expect(await answers().innerText("body")).not.toContain(secret);
});

test("calls go through until the cap is reached; then the answer says who raises it", async () => {
  expect(await call(16_000)).toBe("answered with 16000 tokens");
  const refused = await callUntilRefused(there(open.gateway).url, secret);
  expect(refused).toMatch(/^402 budget_exceeded/);
  expect(refused).toMatch(/Ada Byron.*\/aispend key raise tag-disputes/);
  const billed = billedUsd(there(open.provider));
  expect(billed).toBeLessThanOrEqual(2);
  expect(billed).toBeGreaterThan(1.98);
});

test("whoever answers for it hears that the cap is reached, and of the budget", async () => {
  const at = { orgId: there(open.acme).orgId, timeZone: "Europe/Berlin", now: clock() };
  await refusalWritten(database.owner);
  await runJob(database.pool, capAlerts, at);
  await runJob(database.pool, budgetAlerts, at);
  const cap = /key tag-disputes reached \$1\.\d\d of \$2\.00 \(month\); refused \d+ calls? today\./;
  await answers().getByText(cap).first().waitFor();
  await asks().getByText(cap).first().waitFor();
  const budget = /payments has used \$1\.\d\d, 6\d% of its \$3\.00/;
  await answers().getByText(budget).first().waitFor();
});

test("one press blocks it at the gateway", async () => {
  await say(answers(), "block key tag-disputes because it loops");
  await button(answers(), "Block now").click();
  await expect.poll(() => call(16), { timeout: 30_000 }).toMatch(/^403 key_blocked/);
  await answers()
    .getByText(/tag-disputes is blocked, by Ada Byron: it loops/)
    .first()
    .waitFor();
});
