import { rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeTemporaryHome } from "#test/database/temporary-home.ts";
import { callGateway } from "#test/keys/through-gateway.ts";
import { launchChromium } from "#test/launch-chromium.ts";
import { keepPicture } from "#test/picture.ts";
import { type ServerProcess, startProcess } from "#test/server/server-process.ts";

// A newcomer's first start: an empty folder, nothing configured, the embedded database.
const folder = makeTemporaryHome("aispend-console-");
const open: { server?: ServerProcess; browser?: Browser } = {};
const problems: string[] = [];

beforeAll(async () => {
  open.server = await startProcess(folder, {});
  open.browser = await launchChromium();
});

afterAll(async () => {
  await open.browser?.close();
  expect(await open.server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
  expect(problems).toEqual([]);
});

async function newPage(
  options: { width?: number; height?: number; dark?: boolean } = {},
): Promise<Page> {
  const { width = 1100, height = 1240, dark = false } = options;
  const page = await open.browser?.newPage({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    acceptDownloads: true,
  });
  if (page === undefined || open.server === undefined) throw new Error("started in beforeAll");
  // A blocked script, a failed request or an uncaught error anywhere on the page is a failure.
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(open.server.url);
  await page.waitForSelector("#person:enabled");
  return page;
}

async function ask(page: Page, text: string): Promise<string> {
  const before = await page.locator(".answer").count();
  await page.getByRole("textbox", { name: "Question or command" }).fill(text);
  await page.keyboard.press("Enter");
  await page.locator(".answer").nth(before).waitFor();
  return page.locator(".answer").nth(before).locator("h3").innerText();
}

it("answers a newcomer's first questions and says how long the first one took", async () => {
  const page = await newPage();
  await page.getByRole("button", { name: "/aispend team payments" }).click();
  await page.locator(".answer h3").waitFor();
  expect(await page.locator(".answer h3").innerText()).toMatch(/^payments, /);
  keepPicture("console-answer.png", await page.screenshot());
  expect(await ask(page, "org")).toContain("Meridian Supply");
  expect(await ask(page, "help")).toBe("What you can ask");
  expect(open.server?.output()).toMatch(/First answer \d+\.\d s after the command\./);
});

it("prints the itemized ledger of the last full month", async () => {
  const page = await newPage();
  await ask(page, "top workflow last month");
  const rows = await page.locator(".answer tbody tr").allInnerTexts();
  expect(rows.map((row) => row.split(/\t/).map((cell) => cell.trim()))).toEqual([
    ["Support copilot", "CX", "$41,800", "38.0%", "1,240,000", "6,800", "$0.0337"],
    ["Contract extraction", "Legal Ops", "$24,200", "22.0%", "210,000", "12,400", "$0.1152"],
    ["Sales research agent", "Revenue", "$17,600", "16.0%", "96,000", "9,100", "$0.1833"],
    ["Internal knowledge bot", "IT", "$15,400", "14.0%", "880,000", "3,200", "$0.0175"],
    ["Marketing drafting", "Brand", "$6,600", "6.0%", "140,000", "2,400", "$0.0471"],
    ["Everything else", "Various", "$4,400", "4.0%", "320,000", "1,900", "$0.0138"],
  ]);
  expect(await page.locator(".provenance").innerText()).toContain("Demonstration data");
});

it("draws the chart with its summary as the text of the picture", async () => {
  const page = await newPage();
  await ask(page, "team payments last month");
  const picture = page.locator(".chart svg[role=img]");
  expect((await picture.getAttribute("aria-label"))?.length).toBeGreaterThan(20);
  expect(await picture.locator("rect").count()).toBeGreaterThan(25);
  await picture.hover({ position: { x: 300, y: 100 } });
  expect(await page.locator(".tip").innerText()).toMatch(/\$\d/);
});

it("is used by keyboard alone: recall, jump to the question, press what an answer offers", async () => {
  const page = await newPage();
  await ask(page, "team payments");
  await page.keyboard.press("ArrowUp");
  expect(await page.inputValue("#question")).toBe("team payments");
  await page.keyboard.press("ArrowDown");
  expect(await page.inputValue("#question")).toBe("");
  await page.locator(".answer .actions button").first().focus();
  await page.keyboard.press("/");
  expect(await page.evaluate<string>("document.activeElement.id")).toBe("question");
  await page.getByRole("button", { name: "Why", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".answer").nth(1).waitFor();
  expect(await page.locator(".answer").nth(1).locator("h3").innerText()).toMatch(/^Why payments/);
  expect(await page.locator("#announcement").innerText()).toMatch(/payments/);
});

it("shares what everybody in a channel may see, and saves exact figures as CSV", async () => {
  const page = await newPage();
  await ask(page, "team payments");
  await page.getByRole("button", { name: "Share" }).click();
  await page.locator(".answer").nth(1).waitFor();
  expect(await page.locator(".answer").nth(1).locator(".provenance").innerText()).toContain(
    "as everybody in the channel sees it",
  );
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).first().click();
  expect((await saving).suggestedFilename()).toMatch(/\.csv$/);
});

it("asks as another person of the demonstration, who sees what is theirs", async () => {
  const page = await newPage();
  await page.selectOption("#person", { label: "Priya Raman, CX lead" });
  expect(await ask(page, "whoami")).toBe("You are Priya Raman");
});

it("fills a form in a dialog and shows what it did; closed, it does nothing", async () => {
  const page = await newPage();
  await page.selectOption("#person", { label: "Samuel Okafor, finance" });
  await ask(page, "budget payments");
  await page.getByRole("button", { name: "Change budget" }).first().click();
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Change budget" }).first().click();
  await page.getByLabel("Amount").fill("4600");
  await page.getByLabel("Reason").fill("what the last 60 days suggest");
  await page.getByRole("dialog").getByRole("button", { name: "Set budget" }).click();
  await page.locator(".answer").nth(1).waitFor();
  expect(await page.locator(".answer").nth(1).locator("h3").innerText()).toContain("$4,600");
  expect(await page.locator(".answer").count()).toBe(2);
});

it("shows a refusal as an answer that helps, and markup in a name as text", async () => {
  const page = await newPage();
  expect(await ask(page, "team <img src=x onerror=alert(1)>")).not.toBe("");
  expect(await page.locator(".conversation img").count()).toBe(0);
  expect(await page.locator(".answer.not_found, .answer.wrong_usage").count()).toBe(1);
});

it("fits a telephone and a dark room", async () => {
  const page = await newPage({ width: 390, height: 800, dark: true });
  await ask(page, "team payments");
  const overflow = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(overflow).toBe(0);
  const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  expect(background).toBe("rgb(16, 22, 20)");
});

it("walks a key from the request to a real call, the cap and the kill switch", async () => {
  const page = await newPage();
  const as = (label: string) => page.selectOption("#person", { label });
  const dialog = page.getByRole("dialog");
  const last = () => page.locator(".answer").last();
  const gateway = open.server?.output().match(/^http:\/\/\S+$/gm)?.[1] ?? "";
  await as("Dana Whitfield, payments lead");
  await ask(page, "key request");
  await page.getByRole("button", { name: "Request a key..." }).first().click();
  await dialog.getByLabel("What is it for?").fill("nightly dispute tagging");
  await dialog.getByLabel("Cap", { exact: true }).fill("40");
  await dialog.getByLabel("CI job").fill("tag-disputes");
  await dialog.getByRole("button", { name: "Request", exact: true }).click();
  await page.getByText("I asked Ines Carvalho").first().waitFor();
  await as("Ines Carvalho, engineering");
  await ask(page, "key requests");
  await page.getByRole("button", { name: "tag-disputes..." }).click();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page
    .getByText(/APPROVED \d\d:\d\d by Ines Carvalho/)
    .first()
    .waitFor();
  await as("Dana Whitfield, payments lead");
  await ask(page, "key tag-disputes");
  await last().getByRole("button", { name: "Reveal" }).click();
  await page.getByText("It works at once").first().waitFor();
  const secret = /sk-aispend-[\w-]{43}/.exec(await page.innerText("body"))?.[0] ?? "";
  expect(await callGateway(gateway, secret, 100)).toMatch(/^answered with \d\d tokens/);
  await expect
    .poll(async () => {
      await ask(page, "key tag-disputes");
      return last().locator("p").first().innerText();
    })
    .not.toContain("used $0 of");

  // Small enough for the policy, and for its cap: the first call does not fit.
  await ask(page, "key request");
  await last().getByRole("button", { name: "Request a key..." }).click();
  await dialog.getByLabel("What is it for?").fill("a try");
  await dialog.getByLabel("Cap", { exact: true }).fill("0.0001");
  await dialog.getByLabel("Name of the key").fill("small-try");
  await dialog.getByRole("button", { name: "Request", exact: true }).click();
  await page.getByText("small enough for the policy").first().waitFor();
  await last().getByRole("button", { name: "Reveal" }).click();
  await last().getByText("your secret").waitFor();
  const small = /sk-aispend-[\w-]{43}/.exec(await last().innerText())?.[0] ?? "";
  const refused = await callGateway(gateway, small, 100);
  expect(refused).toMatch(/^402 budget_exceeded.*\/aispend key raise small-try/);

  await as("Jonas Abara, payments, on call");
  await ask(page, "block key tag-disputes because it loops");
  await last().getByRole("button", { name: "Block now" }).click();
  await page.getByText("tag-disputes is blocked, by Jonas Abara: it loops").first().waitFor();
  await expect
    .poll(() => callGateway(gateway, secret, 100), { timeout: 30_000 })
    .toMatch(/^403 key_blocked/);
});
