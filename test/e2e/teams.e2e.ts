import { createServer } from "node:http";
import express from "express";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { createTeamsBot } from "#apps/teams/bot.ts";
import { brainOf, clock, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { launchChromium } from "#test/launch-chromium.ts";
import { keepPicture } from "#test/picture.ts";
import { closed, portOf } from "#test/teams/connector-server.ts";
import { linkAccount } from "#test/teams/link-account.ts";
import { PLAYGROUND, type Playground, startPlayground } from "#test/teams/playground.ts";
import { smallBrain } from "#test/teams/small-brain.ts";

// The real bot against Microsoft's Agents Playground in a browser: the ledger's own answers, and
// what has no command yet (a decision, a form, a forecast) from a small brain beside it.

const database = useDatabase();
const server = createServer();
const small = smallBrain();
const PAYMENTS = /^payments, 9-15 Nov: \$629/;
const open: { playground?: Playground; browser?: Browser; page?: Page } = {};

function page(): Page {
  if (open.page === undefined) throw new Error("the page is there from beforeAll on");
  return open.page;
}

beforeAll(async () => {
  const acme = await makeAcme(database.owner, { key: "acme-teams", demonstration: true });
  await fillAcme(database.pool, acme);
  const account = { tenantId: PLAYGROUND.tenantId, aadObjectId: PLAYGROUND.aadObjectId };
  const ada = { orgId: acme.orgId, personId: personId(acme, "ada") };
  await linkAccount(database.owner, { ...ada, ...account });
  const bot = createTeamsBot({
    credentials: { appType: "Playground" },
    production: false,
    brain: both(brainOf(database.pool)),
    pool: database.pool,
    clock,
    log: pino({ level: "warn" }),
    resolveOrg: async () => acme.orgId,
    resolveAsker: async ({ account }) => ({
      personId: personId(acme, "ada"),
      operator: false,
      account,
    }),
  });
  const app = express();
  app.use(bot.router);
  server.on("request", app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${portOf(server)}/api/messages`;
  open.playground = await startPlayground(endpoint, await freePort());
  open.browser = await launchChromium();
  const context = await open.browser.newContext({ viewport: { width: 1280, height: 1580 } });
  await context.route(/.*/, (route) =>
    ["127.0.0.1", "localhost"].includes(new URL(route.request().url()).hostname)
      ? route.continue()
      : route.abort(),
  );
  open.page = await context.newPage();
  await open.page.goto(open.playground.url);
});

afterAll(async () => {
  await open.browser?.close();
  await open.playground?.close();
  await closed(server);
});

const SMALL = new Set(["request 7", "forecast payments"]);

function both(real: Brain): Brain {
  return {
    ...real,
    ask: (question) => (SMALL.has(question.text) ? small : real).ask(question),
    press: small.press,
    form: small.form,
  };
}

test("adding the bot greets with what it can do", async () => {
  await page().getByText("What you can ask", { exact: true }).waitFor();
});

test("a command in the personal chat is answered by a card with a chart", async () => {
  await say("team payments last week");
  const card = lastCard();
  await card.getByText(PAYMENTS).waitFor();
  await card.locator("svg").getByText("15 Nov").waitFor();
  await card.getByText("refund-agent", { exact: true }).first().waitFor();
  await card.getByText(/^demonstration data; metered/).waitFor();
  await picture("teams-answer.png");
});

test("a button that asks is answered below", async () => {
  const cards = page().locator(".ac-adaptiveCard");
  const before = await cards.count();
  await button("Why").click();
  await cards.nth(before).waitFor();
  await page().getByText("Answered below.").waitFor();
});

test("a line of thirty days is drawn with its range", async () => {
  await say("forecast payments");
  const card = lastCard();
  await card.getByText("payments: likely $11.2K this month").waitFor();
  await card.locator("svg").first().waitFor();
  await card.getByText("likely high").waitFor();
});

test("a form takes the card's place, and what is filled in reaches the brain", async () => {
  await say("request 7");
  await button("Change").click();
  const card = lastCard();
  await card.getByText("For each month from now on.").waitFor();
  await card.getByLabel("Dollars a month").fill("13,000");
  await card.getByLabel("Reason").fill("two new agents");
  await card.locator("select, [role=combobox]").last().click();
  await page().locator("[role=option]").filter({ hasText: "payments" }).first().click();
  keepPicture("teams-form.png", await card.screenshot({ animations: "disabled" }));
  await button("Set").click();
  await page().getByText("Budget set to 13,000").waitFor();
  expect(small.presses.at(-1)).toMatchObject({
    verb: "budget.set",
    values: { amount: "13,000", reason: "two new agents", scope: "payments" },
  });
});

test("a decision asks before it is made, and the card then shows it", async () => {
  await say("request 7");
  await page().getByText("Somebody asks for a key for payments").waitFor();
  await button("Approve").click();
  await page().getByText("Approve a cap of $200 a month?").waitFor();
  expect(small.presses.at(-1)?.verb).not.toBe("key.approve");
  await button("Approve").click();
  await page().getByText("Approved at 14:02").waitFor();
  expect(small.presses.at(-1)).toMatchObject({ verb: "key.approve", token: "r7" });
});

test("asked in a channel, the answer comes in private and is shared on request", async () => {
  await openRoom("General");
  await mention();
  await page().keyboard.type(" team payments last week");
  await page().locator("button").filter({ hasText: "Post" }).click();
  await page().getByText("I sent you the answer in our chat.").last().waitFor();
  expect(await page().getByText(PAYMENTS).count()).toBe(0);
  await openRoom("Personal Chat");
  await button("Share").click();
  await page().getByText("Shared.", { exact: true }).last().waitFor();
  await openRoom("General");
  await page().getByText(PAYMENTS).first().waitFor();
  await page().locator("svg").getByText("15 Nov").waitFor();
  await picture("teams-shared.png");
});

test("in a group chat the answer is private too", async () => {
  await openRoom("Group Chat");
  await mention();
  await page().keyboard.type(" me");
  await page().keyboard.press("Enter");
  await page().getByText("I sent you the answer in our chat.").last().waitFor();
  expect(await page().locator(".ac-adaptiveCard").count()).toBe(0);
  await openRoom("Personal Chat");
  await page()
    .getByText(/^You spent \$/)
    .first()
    .waitFor();
});

/** Sends a command and waits for the card that answers it. */
async function say(text: string): Promise<void> {
  const cards = page().locator(".ac-adaptiveCard");
  const before = await cards.count();
  await input().click();
  await page().keyboard.type(text);
  await page().keyboard.press("Enter");
  await cards.nth(before).waitFor();
}

/** The playground offers its members after an @, once it has drawn the room. */
async function mention(): Promise<void> {
  const bot = page()
    .locator("[role=option], [role=menuitem]")
    .filter({ hasText: "aispend" })
    .first();
  await expect
    .poll(
      async () => {
        await input().click();
        await page().keyboard.type("@");
        await page().waitForTimeout(500);
        const offered = await bot.isVisible();
        if (!offered) await page().keyboard.press("Backspace");
        return offered;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await bot.click();
}

async function openRoom(name: string): Promise<void> {
  await page().getByText(name, { exact: true }).first().click();
  await input().waitFor();
}

function input() {
  return page().locator("[contenteditable=true]").first();
}

// The playground hides its page from the accessibility tree, so roles find nothing in it.
function button(title: string) {
  return page().locator("button:visible").filter({ hasText: title }).last();
}

function lastCard() {
  return page().locator(".ac-adaptiveCard:visible").last();
}

/** The conversation without the playground's own panels. */
async function picture(name: string): Promise<void> {
  const clip = { x: 331, y: 50, width: 618, height: 1530 };
  keepPicture(name, await page().screenshot({ clip, animations: "disabled" }));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const port = portOf(probe);
  await closed(probe);
  return port;
}
