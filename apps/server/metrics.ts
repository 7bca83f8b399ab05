import type { RequestHandler } from "express";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Brain } from "#apps/chat/surface.ts";
import type { Backlog } from "#core/outbox/backlog.ts";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** The registry behind /metrics. Labels are routes, verbs and states: never a name out of the data. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpSeconds: new Histogram({
      name: "aispend_http_request_duration_seconds",
      help: "Time from the first byte of a request to the last of its answer.",
      labelNames: ["method", "route", "status"] as const,
      buckets: SECONDS,
      registers,
    }),
    ingestEvents: new Counter({
      name: "aispend_ingest_events_total",
      help: "Usage events received, by what became of them.",
      labelNames: ["outcome"] as const,
      registers,
    }),
    brainSeconds: new Histogram({
      name: "aispend_answer_duration_seconds",
      help: "Time to answer a command, press or form, by surface and kind.",
      labelNames: ["surface", "kind", "state"] as const,
      buckets: SECONDS,
      registers,
    }),
  };
}

/** What waits in the outbox, read when it is scraped. */
export function watchOutbox({ registry }: Metrics, read: () => Promise<Backlog>): void {
  const gauge: Gauge<"state"> = new Gauge({
    name: "aispend_outbox_messages",
    help: "Messages that are owed and not delivered: waiting, or parked until a person looks.",
    labelNames: ["state"],
    registers: [registry],
    collect: async () => {
      const { waiting, parked } = await read();
      gauge.set({ state: "waiting" }, waiting);
      gauge.set({ state: "parked" }, parked);
    },
  });
}

/**
 * The route of a request as it was declared ("/console/ask"), so that a path out of somebody's
 * scanner makes no series of its own.
 */
export function routeOf(request: Parameters<RequestHandler>[0]): string {
  const path: unknown = request.route?.path;
  return typeof path === "string" ? `${request.baseUrl}${path}` : "unmatched";
}

/** The same brain, each answer timed. */
export function timedBrain(brain: Brain, metrics: Metrics): Brain {
  async function timed<T>(surface: string, kind: string, work: () => Promise<T>): Promise<T> {
    const stop = metrics.brainSeconds.startTimer({ surface, kind });
    try {
      const result = await work();
      stop({ state: "answered" });
      return result;
    } catch (error) {
      stop({ state: "failed" });
      throw error;
    }
  }
  return {
    ask: (question) => timed(question.surface, "ask", () => brain.ask(question)),
    press: (press) => timed(press.surface, "press", () => brain.press(press)),
    form: (name, token, question) =>
      timed(question.surface, "form", () => brain.form(name, token, question)),
    home: (question) => timed(question.surface, "home", () => brain.home(question)),
    opens: (text) => brain.opens(text),
  };
}
