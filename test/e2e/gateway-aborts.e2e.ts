import { once } from "node:events";
import { request as open } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUsageStripper } from "#core/enforcement/strip-usage.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { SECRET, startGateway, type TestGateway } from "#test/gateway/gateway.ts";
import {
  chatAnswer,
  chatEvents,
  claudeAnswer,
  claudeEvents,
  embeddingsAnswer,
  geminiAnswer,
  geminiParts,
  responsesAnswer,
  responsesEvents,
  type Said,
} from "#test/gateway/provider-shapes.ts";

/** Places between which a request is left or broken off: small against answers of 1 to 3 KB. */
const STEP_BYTES = 7;
const AT_ONCE = 48;
const INPUT_TOKENS = 6;
const WORDS = ["Hel", "lo", " w\u00f6rld", " \u2603", "\n"];
const OUTPUT_TOKENS = WORDS.length;

/** An answer as it leaves the provider, head and framing too. */
interface Wire {
  readonly bytes: Buffer;
  /** Ends in `bytes` of what stands for a generated token each. */
  readonly words: readonly number[];
  /** How much of the body has come when so many bytes have. */
  bodyAt(sent: number): Buffer;
}

interface Format {
  readonly provider: string;
  readonly model: string;
  readonly path: string;
  readonly body: (text: string) => object;
  readonly wire: Wire;
  readonly isStripped?: boolean;
}

function said(model: string): Said {
  const counts = { inputTokens: INPUT_TOKENS, cachedTokens: 0, reasoningTokens: 0 };
  return { model, words: WORDS, includeUsage: true, ...counts };
}

const SAYS_WORD = /"delta":\{"content":"[^"]|output_text\.delta"|"text_delta"|"parts":\[\{"text":"/;

function streamed(events: readonly string[], type = "text/event-stream"): Wire {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  let bytes = Buffer.from(head);
  const words: number[] = [];
  const parts: { start: number; data: Buffer }[] = [];
  for (const event of events) {
    const data = Buffer.from(event);
    const size = Buffer.from(`${data.length.toString(16)}\r\n`);
    parts.push({ start: bytes.length + size.length, data });
    bytes = Buffer.concat([bytes, size, data, Buffer.from("\r\n")]);
    if (SAYS_WORD.test(event)) words.push(bytes.length);
  }
  bytes = Buffer.concat([bytes, Buffer.from("0\r\n\r\n")]);
  const bodyAt = (sent: number) =>
    Buffer.concat(parts.map(({ start, data }) => data.subarray(0, Math.max(sent - start, 0))));
  return { bytes, words, bodyAt };
}

function plain(answer: object): Wire {
  const body = Buffer.from(JSON.stringify(answer));
  const head = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  const bodyAt = (sent: number) => body.subarray(0, Math.max(sent - head.length, 0));
  return { bytes: Buffer.concat([head, body]), words: [], bodyAt };
}

const messages = (content: string) => [{ role: "user", content }];
const chat = {
  provider: "openai",
  model: "gpt-4o",
  path: "/v1/chat/completions",
  body: (text: string) => ({ model: "gpt-4o", messages: messages(text), max_tokens: 400 }),
};
const responses = {
  provider: "openai",
  model: "gpt-5",
  path: "/v1/responses",
  body: (text: string) => ({ model: "gpt-5", input: text, max_output_tokens: 400 }),
};
const claude = {
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  path: "/v1/messages",
  body: (text: string) => ({
    model: "claude-sonnet-4-5",
    messages: messages(text),
    max_tokens: 400,
  }),
};
const gemini = {
  provider: "google",
  model: "gemini-2.5-flash",
  path: "/v1beta/models/gemini-2.5-flash:generateContent",
  body: (text: string) => ({
    contents: [{ parts: [{ text }] }],
    generationConfig: { maxOutputTokens: 400 },
  }),
};
const geminiStream = gemini.path.replace(":generate", ":streamGenerate");
const geminiEvents = geminiParts(said(gemini.model)).map((part) => JSON.stringify(part));

