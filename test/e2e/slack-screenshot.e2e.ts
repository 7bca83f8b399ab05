import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { type Block, Message } from "slack-blocks-to-jsx";
import { expect, it } from "vitest";
import { chartPng } from "#apps/chat/chart-png.ts";
import { renderMessage } from "#apps/slack/render.ts";
import type { Answer } from "#core/answers/schema.ts";
import { keyRequest, monthly, PERSON, ROOM, weekly } from "#test/slack/sample-answers.ts";

const IMAGES = new URL("../../docs/images/", import.meta.url);
const STYLE = createRequire(import.meta.url).resolve("slack-blocks-to-jsx/dist/style.css");
const LOGO = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" width="36" height="36">
    <rect width="36" height="36" rx="6" fill="#1d3557"/>
    <rect x="8" y="19" width="5" height="9" fill="#a8dadc"/>
    <rect x="16" y="13" width="5" height="15" fill="#f1faee"/>
    <rect x="24" y="8" width="5" height="20" fill="#e63946"/>
  </svg>`,
)}`;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The blocks as Slack draws them, as near as a library outside Slack comes. */
async function html(answers: readonly Answer[]): Promise<string> {
  const messages = await Promise.all(
    answers.map(async (answer) => {
      const picture = answer.chart?.band === undefined ? undefined : await chartPng(answer.chart);
      const options = { native: true, ...(picture === undefined ? {} : { imageFileId: "F1" }) };
      // The library takes "verbatim" for "no markup"; Slack goes on to read bold and the like.
      const written = JSON.stringify(renderMessage(answer, options).blocks);
      const blocks: Block[] = JSON.parse(written.replaceAll(',"verbatim":true', ""));
      const shown = blocks.map((block) => withPicture(block, picture));
      const time = new Date("2026-11-23T08:55:00Z");
      return renderToStaticMarkup(
        createElement(Message, { blocks: shown, name: "aispend", logo: LOGO, time }),
      );
    }),
  );
  return `<!doctype html><meta charset="utf-8"><style>${readFileSync(STYLE, "utf8")}
    body { margin: 0; padding: 20px 24px; width: 720px; background: #fff; color: #1d1c1d;
      font: 15px/1.47 Lato, "DejaVu Sans", sans-serif }
    .message + .message { margin-top: 28px }
  </style>${messages.map((one) => `<div class="message">${one}</div>`).join("")}`;
}

/** Only Slack shows its own files: the picture stands in for the upload. */
function withPicture(block: Block, picture: Buffer | undefined): Block {
  if (block.type !== "image" || picture === undefined) return block;
  const image_url = `data:image/png;base64,${picture.toString("base64")}`;
  return { type: "image", alt_text: block.alt_text, image_url };
}

it.each([
  ["slack-answer", [weekly(PERSON)]],
  ["slack-forecast", [monthly(ROOM)]],
  ["slack-request", [keyRequest(ROOM)]],
])("draws what Slack shows: %s", async (name, answers) => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  try {
    const page = await browser.newPage({ viewport: { width: 768, height: 100 } });
    const requested: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requested.push(request.url());
    });
    await page.setContent(await html(answers), { waitUntil: "load" });
    for (const answer of answers) {
      const text = await page.innerText("body");
      expect(text).toContain(answer.sentence);
      for (const { value } of answer.facts) expect(text).toContain(value);
    }
    expect(await page.locator("button").count()).toBeGreaterThan(0);
    expect(requested).toEqual([]);
    mkdirSync(IMAGES, { recursive: true });
    const png = await page.screenshot({ fullPage: true });
    expect(png.length).toBeGreaterThan(10_000);
    writeFileSync(new URL(`${name}.png`, IMAGES), png);
  } finally {
    await browser.close();
  }
});
