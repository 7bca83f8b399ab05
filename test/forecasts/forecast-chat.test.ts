import { beforeAll, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme, privately } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let brain: Brain;
let ask: ReturnType<typeof asker>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  brain = brainOf(database.pool);
  ask = asker(brain, acme);
});

describe("a what-if in chat", () => {
  const BASE = "base calls 1,240,000 tokens 7,010 rate 0.0048";

  it("prints the scenario table of the domain to the cent", async () => {
    const answer = await ask(
      "fin",
      `whatif org ${BASE} then calls +0% or calls +40% or calls +40% tokens 9100 or ` +
        "calls +40% tokens 3900 rate 0.0042",
    );
    expect(answer.table?.rows).toEqual([
      ["today", "1,240,000", "7,010", "$0.0048", "$41,723.52", "0%"],
      ["calls +0%", "1,240,000", "7,010", "$0.0048", "$41,723.52", "0%"],
      ["calls +40%", "1,736,000", "7,010", "$0.0048", "$58,412.93", "+40%"],
      ["calls +40% tokens 9100", "1,736,000", "9,100", "$0.0048", "$75,828.48", "+82%"],
      ["calls +40% tokens 3900 rate 0.0042", "1,736,000", "3,900", "$0.0042", "$28,435.68", "-32%"],
    ]);
    expect(answer.facts).toEqual([
      { label: "Rate used", value: "$0.0048 per 1K tokens, as typed" },
      {
        label: "Addressable swing",
        value: "$47,392.80: calls +40% tokens 9100 less calls +40% tokens 3900 rate 0.0042",
      },
    ]);
    expect(answer.source?.basis).toBe("assumed");
    expect(answer.notes[0]).toMatch(/^Typed figures are used; the ledger's last 30 whole days/);
  });

  it.each([
    ["60", "46.0%"],
    ["85", "23.5%"],
  ])(
    "prints the routing table of the domain: %s%% to the cheap tier costs %s",
    async (share, costs) => {
      const answer = await ask("fin", `whatif org ${BASE} then route ${share}% to budget ratio 10`);
      expect(answer.notes[0]).toContain(`${share}.0% of tokens to budget at $0.00048 per 1K`);
      expect(answer.notes[0]).toContain("price ratio 10 to 1");
      expect(answer.notes[0]).toContain(`the mix costs ${costs} of all on the dearer one`);
    },
  );

  it("starts from the ledger's own drivers, which come to what it spent", async () => {
    const answer = await ask("ada", "whatif payments calls +40%");
    const month = await ask("ada", "team payments 2026-10-23..2026-11-21");
    expect(answer.figures.today).toEqual(month.figures.cost);
    const [today, more] = answer.table?.rows ?? [];
    expect(Number(answer.figures.scenario_1?.amount)).toBeCloseTo(
      Number(answer.figures.today?.amount) * 1.4,
      6,
    );
    expect([today?.[5], more?.[5]]).toEqual(["0%", "+40%"]);
    expect(answer.facts[0]?.value).toMatch(/^\$0\.00\d+ per 1K tokens, measured over the last 30/);
    expect(answer.source?.basis).toBe("metered");
  });

  it("routes to a model at its own price for the same input and output", async () => {
    const answer = await ask("ada", "whatif agent crawler route 100% to claude-haiku-4-5");
    // 3,000 in and 300 out: $0.0045 on haiku, $0.0105 on gpt-4o.
    expect(Number(answer.figures.scenario_1?.amount)).toBeCloseTo(3_000 * 30 * 0.0045, 4);
    expect(Number(answer.figures.today?.amount)).toBeCloseTo(3_000 * 30 * 0.0105, 4);
  });

  it("says the rate of what stays, where the scenario changes it too", async () => {
    const answer = await ask(
      "fin",
      `whatif org ${BASE} then rate 0.0042 route 60% to budget ratio 10`,
    );
    expect(answer.notes[0]).toContain("60.0% of tokens to budget at $0.00042 per 1K");
    expect(answer.notes[0]).toContain("40.0% stay at $0.0042; price ratio 10 to 1");
    expect(answer.table?.rows[1]?.[3]).toBe("$0.001932");
  });

  it("as a form gives the same as the line", async () => {
    const who = privately(acme, "ada");
    const form = await brain.form("whatif", "team payments", who);
    if (!("fields" in form)) throw new Error("a form is expected");
    const values = { calls: "+40%", tokens: "9100", rate: "", share: "60%", model: "gpt-4o" };
    const { verb, token } = form;
    const answer = await brain.press({ ...who, verb, token, values });
    const line = await ask(
      "ada",
      "whatif team payments calls +40% tokens 9100 route 60% to gpt-4o",
    );
    expect(answer.table).toEqual(line.table);
    const empty = await brain.press({ ...who, verb, token, values: {} });
    expect(empty.sentence).toBe("Nothing would change.");
  });

  it.each([
    ["whatif payments calls", "Calls needs a value."],
    ["whatif payments calls many", "'many' is not a number of calls."],
    ["whatif payments route 60% to", "Route needs the model that it goes to."],
    ["whatif payments route 160% to gpt-4o", "A share is from 0 to 100%."],
    ["whatif payments route 60% to nothing-9", "No price is known for 'nothing-9'"],
    ["whatif paymnts calls +40%", "did you mean payments"],
    ["whatif agent search/ranker/triage calls +40%", "has no priced calls"],
  ])("answers '%s' with what would be right", async (text, words) => {
    const answer = await ask("fin", text);
    expect(answer.state).not.toBe("ok");
    expect(answer.sentence).toContain(words);
  });
});

describe("a forecast in chat", () => {
  it("says two figures, its budget and its accuracy; the quantiles are details", async () => {
    const answer = await ask("ada", "forecast payments");
    expect(answer.title).toMatch(
      /^payments, November: likely \$[\d,]+, 1 chance in 10 above \$[\d,]+$/,
    );
    expect(answer.facts.map(({ label }) => label)).toEqual(["So far", "Run rate", "Accuracy"]);
    expect(answer.facts.at(-1)?.value).toBe("not scored yet; the first is when November is over");
    expect(answer.details[0]).toMatch(/^P10 \$[\d,]+, P50 .* P99 \$[\d,]+, from 82 whole days/);
    expect(answer.chart?.band).toBeDefined();
  });

  it("is kept as it was told, once a day", async () => {
    // More than one of a hundred calls there has no price.
    const bound = await ask("ada", "forecast search");
    expect(bound.title).toMatch(
      /^search, November: likely at least \$[\d,]+, at least 1 chance in 10 above \$[\d,]+$/,
    );
    expect(bound.sentence).toMatch(
      /at least \$[\d,]+ in November; there is at least 1 chance in 10/,
    );
    expect(bound.notes[0]).toMatch(/^More than 1% .* the forecast is a lower bound/);
    await ask("fin", "forecast search");
    const { rows } = await database.owner.query(
      `select horizon, as_of, history_days from forecast where org_id = $1 and subject_id = $2`,
      [acme.orgId, acme.scopes.get("search")],
    );
    expect(rows).toEqual([{ horizon: "month", as_of: "2026-11-22", history_days: 82 }]);
  });

  it("of twelve months takes growth, tokens and mix as they are said", async () => {
    const flat = await ask("ada", "forecast payments 12 months");
    const more = await ask("ada", "forecast payments 12 months growth 5% tokens -10% mix -20%");
    expect(more.command).toBe("forecast team payments 12 months growth 5% tokens -10% mix -20%");
    expect(more.facts.find(({ label }) => label === "Assumed")?.value).toBe(
      "calls +5% a month, tokens per call -10%, price by model mix -20%",
    );
    expect(more.sentence).toMatch(
      /^payments will likely spend \S+ from 1 Nov 2026 to 31 Oct 2027;/,
    );
    expect(more.figures.p50).not.toEqual(flat.figures.p50);
    expect((await ask("ada", more.command)).figures).toEqual(more.figures);
    // This month's would be taken for that of the next.
    const next = await ask("ada", "forecast payments next month");
    expect([next.state, next.sentence]).toEqual([
      "wrong_usage",
      "There is no forecast of the next month by itself.",
    ]);
    expect((await ask("ada", "forecast payments next 12 months")).state).toBe("ok");
    const bad = await ask("ada", "forecast payments 12 months growth lots");
    expect(bad.sentence).toBe("Growth needs a percentage.");
    const quarter = await ask("ada", "forecast payments quarter");
    expect(quarter.title).toMatch(/^payments, Q4 2026: likely/);
  });

  it("of an agent shows its spread, and none over fewer than five people", async () => {
    const answer = await ask("ada", "forecast agent checkout-agent");
    expect(answer.details.slice(1)).toEqual([
      "How spend was spread in October: budget at P90, a hard ceiling near P99.",
      "Per user: not shown for under 5 people.",
      expect.stringMatching(/^Per workflow: one makes all of it, \$/),
    ]);
  });

  it("says when the records stop, and so does the budget: silence is not $0", async () => {
    const later = new Date("2026-12-01T08:00:00Z");
    const askLater = asker(brainOf(database.pool, { clock: () => later }), acme);
    await database.owner.query(
      `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
         state, origin, reason, valid_from, created_at)
       values ($1, 'scope', $2, 'budget', 'month', 'usd', 9000000000000, '{100}', 'live', 'chat',
         'test', '2026-11-01', $3)`,
      [acme.orgId, acme.scopes.get("payments"), later],
    );
    const silent = /^Nothing was recorded since 22 Nov 15:30: /;
    for (const text of ["forecast payments", "budget payments"]) {
      expect((await askLater("ada", text)).notes[0], text).toMatch(silent);
      expect((await ask("ada", text)).notes.join(), text).not.toMatch(/recorded since/);
    }
    await database.owner.query("delete from budget where org_id = $1", [acme.orgId]);
  });

  it("without history says so", async () => {
    const answer = await ask("ada", "forecast agent search/ranker/triage");
    expect(answer.sentence).toContain("has no whole day of spend");
  });
});
