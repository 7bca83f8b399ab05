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

/** Two at a time draw on other cores; who would wait behind so many gets words at once. */
const DRAWN_AT_ONCE = 2;
const WAITING_MAX = 32;

/**
 * A file belongs to no channel until a message shows it, and each message gets its own: one upload
 * for two rooms would let each see that the other has it.
 */
export function createChartPictures(clock: Clock, log: Log): UploadChart {
  const drawn = createBoundedMemory<Promise<Buffer>>(50, 60_000, clock);
  const turns = createTurns(DRAWN_AT_ONCE);
  return async (client, chart) => {
    const key = createHash("sha256").update(JSON.stringify(chart)).digest("hex");
    if (drawn.get(key) === undefined && turns.waiting() >= WAITING_MAX) {
      log.warn({ waiting: turns.waiting() }, "too many charts at once: said in words");
      return undefined;
    }
    const png = await remembered(drawn, key, () => turns.run(() => chartPng(chart)));
    try {
      const { files } = await client.filesUploadV2({
        file: png,
        filename: "chart.png",
        title: cutLine(chart.title, 100),
        alt_text: cutLine(chartAltText(chart), 1000),
      });
      return files[0]?.files?.[0]?.id;
    } catch (error) {
      if (!isSlackFailure(error)) throw error;
      log.warn({ err: error }, "a chart could not be uploaded: said in words");
      return undefined;
    }
  };
}

interface Turns {
  run<T>(work: () => Promise<T>): Promise<T>;
  waiting(): number;
}

function createTurns(atOnce: number): Turns {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    waiting: () => queue.length,
    async run(work) {
      if (running >= atOnce) await new Promise<void>((resolve) => queue.push(resolve));
      else running += 1;
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
