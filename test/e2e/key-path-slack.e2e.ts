import { rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { budgetAlerts } from "#apps/worker/jobs/budget-alerts.ts";
import { capAlerts } from "#apps/worker/jobs/cap-alerts.ts";
import { makeSecretKey } from "#core/org/secret-box.ts";
import { applyFile } from "#core/org/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeTemporaryHome } from "#test/database/temporary-home.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import {
  billedUsd,
  callGateway,
  callUntilRefused,
  connectProvider,
  refusalWritten,
  runJob,
} from "#test/keys/through-gateway.ts";
import { launchChromium } from "#test/launch-chromium.ts";
import { type Started, start } from "#test/server/started.ts";
import { type SlackClient, startSlackClient } from "#test/slack/client.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack } from "#test/slack/slack-emulator.ts";

// The whole server with Slack as the emulator has it, in front of a provider on loopback: what people
// do is done in Chromium, in a page that draws the emulator's Slack (the emulator has no client of its
// own), and read back on the emulator's inspector. The call is the OpenAI SDK's.

const SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
/** A minute at the other end of the day: whatever the hour is, nothing waits for its end. */
const [FROM, UNTIL] = [12 * 60, 12 * 60 + 1].map((minutes) =>
  new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16),
);
const FILE = `
organisation:
  key: acme
  name: Acme
  time_zone: UTC
  accountable_for_ai_cost: ona
  quiet_hours: { from: "${FROM}", until: "${UNTIL}" }
people:
  - { key: ana, name: Ana Ruiz, email: ana@acme.example }
  - { key: jo, name: Jo Park, email: jo@acme.example }
  - { key: ona, name: Ona Hill, email: ona@acme.example }
functions: { finance: ona, engineering: ona, governance: ona, product: ona }
teams:
  - key: payments
    name: Payments
    cost_centre: CC-2100
    members: [ana]
    functions: { engineering: jo }
budgets:
  - { scope: payments, amount: 3, reason: measured }
`;

const database = useDatabase();
const home = makeTemporaryHome("aispend-key-path-");
const secretKey = makeSecretKey();
const open: {
  slack?: SlackEmulator;
  client?: SlackClient;
  provider?: Provider;
  server?: Started;
  browser?: Browser;
} = {};
let orgId = 0;

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("it is there from beforeAll on");
  return part;
}

beforeAll(async () => {
  const now = new Date();
  const file = { text: FILE, name: "aispend.yaml" };
  ({ orgId } = await applyFile(database.pool, { file, by: { actor: "operator" }, now }));
  open.provider = await startProvider({ words: 40_000 });
  const { provider } = open;
  await connectProvider(database.pool, { orgId, provider, secretKey, now });
  open.slack = await startSlack();
  const environment = {
    DATABASE_URL: database.url,
    AISPEND_SECRET_KEY: secretKey,
    AISPEND_ROLES: "chat,worker,gateway",
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: open.slack.apiUrl,
  };
  open.server = await start(environment, home);
  const app = { url: `${open.server.url}/slack/events`, secret: SIGNING_SECRET };
  open.client = await startSlackClient(open.slack, app);
  open.browser = await launchChromium();
});

afterAll(async () => {
  await open.browser?.close();
  await open.client?.close();
  await open.server?.stop();
  await open.slack?.close();
  await open.provider?.close();
  rmSync(home, { recursive: true, force: true });
});

const windows: Page[] = [];
afterEach(async () => {
  for (const page of windows.splice(0)) await page.close();
});

/** Slack's window of one person: a channel, their conversation with the bot, or its Home. */
async function windowOf(user: string, place: "payments" | "direct" | "home"): Promise<Page> {
  const slack = there(open.slack);
  const id = slack.userIds[user] ?? "";
  const at =
    place === "direct"
      ? await slack.direct(id)
      : place === "home"
        ? place
        : slack.channelIds[place];
  const page = await there(open.browser).newPage({ viewport: { width: 900, height: 1000 } });
  windows.push(page);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(`${there(open.client).url}/${user}/${at}`);
  return page;
}

