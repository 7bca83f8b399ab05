import { describe, expect, it } from "vitest";
import { encodeTraces } from "#test/ingest/otlp-encoding.ts";
import { spansOfJson } from "./json.ts";
import { parseSpans } from "./otlp.ts";
import { spansOfProtobuf } from "./protobuf.ts";

const endUserId = (endUser: string) => `hashed:${endUser}`;
type Value = string | number | boolean;

function attributesOf(values: Record<string, Value>) {
  return Object.entries(values).map(([key, value]) => {
    if (typeof value === "string") return { key, value: { stringValue: value } };
    if (typeof value === "boolean") return { key, value: { boolValue: value } };
    return { key, value: { intValue: String(value) } };
  });
}

function span(values: Record<string, Value>, over: Record<string, unknown> = {}) {
  return {
    traceId: "5B8EFFF798038103D269B633813FC60C",
    spanId: "eee19b7ec3c1b174",
    name: "chat gpt-4o",
    kind: 3,
    startTimeUnixNano: "1763827200123456789",
    endTimeUnixNano: "1763827201623456789",
    attributes: attributesOf(values),
    ...over,
  };
}

function request(spans: unknown[], resource: Record<string, Value> = {}) {
  return {
    resourceSpans: [
      { resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope: {}, spans }] },
    ],
  };
}

function parse(spans: unknown[], resource: Record<string, Value> = {}) {
  return parseSpans(spansOfJson(request(spans, resource)), endUserId);
}

function eventOf(values: Record<string, Value>, resource: Record<string, Value> = {}) {
  const [parsed] = parse([span(values)], resource);
  if (parsed?.state !== "event") throw new Error(JSON.stringify(parsed));
  return parsed.event;
}

const CHAT = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o",
  "gen_ai.response.model": "gpt-4o-2024-08-06",
  "gen_ai.usage.input_tokens": 1000,
  "gen_ai.usage.output_tokens": 100,
};

describe("a span of a model call", () => {
  it("becomes an event under the names of the conventions", () => {
    const event = eventOf(
      {
        ...CHAT,
        "gen_ai.usage.cache_read.input_tokens": 800,
        "gen_ai.usage.cache_creation.input_tokens": 50,
        "gen_ai.usage.reasoning.output_tokens": 60,
        "gen_ai.conversation.id": "c-1",
        "gen_ai.agent.name": "triage",
        "gen_ai.workflow.name": "refunds",
        "enduser.id": "customer-9",
        "aispend.composition.system": 300,
        "aispend.composition.history": 600,
      },
      { "service.name": "api", "deployment.environment.name": "prod", "aispend.team": "payments" },
    );
    expect(event).toEqual({
      source: "otlp",
      externalId: "5b8efff798038103d269b633813fc60c/eee19b7ec3c1b174",
      occurredAt: "2025-11-22T16:00:00.123Z",
      latencyMs: 1500,
      kind: "call",
      basis: "metered",
      provider: "openai",
      model: "gpt-4o-2024-08-06",
      operation: "chat",
      serviceTier: "standard",
      status: "ok",
      requestCount: 1,
      tokens: { input: 1000, cacheRead: 800, cacheWrite5m: 50, output: 100, reasoning: 60 },
      composition: { system: 300, history: 600 },
      tags: { agent: "triage", workflow: "refunds", environment: "prod", team: "payments" },
      session: "c-1",
      trace: "5b8efff798038103d269b633813fc60c",
      endUser: "hashed:customer-9",
      estimated: false,
    });
  });

  it("is read under the deprecated and OpenLLMetry's names too", () => {
    const event = eventOf(
      {
        "gen_ai.system": "anthropic",
        "llm.request.type": "chat",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.prompt_tokens": 10_000,
        "gen_ai.usage.completion_tokens": 100,
        "gen_ai.usage.cache_read_input_tokens": 6000,
        "gen_ai.usage.cache_creation_input_tokens": 3000,
        "llm.usage.reasoning_tokens": 60,
        "traceloop.workflow.name": "refunds",
        "traceloop.association.properties.customer": "acme",
        "traceloop.association.properties.user_id": "u-1",
      },
      { "service.name": "refund-service", "deployment.environment": "ci" },
    );
    expect(event).toMatchObject({
      provider: "anthropic",
      operation: "chat",
      tokens: { input: 10_000, cacheRead: 6000, cacheWrite5m: 3000, output: 100, reasoning: 60 },
      tags: {
        agent: "refund-service",
        workflow: "refunds",
        environment: "ci",
        customer: "acme",
      },
      endUser: "hashed:u-1",
    });
  });

  it("counts the cache into the input once, where an instrumentation left it out", () => {
    const cached = {
      ...CHAT,
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.cache_read.input_tokens": 6000,
    };
    expect(eventOf(cached).tokens.input).toBe(7000);
    const smaller = { ...CHAT, "gen_ai.usage.cache_read.input_tokens": 400 };
    expect(eventOf(smaller).tokens.input).toBe(1000);
    expect(eventOf(smaller, { "aispend.input_excludes_cache": true }).tokens.input).toBe(1400);
  });

  it("has its own word before its resource's", () => {
    const event = eventOf({ ...CHAT, "aispend.team": "search" }, { "aispend.team": "payments" });
    expect(event.tags.team).toBe("search");
  });

  it("fails with its status or its error type, and keeps usage unknown", () => {
    const { "gen_ai.usage.input_tokens": _i, "gen_ai.usage.output_tokens": _o, ...bare } = CHAT;
    const [failed] = parse([span(bare, { status: { code: 2, message: "prompt was: secret" } })]);
    expect(failed).toMatchObject({ state: "event", event: { status: "error", tokens: {} } });
    expect(JSON.stringify(failed)).not.toContain("secret");
    expect(eventOf({ ...CHAT, "error.type": "timeout" }).status).toBe("error");
  });
});