const STREAMS: Readonly<Record<string, Format>> = {
  "OpenAI chat": {
    ...chat,
    body: (text) => ({ ...chat.body(text), stream: true, stream_options: { include_usage: true } }),
    wire: streamed(chatEvents(said(chat.model))),
  },
  "OpenAI chat without its usage": {
    ...chat,
    body: (text) => ({ ...chat.body(text), stream: true }),
    wire: streamed(chatEvents(said(chat.model))),
    isStripped: true,
  },
  "OpenAI responses": {
    ...responses,
    body: (text) => ({ ...responses.body(text), stream: true }),
    wire: streamed(responsesEvents(said(responses.model))),
  },
  "Anthropic messages": {
    ...claude,
    body: (text) => ({ ...claude.body(text), stream: true }),
    wire: streamed(claudeEvents(said(claude.model))),
  },
  "Gemini events": {
    ...gemini,
    path: `${geminiStream}?alt=sse`,
    wire: streamed(geminiEvents.map((part) => `data: ${part}\r\n\r\n`)),
  },
  "Gemini array": {
    ...gemini,
    path: geminiStream,
    wire: streamed(
      geminiEvents.map((part, at) => `${at === 0 ? "[" : ",\r\n"}${part}`).concat("]"),
      "application/json",
    ),
  },
};

const PLAIN: Readonly<Record<string, Format>> = {
  "OpenAI chat": { ...chat, wire: plain(chatAnswer(said(chat.model))) },
  "OpenAI responses": { ...responses, wire: plain(responsesAnswer(said(responses.model))) },
  "OpenAI embeddings": {
    ...chat,
    model: "text-embedding-3-small",
    path: "/v1/embeddings",
    body: (input) => ({ model: "text-embedding-3-small", input }),
    wire: plain(embeddingsAnswer(said("text-embedding-3-small"), false)),
  },
  "Anthropic messages": { ...claude, wire: plain(claudeAnswer(said(claude.model))) },
  Gemini: { ...gemini, wire: plain(geminiAnswer(said(gemini.model))) },
};

/** What the provider does when it has sent so much of its answer. */
type Then = "wait" | "break";

interface Waiting {
  readonly socket: Socket;
  readonly rest: Buffer;
}

let server: Server;
let gateway: TestGateway;
let answering: Wire | undefined;
const waiting = new Map<number, Waiting>();
const accepted = new Map<number, () => void>();