async function type(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const modal = (page: Page) => page.getByRole("dialog");

const call = (maxTokens: number) =>
  callGateway(there(open.server).gatewayUrl ?? "", secret, maxTokens);

let secret = "";

it("a key is asked for on the Home tab, in a form with what it leaves of the budget", async () => {
  const jo = await windowOf("jo", "payments");
  await type(jo, "/aispend channel here payments");
  await jo
    .getByText(/payments/)
    .first()
    .waitFor();
  const page = await windowOf("ana", "home");
  await page.getByRole("button", { name: "Request a key..." }).click();
  await modal(page).getByLabel("What is it for?").fill("nightly dispute tagging");
  const scope = modal(page).getByLabel("Scope");
  expect(await scope.innerText()).toContain("payments (");
  await modal(page).getByLabel("Other models").fill("gpt-4o");
  await modal(page).locator('input[data-block$=".cap"]').fill("2");
  await modal(page).getByLabel("CI job").fill("tag-disputes");
  await modal(page).getByRole("button", { name: "Request", exact: true }).click();
  await modal(page).getByText("I asked Jo Park").waitFor();
});

it("another person approves it in the channel, where the card turns into its outcome", async () => {
  const ana = await windowOf("ana", "payments");
  await ana.getByText("Ana Ruiz asks for a key for payments, waiting for Jo Park.").waitFor();
  await ana.getByRole("button", { name: "Approve", exact: true }).click();
  await ana.getByText("You may not approve").waitFor();
  const jo = await windowOf("jo", "payments");
  await jo.getByRole("button", { name: "Approve", exact: true }).click();
  await jo
    .getByText(/APPROVED \d\d:\d\d by Jo Park/)
    .first()
    .waitFor();
  await ana
    .getByText(/APPROVED \d\d:\d\d by Jo Park/)
    .first()
    .waitFor();
  expect(await ana.getByRole("button", { name: "Approve", exact: true }).count()).toBe(0);
});

it("the secret is revealed to its asker in a modal, and is in no conversation", async () => {
  const page = await windowOf("ana", "direct");
  await page.getByText("Your key tag-disputes was approved by Jo Park").waitFor();
  await page.getByRole("button", { name: "Reveal" }).click();
  await modal(page).getByText("It works at once").waitFor();
  const text = await modal(page).innerText();
  secret = /sk-aispend-[\w-]{43}/.exec(text)?.[0] ?? "";
  expect(secret).not.toBe("");
  expect(text).toContain(`${there(open.server).gatewayUrl}/v1`);
  await modal(page).getByRole("button", { name: "Close" }).click();
  const inspector = await there(open.browser).newPage();
  const { slack } = open;
  for (const channel of [
    there(slack).channelIds.payments,
    await direct("ana"),
    await direct("jo"),
  ]) {
    await inspector.goto(`${there(slack).inspectorUrl}/?tab=messages&channel=${channel}`);
    // Below the messages the inspector lists modals too, which nobody can read again in Slack.
    const modals = inspector.locator("h2", { hasText: "Modals" });
    const sections = inspector.locator("section:not(:has(section))").filter({ hasNot: modals });
    expect((await sections.allInnerTexts()).join("\n")).not.toContain(secret);
  }
});

const direct = (user: string) => there(open.slack).direct(there(open.slack).userIds[user] ?? "");

it("calls go through with it until the cap is reached; then the answer says who raises it", async () => {
  expect(await call(16_000)).toBe("answered with 16000 tokens");
  const refused = await callUntilRefused(there(open.server).gatewayUrl ?? "", secret);
  expect(refused.slice(0, 400)).toMatch(/^402 budget_exceeded/);
  expect(refused).toMatch(/Jo Park.*\/aispend key raise tag-disputes/);
  const billed = billedUsd(there(open.provider));
  expect(billed).toBeLessThanOrEqual(2);
  expect(billed).toBeGreaterThan(1.98);
});

it("the channel hears that the cap is reached, how much it refused, and of the budget", async () => {
  const at = { orgId, timeZone: "UTC", now: new Date() };
  await refusalWritten(database.owner);
  await runJob(database.pool, capAlerts, at);
  await runJob(database.pool, budgetAlerts, at);
  const page = await windowOf("jo", "payments");
  const cap =
    /^key tag-disputes reached \$1\.\d\d of \$2\.00 \(month\); refused \d+ calls? today\./;
  await page.getByText(cap).first().waitFor();
  const budget = /^payments has used \$1\.\d\d, 6\d% of its \$3\.00/;
  await page.getByText(budget).first().waitFor();
  const inspector = await there(open.browser).newPage();
  const { inspectorUrl, channelIds } = there(open.slack);
  await inspector.goto(`${inspectorUrl}/?tab=messages&channel=${channelIds.payments}`);
  for (const said of [cap, budget, /APPROVED \d\d:\d\d by Jo Park/]) {
    const anywhere = new RegExp(said.source.replace("^", ""));
    await inspector.getByText(anywhere).first().waitFor();
  }
});

it("one press blocks it at the gateway, and everybody reads who did", async () => {
  const page = await windowOf("jo", "payments");
  await type(page, "/aispend block key tag-disputes because it loops");
  await page.getByRole("button", { name: "Block now" }).click();
  await expect.poll(() => call(16), { timeout: 30_000 }).toMatch(/^403 key_blocked/);
  await page
    .getByText(/tag-disputes is blocked, by Jo Park: it loops/)
    .first()
    .waitFor();
});
