import { describe, expect, it } from "vitest";
import { parseUsageEvents } from "./usage-api.ts";

const endUserId = (endUser: string) => `hashed:${endUser}`;

function event(over: Record<string, unknown> = {}) {
  return {
    externalId: "e1",
    occurredAt: "2026-11-22T09:30:00Z",
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1000, output: 100 },
    ...over,
  };
}

function parse(...items: unknown[]) {
  return parseUsageEvents(items, endUserId);
}

function reasonOf(item: unknown): string {
  const [parsed] = parse(item);
  return parsed?.state === "refused" ? parsed.reason : `${parsed?.state}`;
}

describe("an event of POST /v1/usage", () => {
  it("gets defaults, and its end user only as a keyed hash", () => {
    expect(parse(event({ endUser: "customer-9", tags: { team: "payments" } }))).toEqual([
      {
        state: "event",
        event: {
          ...event({ tags: { team: "payments" } }),
          source: "api",
          kind: "call",
          basis: "metered",
          serviceTier: "standard",
          status: "ok",
          requestCount: 1,
          estimated: false,
          endUser: "hashed:customer-9",
        },
      },
    ]);
  });

  it("is one call where it does not say how many, and none where it is a seat", () => {
    const counts = parse(event(), event({ kind: "seat" }), event({ kind: "fee", requestCount: 2 }));
    expect(counts).toMatchObject([1, 0, 2].map((requestCount) => ({ event: { requestCount } })));
  });

  it("without an id gets one of its content, and equal ones are told apart by their order", () => {
    const { externalId: _, ...bare } = event();
    const ids = (...items: unknown[]) =>
      parse(...items).map((item) => (item.state === "event" ? item.event.externalId : item.state));
    const [first, second, third] = ids(bare, bare, { ...bare, model: "gpt-4o-mini" });
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(second).toBe(`${first}-2`);
    expect(third).not.toContain(first);
    expect(ids(bare, bare)).toEqual([first, second]);
    expect(ids({ ...bare, tokens: { output: 100, input: 1000 } })).toEqual([first]);
  });

  it("is refused by field, value and what would be right", () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ occurredAt: undefined }, "occurredAt is missing: it must be a text"],
      [{ occurredAt: "2026-11-22 09:30" }, "occurredAt is a text of 16 characters: it must be an"],
      [{ occurredAt: "2026-02-30T00:00:00Z" }, "occurredAt is '2026-02-30T00:00:00Z': it must be"],
      [{ tokens: { input: -1 } }, "tokens.input is -1: it must be at least 0"],
      [{ tokens: { input: 1.5 } }, "tokens.input is 1.5: it must be a whole number"],
      [{ tokens: { input: "1000" } }, "tokens.input is '1000': it must be a number"],
      [{ provider: "" }, "provider is empty: it must have at least 1 character"],
      [{ model: "m".repeat(300) }, "model is a text of 300 characters: it must have at most 256"],
      [{ kind: "correction" }, "kind is 'correction': it must be one of call, bucket, seat"],
      [{ basis: "reconciliation" }, "it must be one of metered, billed"],
      [{ source: "litellm" }, "source is 'litellm': it is the name of another way in"],
      [{ source: "import:x.csv" }, "source is 'import:x.csv': it is the name of another way in"],
      [{ source: "My Source" }, "source is a text of 9 characters: it must be lower-case"],
      [{ reportedCost: "12,50" }, "reportedCost is a text of 5 characters: it must be dollars"],
      [{ reportedCost: "1e40" }, "reportedCost is '1e40': it must be dollars"],
      [{ reportedCost: true }, "reportedCost is true: it must be a text or a number"],
      [{ model: "gpt\u0000" }, "model holds a control character; leave it out"],
      [{ model: "gpt\ud800" }, "model holds a control character; leave it out"],
      [{ tags: { team: "a\nb" } }, "tags.team holds a control character; leave it out"],
      [{ tokens: { imput: 5 } }, "tokens.imput is not a field of this object"],
      [{ tags: { cost_centre: "x" } }, "tags.cost_centre is not a field of this object"],
    ];
    for (const [over, reason] of cases) expect(reasonOf(event(over))).toContain(reason);
    expect(reasonOf("text")).toBe("the event is a text: it must be an object");
    expect(reasonOf(null)).toBe("the event is null: it must be an object");
  });

  it("is refused with content in it, and the content is not repeated", () => {
    for (const field of ["messages", "prompt", "response", "content", "input", "output"]) {
      const reason = reasonOf(event({ [field]: "CANARY" }));
      expect(reason).toContain(`${field} is not taken: aispend keeps no prompts and no answers`);
      expect(reason).not.toContain("CANARY");
    }
    expect(reasonOf(event({ "a whole sentence as a name": 1 }))).toBe(
      "a name of 26 characters is not a field of this object; leave it out or correct its name",
    );
  });
});