/** A provider that is written by the byte: requests say in their text where to stop, and what then. */
beforeAll(async () => {
  server = createServer((socket) => {
    let heard = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1");
      const length = /content-length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n/.exec(heard);
      if (length === null || heard.length < length.index + length[0].length + Number(length[1])) {
        return;
      }
      const [, stop, then] = /stop (\d+) (wait|break)/.exec(heard) ?? [];
      heard = "";
      const at = Number(stop);
      const bytes = answering?.bytes ?? Buffer.alloc(0);
      socket.write(bytes.subarray(0, at), () => {
        if (then === "break") socket.destroy();
        else waiting.set(at, { socket, rest: bytes.subarray(at) });
        accepted.get(at)?.();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  gateway = await startGateway(`http://127.0.0.1:${port}`);
});
afterAll(async () => {
  await gateway.close();
  await new Promise((resolve) => server.close(resolve));
});

/** Asks, and leaves when so much of the body is there; undefined: as soon as the provider has it. */
async function leave(format: Format, at: number, then: Then, seen: number | undefined) {
  const taken = new Promise<void>((resolve) => accepted.set(at, resolve));
  const { hostname: host, port } = new URL(gateway.url);
  const sent = open({ host, port, path: format.path, method: "POST", agent: false });
  sent.setHeader("authorization", `Bearer ${SECRET}`);
  sent.setHeader("content-type", "application/json");
  sent.setHeader("x-aispend-session", String(at));
  sent.on("error", () => undefined);
  const left = new Promise<void>((resolve) => {
    sent.on("close", resolve);
    sent.on("response", (response) => {
      let size = 0;
      const look = (): void => {
        if (seen !== undefined && size >= seen) sent.destroy();
      };
      response.on("error", () => undefined);
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        look();
      });
      look();
    });
  });
  sent.end(JSON.stringify(format.body(`stop ${at} ${then}`)));
  await taken;
  if (then === "wait" && seen === undefined) sent.destroy();
  await left;
}

/** Every place of the answer, many at once over one gateway; what was settled, by its place. */
async function everywhere(
  format: Format,
  one: (at: number) => Promise<void>,
  afterwards: () => Promise<void> = () => Promise.resolve(),
) {
  gateway.events.length = 0;
  answering = format.wire;
  const places: number[] = [];
  for (let at = 0; at < format.wire.bytes.length; at += STEP_BYTES) places.push(at);
  const left = [...places];
  const work = async (): Promise<void> => {
    for (let at = left.pop(); at !== undefined; at = left.pop()) await one(at);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await afterwards();
  await expect.poll(() => gateway.events.length).toBe(places.length);
  expect(gateway.store.open()).toBe(0);
  expect(gateway.faults).toEqual([]);
  waiting.clear();
  accepted.clear();
  const settled = new Map(gateway.events.map((each) => [Number(each.event.session), each]));
  expect([...settled.keys()].sort((a, b) => a - b)).toEqual(places);
  return settled;
}

const book = buildPriceBook(loadCatalogue());

function billed({ provider, model }: Format, output: number | undefined): bigint {
  const at = new Date("2026-11-18T12:00:00Z");
  const tokens = { input: INPUT_TOKENS, ...(output === undefined ? {} : { output }) };
  const usage = { provider, model, at, serviceTier: "standard", tokens, requestCount: 1 } as const;
  const priced = priceUsage(book, usage);
  if (priced.state === "unpriced") throw new Error(priced.reason);
  return priced.cost;
}

function connections(): Promise<number> {
  return new Promise((resolve) => gateway.server.getConnections((_, count) => resolve(count)));
}

const generatedAt = ({ words }: Wire, sent: number): number =>
  words.filter((end) => end <= sent).length;

/** What of the stream the client has when the gateway has so much of it. */
function passedAt({ wire, isStripped }: Format, sent: number): number | undefined {
  const body = wire.bodyAt(sent);
  if (body.length === 0) return undefined;
  return isStripped === true
    ? createUsageStripper().push(body.toString("latin1")).length
    : body.length;
}

describe.each(Object.entries(STREAMS))("A stream of %s", (_name, format) => {
  it("is never free, wherever in it its client leaves", async () => {
    const settled = await everywhere(format, async (at) => {
      await leave(format, at, "wait", passedAt(format, at));
      const here = waiting.get(at);
      // It is told: what it would still generate is not paid for.
      if (here !== undefined && !here.socket.destroyed) await once(here.socket, "close");
    });
    for (const [at, { event, cost }] of settled) {
      expect(event.status).toBe("aborted");
      expect(cost).toBeGreaterThanOrEqual(billed(format, generatedAt(format.wire, at)));
    }
  });

  it("is never free, wherever in it the provider breaks off", async () => {
    const settled = await everywhere(format, (at) => leave(format, at, "break", undefined));
    for (const [at, { event, cost }] of settled) {
      expect(event.status).toBe("error");
      expect(cost).toBeGreaterThanOrEqual(billed(format, generatedAt(format.wire, at)));
    }
  });
});

describe.each(Object.entries(PLAIN))("An answer of %s in one piece", (name, format) => {
  const whole = billed(format, name.includes("embeddings") ? undefined : OUTPUT_TOKENS);

  it("costs exactly what it cost, wherever in it its client leaves", async () => {
    const settled = await everywhere(
      format,
      (at) => leave(format, at, "wait", undefined),
      async () => {
        // Once the gateway has noticed.
        await expect.poll(connections, { timeout: 10_000 }).toBe(0);
        for (const { socket, rest } of waiting.values()) socket.write(rest);
      },
    );
    for (const { event, cost } of settled.values()) {
      expect([event.status, event.estimated, cost]).toEqual(["aborted", false, whole]);
    }
  });

  it("is never cheaper than it was, wherever in it the provider breaks off", async () => {
    const settled = await everywhere(format, (at) => leave(format, at, "break", undefined));
    for (const { event, cost } of settled.values()) {
      expect([event.status, event.estimated]).toEqual(["error", true]);
      expect(cost).toBeGreaterThan(0n);
    }
  });
});
