import { describe, expect, it } from "vitest";
import { parseLiteLlm } from "./litellm.ts";

const endUserId = (endUser: string) => `hashed:${endUser}`;

function payload(over: Record<string, unknown> = {}, usage?: Record<string, unknown>) {
  return {
    id: "chatcmpl-1",
    call_type: "acompletion",
    status: "success",
    custom_llm_provider: "openai",
    model: "gpt-4o",
    startTime: 1763827200.123,
    endTime: 1763827201.623,
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1100,
    response_cost: 6.5e-5,
    metadata: { user_api_key_hash: "ab".repeat(32), usage_object: usage },
    ...over,
  };
}

function parseOne(item: unknown) {
  const [parsed] = parseLiteLlm([item], endUserId);
  return parsed;
}

function eventOf(item: unknown) {
  const parsed = parseOne(item);
  if (parsed?.state !== "event") throw new Error(JSON.stringify(parsed));
  return parsed.event;
}

describe("a payload of LiteLLM", () => {
  it("becomes an event with its key, times to the millisecond and the reported cost", () => {
    const event = eventOf(payload({ trace_id: "t-1", end_user: "customer-9" }));
    expect(event).toMatchObject({
      source: "litellm",
      externalId: "chatcmpl-1@1763827200",
      occurredAt: "2025-11-22T16:00:00.123Z",
      latencyMs: 1500,
      provider: "openai",
      model: "gpt-4o",
      operation: "chat",
      status: "ok",
      tokens: { input: 1000, output: 100 },
      key: "ab".repeat(32),
      trace: "t-1",
      endUser: "hashed:customer-9",
      reportedCost: 6.5e-5,
    });
  });

  it("takes float seconds as the decimals they print as", () => {
    const times = [1763827200.001, 1763827200.57, 1763827200.999, 1763827200];
    expect(times.map((startTime) => eventOf(payload({ startTime })).occurredAt.slice(17))).toEqual([
      "00.001Z",
      "00.570Z",
      "00.999Z",
      "00.000Z",
    ]);
  });

  it("is the same event however often it is delivered, and not that of a reused id", () => {
    const ids = [payload(), payload(), payload({ startTime: 1763827260.5 })].map(
      (item) => eventOf(item).externalId,
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it("gets an id of its own content where LiteLLM sends none or 'None'", () => {
    const ids = [undefined, "", "None"].map((id) => eventOf(payload({ id })).externalId);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[\w-]{43}$/);
    const [first, second] = parseLiteLlm([payload({ id: "" }), payload({ id: "" })], endUserId);
    expect(first).not.toEqual(second);
  });

  it("never keeps a virtual key in the clear", () => {
    const secret = "sk-abcdefgh1234";
    const event = eventOf(payload({ metadata: { user_api_key_hash: secret } }));
    expect(event.key).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(event)).not.toContain(secret);
  });
});

describe("tokens of LiteLLM", () => {
  it("include the cache in its own form, for OpenAI and for Anthropic", () => {
    const openAi = eventOf(payload({}, usageOf(1000, 100, { cached_tokens: 800 })));
    expect(openAi.tokens).toEqual({ input: 1000, cacheRead: 800, output: 100 });
    const anthropic = eventOf(
      payload(
        { custom_llm_provider: "anthropic", model: "claude-sonnet-4-5", prompt_tokens: 10_000 },
        {
          ...usageOf(10_000, 100, {
            cached_tokens: 6000,
            cache_creation_tokens: 3000,
            cache_creation_token_details: {
              ephemeral_5m_input_tokens: 2000,
              ephemeral_1h_input_tokens: 1000,
            },
          }),
          cache_read_input_tokens: 6000,
          cache_creation_input_tokens: 3000,
        },
      ),
    );
    expect(anthropic.tokens).toEqual({
      input: 10_000,
      cacheRead: 6000,
      cacheWrite5m: 2000,
      cacheWrite1h: 1000,
      output: 100,
    });
  });

  it("are repaired where the input is smaller than the cache it should include", () => {
    const writesLeftOut = payload(
      { prompt_tokens: 7000 },
      { ...usageOf(7000, 100, { cached_tokens: 6000 }), cache_creation_input_tokens: 3000 },
    );
    expect(eventOf(writesLeftOut).tokens.input).toBe(10_000);
    const allLeftOut = payload(
      { prompt_tokens: 1000 },
      {
        ...usageOf(1000, 100, {}),
        cache_read_input_tokens: 6000,
        cache_creation_input_tokens: 3000,
      },
    );
    expect(eventOf(allLeftOut).tokens.input).toBe(10_000);
  });

  it("are counted once from each provider's own form", () => {
    const anthropic = {
      input_tokens: 1000,
      cache_read_input_tokens: 6000,
      cache_creation_input_tokens: 3000,
      output_tokens: 100,
    };
    const responses = {
      input_tokens: 10_000,
      input_tokens_details: { cached_tokens: 6000 },
      output_tokens: 100,
      output_tokens_details: { reasoning_tokens: 60 },
    };
    const gemini = {
      promptTokenCount: 10_000,
      cachedContentTokenCount: 6000,
      candidatesTokenCount: 40,
      thoughtsTokenCount: 60,
    };
    const tokens = [anthropic, responses, gemini].map(
      (usage) => eventOf(payload({}, usage)).tokens,
    );
    expect(tokens).toEqual([
      { input: 10_000, cacheRead: 6000, cacheWrite5m: 3000, output: 100 },
      { input: 10_000, cacheRead: 6000, output: 100, reasoning: 60 },
      { input: 10_000, cacheRead: 6000, output: 100, reasoning: 60 },
    ]);
  });

  it("are unknown, not zero, for a success without usage", () => {
    const event = eventOf(payload({ prompt_tokens: 0, completion_tokens: 0, response_cost: 0 }));
    expect(event.tokens).toEqual({});
  });

  it("are zero where nobody was asked: refused calls and LiteLLM's own cache", () => {
    const nothing = { prompt_tokens: 0, completion_tokens: 0, response_cost: 0 };
    const failed = eventOf(payload({ ...nothing, status: "failure" }));
    expect([failed.status, failed.tokens]).toEqual(["error", { input: 0, output: 0 }]);
    expect(eventOf(payload({ cache_hit: true })).tokens).toEqual({ input: 0, output: 0 });
  });

  it("are unknown for a call that the client left", () => {
    const event = eventOf(
      payload({
        status: "failure",
        prompt_tokens: 0,
        completion_tokens: 0,
        error_information: { error_code: "499", error_class: "ClientDisconnect" },
      }),
    );
    expect([event.status, event.tokens]).toEqual(["aborted", {}]);
  });
});

describe("tags of LiteLLM", () => {
  const metadata = {
    user_api_key_team_alias: "payments",
    user_api_key_user_email: "ada@example.com",
    spend_logs_metadata: { workflow: "refunds", note: "free text" },
    requester_metadata: { aispend_agent: "triage", session: { deep: true } },
  };

  it("come from allow-listed names and labels only", () => {
    const request_tags = ["environment:ci", "feature=tagging", "User-Agent: x/1", 7, "nightly"];
    expect(eventOf(payload({ metadata, request_tags })).tags).toEqual({
      team: "payments",
      person: "ada@example.com",
      workflow: "refunds",
      agent: "triage",
      environment: "ci",
      feature: "tagging",
    });
  });

  it("never move a key's spend to a team that the caller names", () => {
    const event = eventOf(payload({ metadata, request_tags: ["team:search"] }));
    expect(event.tags.team).toBe("payments");
  });
});

describe("what LiteLLM sends besides calls", () => {
  it("is no charge when a stored response is read again", () => {
    for (const call_type of ["aget_responses", "alist_input_items", "afile_content"]) {
      expect(parseOne(payload({ call_type })), call_type).toEqual({ state: "ignored" });
    }
  });

  it("counts a batch once, at the batch tier, however often it is read", () => {
    const read = (startTime: number) =>
      eventOf(
        payload({
          id: "batch_1",
          call_type: "aretrieve_batch",
          startTime,
          response: { created_at: 1763800000, output: "secret" },
        }),
      );
    const [first, second] = [read(1763827200.5), read(1763927200.5)];
    expect([first.externalId, first.serviceTier]).toEqual(["batch_1", "batch"]);
    expect([second.externalId, second.occurredAt]).toEqual([first.externalId, first.occurredAt]);
  });

  it("is refused without a time, with a broken count or cost, and without repeating content", () => {
    const cases: [unknown, string][] = [
      [null, "the event is null: it must be an object"],
      [payload({ startTime: null }), "startTime is missing: it must be seconds since 1970"],
      [payload({ startTime: 0 }), "startTime is 0: it must be seconds since 1970"],
      [payload({ startTime: "yesterday noon" }), "startTime is a text of 14 characters"],
      [payload({ prompt_tokens: -5 }), "prompt_tokens is -5: it must be at least 0"],
      [payload({ prompt_tokens: 1.5 }), "prompt_tokens is 1.5: it must be a whole number"],
      [payload({ response_cost: "a lot" }), "response_cost is a text of 5 characters"],
    ];
    for (const [item, reason] of cases) {
      const parsed = parseOne(item);
      expect(parsed?.state === "refused" ? parsed.reason : parsed).toContain(reason);
    }
  });
});

function usageOf(prompt: number, completion: number, details: Record<string, unknown>) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: details,
  };
}
