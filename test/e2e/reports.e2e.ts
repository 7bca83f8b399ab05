import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import express from "express";
import type { Browser } from "playwright-core";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { type Block, Message } from "slack-blocks-to-jsx";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadBoard } from "#apps/chat/board/board-report.ts";
import { chartPng } from "#apps/chat/chart-png.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { loadReview } from "#apps/chat/reviews/review-report.ts";
import { createConsoleRouter } from "#apps/console/router.ts";
import { boardHtml } from "#apps/reports/board-html.ts";
import { reviewHtml } from "#apps/reports/review-html.ts";
import { nativeChart } from "#apps/slack/chart-block.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { showback } from "#apps/worker/jobs/showback.ts";
import { Answer } from "#core/answers/schema.ts";
import { setBudget } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { setChannel } from "#core/org/channel.ts";
import { promoteLever } from "#core/outcomes/lever-record.ts";
import { eachDay, parseDay } from "#core/time.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { launchChromium } from "#test/launch-chromium.ts";
import { outcomesOf, recordOutcomes } from "#test/outcomes/outcome-events.ts";
import { keepPicture } from "#test/picture.ts";

const STYLE = createRequire(import.meta.url).resolve("slack-blocks-to-jsx/dist/style.css");
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="36" height="36">
  <rect width="36" height="36" rx="6" fill="#1d3557"/></svg>`;
const database = useDatabase();
let browser: Browser;
let acme: Acme;

const scope = (path: string) => acme.scopes.get(path) ?? -1;

async function budget(path: string, dollars: bigint): Promise<void> {
  await setBudget(database.pool, {
    orgId: acme.orgId,
    slot: {
      subject: { kind: "scope", id: scope(path) },
      kind: "budget",
      period: "month",
      unit: "usd",
    },
    amount: dollars * NANO_PER_USD,
    reason: "110% of August",
    seen: undefined,
    by: { personId: personId(acme, "fin") },
    now: new Date("2026-09-02T08:00:00Z"),
  });
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme", demonstration: true });
  await fillAcme(database.pool, acme);
  const days = eachDay({ start: parseDay("2026-09-01"), end: parseDay("2026-11-22") });
  const refunds = {
    workflow: "refunds",
    outcome: "resolved dispute",
    product: "disputes-desk",
    revenue: "1.2",
  };
  await recordOutcomes(
    database.pool,
    acme.orgId,
    days.flatMap((day) => outcomesOf(day, 40, refunds)),
  );
  await budget("payments", 2_100n);
  await budget("search", 1_200n);
  await setChannel(database.pool, {
    orgId: acme.orgId,
    scopeId: scope("payments"),
    kind: "any",
    to: { surface: "slack", destination: "C0PAYMENTS" },
    by: { personId: personId(acme, "grace") },
    now: NOW,
  });
  await promoteLever(database.pool, {
    orgId: acme.orgId,
    scopeId: scope("payments/checkout-web/checkout-agent"),
    filter: { agentId: scope("payments/checkout-web/checkout-agent") },
    kind: "prompt_caching",
    said: "prompt caching of checkout-agent",
    promised: 40n * NANO_PER_USD,
    passBefore: 950,
    passAfter: 954,
    reason: "system prompt behind the cache marker",
    by: { personId: personId(acme, "grace") },
    now: new Date("2026-10-27T08:00:00Z"),
  });
  browser = await launchChromium();
});
afterAll(() => browser?.close());

async function draw(html: string, name: string, how: "screen" | "print" | "chat") {
  const page = await browser.newPage({
    viewport: { width: how === "screen" ? 1000 : 768, height: 100 },
  });
  const requested: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requested.push(request.url());
  });
  if (how === "print") await page.emulateMedia({ media: "print" });
  await page.setContent(html, { waitUntil: "load" });
  const text = await page.innerText("body");
  keepPicture(`${name}.png`, await page.screenshot({ fullPage: true }));
  // Nothing is fetched, and nothing is wider than the page; Slack scrolls a table.
  expect(requested).toEqual([]);
  const fits = "document.documentElement.scrollWidth <= window.innerWidth";
  expect(how === "chat" || (await page.evaluate(fits))).toBe(true);
  await page.close();
  return text;
}

it("draws the review as a page, on screen and on paper", async () => {
  const org = await createOrgViews(database.pool)(acme.orgId, NOW);
  const report = await loadReview(
    { pool: database.pool, org, now: NOW },
    { month: parseDay("2026-10-01"), breadth: "organisation", personId: undefined },
  );
  const html = reviewHtml(report);
  const text = await draw(html, "review-page", "screen");
  for (const said of ["review of October", "KPIs", "Budget variance", "Maturity", "Decisions"]) {
    expect(text).toContain(said);
  }
  await draw(html, "review-print", "print");
  const page = await browser.newPage();
  await page.setContent(html, { waitUntil: "load" });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  await page.close();
});

it("draws the board's page", async () => {
  const org = await createOrgViews(database.pool)(acme.orgId, NOW);
  const report = await loadBoard({ pool: database.pool, org, now: NOW }, parseDay("2026-10-01"));
  const text = await draw(boardHtml(report), "board-page", "screen");
  for (const said of ["Spend", "Forecast", "Unit costs", "Return per product", "Maturity"]) {
    expect(text).toContain(said);
  }
});

/** The blocks as Slack draws them, as near as a library outside Slack comes. */
async function slackHtml(answer: Answer): Promise<string> {
  const { chart } = answer;
  const drawn = chart !== undefined && nativeChart(chart) === undefined;
  const options = { native: true, ...(drawn ? { imageFileId: "F1" } : {}) };
  const { blocks } = renderMessage(answer, options);
  const written = JSON.stringify(blocks).replaceAll(',"verbatim":true', "");
  const picture = drawn ? await chartPng(chart) : undefined;
  const parsed: Block[] = JSON.parse(written);
  const shown = parsed.map((block): Block => {
    if (block.type !== "image" || picture === undefined) return block;
    const image_url = `data:image/png;base64,${picture.toString("base64")}`;
    return { type: "image", alt_text: block.alt_text, image_url };
  });
  const logo = `data:image/svg+xml,${encodeURIComponent(LOGO)}`;
  const time = new Date("2026-11-23T08:00:00Z");
  const message = createElement(Message, { blocks: shown, name: "aispend", logo, time });
  return `<!doctype html><meta charset="utf-8"><style>${readFileSync(STYLE, "utf8")}
    body { margin: 0; padding: 20px 24px; width: 720px; background: #fff; color: #1d1c1d;
      font: 15px/1.47 Lato, "DejaVu Sans", sans-serif }
  </style>${renderToStaticMarkup(message)}`;
}

it("draws the weekly showback and the review as Slack shows them", async () => {
  const slot = new Date("2026-11-23T08:00:00Z");
  await transaction(database.pool, (tx) =>
    showback.run({
      pool: database.pool,
      tx,
      orgId: acme.orgId,
      timeZone: "Europe/Berlin",
      scope: String(scope("payments")),
      slot,
      now: slot,
      attempt: 1,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    }),
  );
  const { rows } = await database.owner.query<{ body: unknown }>(
    "select body from outbox where placement = 'post' order by id limit 1",
  );
  const weekly = Answer.parse(rows[0]?.body);
  expect(await draw(await slackHtml(weekly), "slack-weekly", "chat")).toContain(weekly.sentence);
  // As it is owed to whom it was sent to.
  await database.owner.query(
    `with sent as (insert into review (org_id, month, created_at)
       values ($1, '2026-10-01', now()) returning org_id, month)
     insert into review_reader (org_id, month, person_id, breadth)
     select org_id, month, $2, 'organisation' from sent`,
    [acme.orgId, acme.people.get("fin")],
  );
  const review = await asker(brainOf(database.pool), acme)("fin", "review 2026-10");
  expect(await draw(await slackHtml(review), "slack-review", "chat")).toContain("Acknowledge");
});

it("draws the preview of a showback and the review in the console", async () => {
  const person = (key: string, name: string, title: string) => ({
    id: personId(acme, key),
    email: `${key}@acme.example`,
    name,
    title,
  });
  const app = express();
  app.use(
    createConsoleRouter({
      brain: brainOf(database.pool),
      orgId: acme.orgId,
      people: async () => [person("fin", "Fin Okafor", "Finance")],
      onAnswer: () => undefined,
    }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it listens");
  const page = await browser.newPage({ viewport: { width: 1100, height: 2400 } });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(`http://127.0.0.1:${address.port}/`);
  await page.waitForSelector("#person:enabled");
  for (const [name, text, said] of [
    ["console-weekly", "showback payments", "Not ours..."],
    ["console-review", "review 2026-10", "Acknowledge"],
  ] as const) {
    const before = await page.locator(".answer").count();
    await page.getByRole("textbox", { name: "Question or command" }).fill(text);
    await page.keyboard.press("Enter");
    const answer = page.locator(".answer").nth(before);
    await answer.getByRole("button", { name: said }).waitFor();
    keepPicture(`${name}.png`, await answer.screenshot());
  }
  expect(problems).toEqual([]);
  await page.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