describe("spans that are no charge", () => {
  it("are ignored: steps, tools, retrievals and the agents around calls", () => {
    const around = ["invoke_agent", "execute_tool", "retrieval", "invoke_workflow", "plan"];
    const spans = [
      ...around.map((name) => span({ ...CHAT, "gen_ai.operation.name": name })),
      span({ ...CHAT, "traceloop.span.kind": "workflow" }),
      span({ "http.request.method": "POST" }),
    ];
    expect(parse(spans).every(({ state }) => state === "ignored")).toBe(true);
  });

  it("include a framework's span around the client's for the same answer", () => {
    const answer = { ...CHAT, "gen_ai.response.id": "resp-1" };
    const outer = span(answer, { spanId: "aaaaaaaaaaaaaaaa" });
    const middle = span({}, { spanId: "bbbbbbbbbbbbbbbb", parentSpanId: "aaaaaaaaaaaaaaaa" });
    const inner = span(answer, { spanId: "cccccccccccccccc", parentSpanId: "bbbbbbbbbbbbbbbb" });
    const other = span(
      { ...CHAT, "gen_ai.response.id": "resp-2" },
      { spanId: "dddddddddddddddd", parentSpanId: "aaaaaaaaaaaaaaaa" },
    );
    expect(parse([inner, middle, outer, other]).map(({ state }) => state)).toEqual([
      "event",
      "ignored",
      "ignored",
      "event",
    ]);
  });
});

describe("spans that are refused", () => {
  it("lack a time or an id, or hold a count that is none", () => {
    const reasons = parse([
      span(CHAT, { startTimeUnixNano: undefined }),
      span(CHAT, { startTimeUnixNano: "0" }),
      span(CHAT, { traceId: "" }),
      span({ ...CHAT, "gen_ai.usage.input_tokens": "many words of a prompt" }),
      { spanId: 7 },
    ]).map((parsed) => (parsed.state === "refused" ? parsed.reason : parsed.state));
    expect(reasons).toEqual([
      "startTimeUnixNano is '0': the span needs a time",
      "startTimeUnixNano is '0': the span needs a time",
      "traceId and spanId must be 32 and 16 hexadecimal digits",
      "tokens.input is a text of 22 characters: it must be a number",
      "the span is not of OTLP's form",
    ]);
  });
});

describe("the two encodings", () => {
  it("give the same spans, from a message with every field of the standard", () => {
    const json = request(
      [
        span(
          { ...CHAT, "gen_ai.prompt.0.content": "secret" },
          { parentSpanId: "aaaaaaaaaaaaaaaa", status: { code: 2, message: "secret" } },
        ),
      ],
      { "service.name": "api" },
    );
    const fromJson = spansOfJson(json);
    expect(spansOfProtobuf(encodeTraces(json))).toEqual(fromJson);
    expect(JSON.stringify([...(fromJson[0]?.attributes ?? [])])).not.toContain("secret");
  });

  it("refuse a body that is none of theirs without repeating it", () => {
    expect(() => spansOfProtobuf(Buffer.from("not a message: secret"))).toThrow(
      /^The body is not an ExportTraceServiceRequest\.$/,
    );
    expect(() => spansOfJson({ resourceSpans: "secret" })).toThrow(
      /^The body is not an ExportTraceServiceRequest\.$/,
    );
  });
});
