import { createHash } from "node:crypto";
import type { WebClient } from "@slack/web-api";
import { chartAltText, chartPng } from "#apps/chat/chart-png.ts";
import { cutLine } from "#core/answers/plain-line.ts";
import type { Chart } from "#core/answers/schema.ts";
import type { Clock } from "#core/time.ts";
import type { Log } from "./bolt-log.ts";
import { createBoundedMemory, remembered } from "./bounded-memory.ts";
import { isSlackFailure } from "./slack-failure.ts";

/** Draws a chart and uploads it; undefined when it cannot be shown, then it is said in words. */
export type UploadChart = (client: WebClient, chart: Chart) => Promise<string | undefined>;

/** Two at a time draw on other cores; more would only take turns there. */
const DRAWN_AT_ONCE = 2;

/**
 * A chart that is not being drawn after `patienceMs` is said in words: in a rush an answer in time
 * beats a picture. A file belongs to no channel until a message shows it, and each message gets its
 * own: one upload for two rooms would let each see that the other has it.
 */
export function createChartPictures(clock: Clock, log: Log, patienceMs: number): UploadChart {
  const drawn = createBoundedMemory<Promise<Buffer>>(50, 60_000, clock);
  const turns = createTurns(DRAWN_AT_ONCE, patienceMs);
  return async (client, chart) => {
    const key = createHash("sha256").update(JSON.stringify(chart)).digest("hex");
    try {
      const png = await remembered(drawn, key, () => turns.run(() => chartPng(chart)));
      const { files } = await client.filesUploadV2({
        file: png,
        filename: "chart.png",
        title: cutLine(chart.title, 100),
        alt_text: cutLine(chartAltText(chart), 1000),
      });
      return files[0]?.files?.[0]?.id;
    } catch (error) {
      if (!(error instanceof TooLate || isSlackFailure(error))) throw error;
      log.warn({ err: error }, "a chart is said in words");
      return undefined;
    }
  };
}

class TooLate extends Error {
  constructor(waitedMs: number) {
    super(`waited ${waitedMs} ms to be drawn`);
    this.name = "TooLate";
  }
}

interface Turns {
  /** Throws TooLate. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

function createTurns(atOnce: number, patienceMs: number): Turns {
  const queue: (() => void)[] = [];
  let running = 0;
  const myTurn = () =>
    new Promise<void>((resolve, reject) => {
      const begin = () => {
        clearTimeout(tooLate);
        resolve();
      };
      const tooLate = setTimeout(() => {
        queue.splice(queue.indexOf(begin), 1);
        reject(new TooLate(patienceMs));
      }, patienceMs);
      queue.push(begin);
    });
  return {
    async run(work) {
      if (running < atOnce) running += 1;
      else await myTurn();
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
