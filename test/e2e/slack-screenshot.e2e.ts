import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { type Block, Message } from "slack-blocks-to-jsx";
import { expect, it } from "vitest";
import { chartPng } from "#apps/chat/chart-png.ts";
import { homeView } from "#apps/slack/answer-view.ts";
import { nativeChart } from "#apps/slack/chart-block.ts";
import { renderMessage } from "#apps/slack/render.ts";
import type { Answer } from "#core/answers/schema.ts";
import { openFinding } from "#test/anomalies/open-finding.ts";
import { asker, asPerson, brainOf, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { launchChromium } from "#test/launch-chromium.ts";
import { keepPicture } from "#test/picture.ts";
import { keyRequest, monthly, ROOM } from "#test/slack/sample-answers.ts";

const STYLE = createRequire(import.meta.url).resolve("slack-blocks-to-jsx/dist/style.css");
const LOGO = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" width="36" height="36">
    <rect width="36" height="36" rx="6" fill="#1d3557"/>
    <rect x="8" y="19" width="5" height="9" fill="#a8dadc"/>
    <rect x="16" y="13" width="5" height="15" fill="#f1faee"/>
    <rect x="24" y="8" width="5" height="20" fill="#e63946"/>
  </svg>`,
)}`;
const database = useDatabase();

/** What is drawn: the blocks that we send, and the picture that stands in for an upload. */
interface Drawing {
  blocks: unknown;
  picture?: Buffer;
  /** Must be legible in it. */
  said: string[];
}

/** From the real brain, on a ledger of two months. */
async function asked(text: string): Promise<Drawing> {
  const acme = await makeAcme(database.owner, {
    key: text.replaceAll(" ", "-"),
    demonstration: true,
  });
  await fillAcme(database.pool, acme);
  if (text === "anomaly 1") await openFinding(database.pool, acme);
  const brain = brainOf(database.pool);
  if (text === "home") {
    const who = asPerson(acme, "ada");
    const audience = { kind: "person", personId: personId(acme, "ada") } as const;
    const home = await brain.home({ orgId: acme.orgId, asker: who, audience, surface: "slack" });
    return { blocks: homeView(home).blocks, said: [home.team.sentence, "My requests"] };
  }
  return drawing(await asker(brain, acme)("ada", text));
}

async function drawing(answer: Answer): Promise<Drawing> {
  const said = [answer.sentence, ...answer.facts.map((fact) => fact.value)];
  if (answer.chart === undefined || nativeChart(answer.chart) !== undefined) {
    return { blocks: renderMessage(answer, { native: true }).blocks, said };
  }
  const { blocks } = renderMessage(answer, { native: true, imageFileId: "F1" });
  return { blocks, picture: await chartPng(answer.chart), said };
}

/** The blocks as Slack draws them, as near as a library outside Slack comes. */
function html({ blocks, picture }: Drawing): string {
  // The library takes "verbatim" for "no markup"; Slack goes on to read bold and the like.
  const written = JSON.stringify(blocks).replaceAll(',"verbatim":true', "");
  const parsed: Block[] = JSON.parse(written);
  const shown = parsed.map((block) => withPicture(block, picture));
  const time = new Date("2026-11-23T08:55:00Z");
  const message = createElement(Message, { blocks: shown, name: "aispend", logo: LOGO, time });
  return `<!doctype html><meta charset="utf-8"><style>${readFileSync(STYLE, "utf8")}
    body { margin: 0; padding: 20px 24px; width: 720px; background: #fff; color: #1d1c1d;
      font: 15px/1.47 Lato, "DejaVu Sans", sans-serif }
  </style>${renderToStaticMarkup(message)}`;
}

/** Only Slack shows its own files: the picture stands in for the upload. */
function withPicture(block: Block, picture: Buffer | undefined): Block {
  if (block.type !== "image" || picture === undefined) return block;
  const image_url = `data:image/png;base64,${picture.toString("base64")}`;
  return { type: "image", alt_text: block.alt_text, image_url };
}

it.each<[string, () => Promise<Drawing>]>([
  ["slack-answer", () => asked("team payments last week")],
  ["slack-month", () => asked("team payments")],
  ["slack-home", () => asked("home")],
  ["slack-anomaly", () => asked("anomaly 1")],
  ["slack-forecast", () => drawing(monthly(ROOM))],
  ["slack-request", () => drawing(keyRequest(ROOM))],
])("draws what Slack shows: %s", async (name, make) => {
  const made = await make();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 768, height: 100 } });
    const requested: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requested.push(request.url());
    });
    await page.setContent(html(made), { waitUntil: "load" });
    const text = await page.innerText("body");
    for (const said of made.said) expect(text).toContain(said);
    expect(await page.locator("button").count()).toBeGreaterThan(0);
    expect(requested).toEqual([]);
    const png = await page.screenshot({ fullPage: true });
    expect(png.length).toBeGreaterThan(10_000);
    keepPicture(`${name}.png`, png);
  } finally {
    await browser.close();
  }
});
