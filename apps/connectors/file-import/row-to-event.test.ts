import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageEvent } from "#core/ledger/schema.ts";
import { FIELDS } from "./fields.ts";
import { describeMapping, resolveMapping } from "./mapping.ts";
import { rowReader } from "./row-to-event.ts";

const endUserId = (endUser: string) => `hashed:${endUser}`;
const LEDGER_COLUMNS =
  "ts,provider,model,team,project,agent,user,input_tokens,cached_input_tokens,output_tokens," +
  "cost_usd,source";

function read(map: string[], columns: string[], cells: string[]) {
  const mapping = resolveMapping(map, columns);
  return rowReader(mapping, columns, "import:x.csv", endUserId)(cells);
}

describe("the mapping of a file", () => {
  it("goes by the names of columns, and says what it leaves out", () => {
    const mapping = resolveMapping([], LEDGER_COLUMNS.split(","));
    expect(describeMapping(mapping)).toEqual([
      "time = ts",
      "provider = provider",
      "model = model",
      "input_tokens = input_tokens",
      "cached_input_tokens = cached_input_tokens",
      "output_tokens = output_tokens",
      "team = team",
      "project = project",
      "agent = agent",
      "person = user",
      "cost = cost_usd",
    ]);
    expect(mapping.ignored).toEqual(["source"]);
  });

  it("takes other columns, constants and omissions when told to", () => {
    const columns = ["When", "Model Name", "prompt tokens", "user"];
    const map = ["time=When|epoch_s", "provider='openai'", "person=", 'team="x=y"'];
    expect(read(map, columns, ["1763827200", "gpt-4o", "12", "ada"])).toMatchObject({
      state: "event",
      event: {
        occurredAt: "2025-11-22T16:00:00.000Z",
        provider: "openai",
        model: "gpt-4o",
        tokens: { input: 12 },
        tags: { team: "x=y" },
      },
    });
  });

  it("is refused where it names what is not there, or leaves out what is needed", () => {
    const columns = ["ts", "model"];
    expect(() => resolveMapping(["provider=vendor"], columns)).toThrow(/no column 'vendor'/);
    expect(() => resolveMapping(["colour=model"], columns)).toThrow(/'colour' is not a field/);
    expect(() => resolveMapping(["nonsense"], columns)).toThrow(/'nonsense' is not a mapping/);
    expect(() => resolveMapping([], columns)).toThrow(/Nothing is mapped to provider/);
    expect(() => resolveMapping(["model=model|cents"], columns)).toThrow(/is no way to read model/);
  });
});

const VALID: Readonly<Record<string, string>> = {
  time: "2026-07-07T00:00:01Z",
  kind: "call",
  basis: "metered",
  service_tier: "flex",
  status: "ok",
  cost: "0.1",
};

describe("a row of a file", () => {
  const columns = LEDGER_COLUMNS.split(",");
  const cells = [
    "2026-07-07T00:00:01.374Z",
    "anthropic",
    "claude-haiku-4-5",
    "search",
    "search-p1",
    "agent-25",
    "",
    "50",
    "0",
    "3.0",
    "6.5e-05",
    "servegen",
  ];

  it("becomes an event; an empty cell is an absent value", () => {
    const reading = read([], columns, cells);
    expect(reading).toEqual({
      state: "event",
      event: {
        source: "import:x.csv",
        externalId: "",
        occurredAt: "2026-07-07T00:00:01.374Z",
        kind: "call",
        basis: "metered",
        provider: "anthropic",
        model: "claude-haiku-4-5",
        serviceTier: "standard",
        status: "ok",
        requestCount: 1,
        tokens: { input: 50, cacheRead: 0, output: 3 },
        tags: { team: "search", project: "search-p1", agent: "agent-25" },
        reportedCost: "6.5e-05",
        estimated: false,
      },
    });
  });

  it("is refused by field and value", () => {
    const cases: [number, string, string][] = [
      [0, "07/07/2026", "time is '07/07/2026': it must be an instant with its offset"],
      [1, "", "provider is empty"],
      [7, "fifty", "input_tokens is 'fifty': it must be a whole number"],
      [7, "-1", "input_tokens is '-1': it must be a whole number"],
      [7, "1.5", "input_tokens is '1.5'"],
      [7, "99999999999999", "input_tokens is '99999999999999'"],
      [10, "1,5", "cost is a text of 3 characters: it must be dollars"],
      [10, "NaN", "cost is 'NaN'"],
      [3, "x".repeat(257), "team is a text of 257 characters: it must have at most 256"],
      [3, "a\u0000b", "team is a text of 3 characters: it holds a control character"],
    ];
    for (const [index, text, reason] of cases) {
      const reading = read([], columns, cells.with(index, text));
      expect(reading.state === "refused" ? reading.reason : reading).toContain(reason);
    }
  });

  it("reads cents, tokens without cache and buckets of calls", () => {
    const bucket = read(
      ["cost=amount|cents", "input_tokens=uncached|excludes_cache", "requests=n"],
      ["ts", "provider", "model", "uncached", "cache_read_tokens", "n", "amount"],
      ["2026-07-07T00:00:00Z", "anthropic", "claude-haiku-4-5", "100", "900", "12", "123.45"],
    );
    expect(bucket).toMatchObject({
      event: {
        kind: "bucket",
        requestCount: 12,
        tokens: { input: 1000, cacheRead: 900 },
        reportedCost: "12345e-4",
      },
    });
  });

  it("gives only what the schema of events takes too, unchanged", () => {
    const names = Object.keys(FIELDS);
    const map = names.map((name) => `${name}=${name}`);
    const reader = rowReader(resolveMapping(map, names), names, "import:x", endUserId);
    const valid = names.map((name) => VALID[name] ?? (/tokens$|s$|_ms$/.test(name) ? "7" : "name"));
    const text = fc.oneof(
      fc.constantFrom("", "7", "0", "1.0", "batch", "seat", "retry", "billed", "9000000000000"),
      fc.constantFrom("9000000000001", "2000000001", "-1", "correction", "reconciliation", "1e3"),
      fc.string({ maxLength: 300 }),
    );
    const changes = fc.array(fc.tuple(fc.nat(names.length - 1), text), { maxLength: 6 });
    let events = 0;
    fc.assert(
      fc.property(changes, (changed) => {
        const row = changed.reduce((cells, [index, cell]) => cells.with(index, cell), valid);
        const reading = reader(row);
        if (reading.state === "refused") return;
        events += 1;
        const event = { ...reading.event, externalId: reading.event.externalId || "x" };
        expect(UsageEvent.parse(event)).toEqual(event);
      }),
      { numRuns: 1000 },
    );
    expect(events).toBeGreaterThan(100);
  });
});
