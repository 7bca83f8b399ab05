import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain, Form } from "#apps/chat/surface.ts";
import type { Answer } from "#core/answers/schema.ts";
import { readCapSpend } from "#core/enforcement/cap-spend.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  personId,
  presser,
  privately,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let brain: Brain;
let pressAs: ReturnType<typeof presser>;
let ask: ReturnType<typeof asker>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  const other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  await fillAcme(database.pool, other);
  brain = brainOf(database.pool);
  pressAs = presser(brain, acme);
  ask = asker(brain, acme);
});
beforeEach(async () => {
  await database.owner.query("delete from budget");
  await database.owner.query("delete from plan_figure");
  await database.owner.query("delete from outbox");
});

function action(answer: Answer, label: string) {
  const found = answer.actions.find((one) => one.label.startsWith(label));
  if (found === undefined) throw new Error(`no '${label}' among ${JSON.stringify(answer.actions)}`);
  return found;
}

async function press(who: string, answer: Answer, label: string): Promise<Answer> {
  const pressed = action(answer, label);
  if (pressed.kind !== "press") throw new Error(`'${label}' is no press`);
  return pressAs(who, pressed.verb, pressed.token);
}

async function openForm(who: string, answer: Answer, label: string): Promise<Form> {
  const opened = action(answer, label);
  if (opened.kind !== "form") throw new Error(`'${label}' is no form`);
  const form = await brain.form(opened.form, opened.token, privately(acme, who));
  if (!("fields" in form)) throw new Error(form.sentence);
  return form;
}

async function set(who: string, text: string): Promise<Answer> {
  return press(who, await ask(who, `budget set ${text}`), "Set");
}

describe("a budget in chat", () => {
  it("where there is none says what its days suggest, and offers the form", async () => {
    const answer = await ask("ada", "budget payments");
    expect(answer.title).toBe("payments: no budget");
    expect(answer.sentence).toMatch(/^payments has no budget; its last 60 days suggest \$\d/);
    const labels = (of: Answer) => of.actions.map(({ label }) => label);
    expect(labels(await ask("fin", "budget payments"))).toContain("Set budget...");
    // Who may not set it is told who may, and is offered nothing that would be refused.
    expect(labels(answer)).not.toContain("Set budget...");
    expect(answer.notes).toEqual(["Fin Okafor may set it."]);
    const suggested = await ask("ada", "budget suggest payments");
    expect(labels(suggested).filter((one) => one.startsWith("Set"))).toEqual([]);
    expect(suggested.notes).toEqual(["Fin Okafor may set it."]);
    const room = { kind: "room" as const, name: "payments" };
    expect(labels(await ask("ada", "budget payments", room))).toContain("Set budget...");
  });

  it("is set by one line and a press, and then shows where it stands", async () => {
    const preview = await ask("fin", "budget set payments to $6,000 a month because October");
    expect(preview.sentence).toBe(
      "The budget of payments would be $6,000 a month (none now); " +
        "nothing is set until you confirm.",
    );
    expect((await ask("fin", "budget payments")).title).toBe("payments: no budget");
    const done = await press("fin", preview, "Set $6,000 a month");
    expect(done.sentence).toBe("The budget of payments is $6,000 a month from now on.");
    const shown = await ask("ada", "budget payments");
    expect(shown.title).toMatch(/^payments, November: \$\d,\d{3} of \$6,000 \(\d+%\)$/);
    expect(shown.sentence).toMatch(
      /^payments has used \$[\d,]+ of \$6,000 \(\d+%\), 70% of November gone; likely \$/,
    );
    expect(shown.sentence).toMatch(/likely \$[\d,]+; 1 chance in 10 above \$[\d,]+\.$/);
    expect(shown.facts.map(({ label }) => label)).toEqual([
      "Headroom",
      "Exhaustion",
      "Alerts",
      "Set",
    ]);
    expect(shown.facts.at(-1)?.value).toBe("by Fin Okafor on 22 Nov: October");
    expect(shown.chart?.band).toBeDefined();
    expect(shown.source?.asOfSaid).toBeDefined();
  });

  it("of which calls have no price has used at least what is known", async () => {
    await set("fin", "search 3000 because October");
    const shown = await ask("fin", "budget search");
    expect(shown.title).toMatch(/^search, November: at least \$[\d,]+ of \$3,000 \(\d+%\)$/);
    expect(shown.sentence).toMatch(/; likely at least \$[\d,]+; at least 1 chance in 10 above/);
    expect(shown.notes).toContain(
      "More than 1% of the calls have no price, so what is used is a lower bound. To see which: " +
        "team search by model",
    );
    const spend = await ask("fin", "team search this month");
    const value = (label: string) => spend.facts.find((one) => one.label === label)?.value;
    expect(value("Likely month end")).toMatch(/^at least \$[\d,]+; at least 1 chance in 10 above/);
    expect(value("Budget")).toMatch(/^at least \$[\d,]+ of \$3,000/);
  });

  it("counts exactly what the ledger has", async () => {
    await set("fin", "payments 6000 because October");
    const shown = await ask("fin", "budget payments");
    const spend = await ask("fin", "team payments this month");
    expect(shown.figures.spent).toEqual(spend.figures.cost);
  });

  it("is set by the form: its fields, its press, and what it refuses", async () => {
    const form = await openForm("fin", await ask("fin", "budget suggest payments"), "Set $");
    const amount = form.fields.find(({ name }) => name === "amount")?.initial ?? "";
    expect(Number(amount)).toBeGreaterThan(1_000);
    const values = { amount, period: "month", unit: "usd", alerts: "60, 90", reason: "suggested" };
    const done = await pressAs("fin", form.verb, form.token, values);
    expect(done.facts[0]?.value).toBe("at 60%, 90%");
    for (const [bad, sentence] of [
      [{ amount: "lots" }, "'lots' is not an amount."],
      [{ alerts: "half" }, "'half' are no percentages."],
      [{ alerts: "90 60" }, "Alerts are percentages from 1 to 1000, ascending."],
      [{ reason: "" }, "A budget needs a reason of 1 to 500 characters."],
      [{ period: "decade" }, "The period or the unit is none."],
    ] as const) {
      const refused = await pressAs("fin", form.verb, form.token, { ...values, ...bad });
      expect([refused.state, refused.sentence]).toEqual(["wrong_usage", sentence]);
    }
  });

  it("without an amount is a form at once, where the surface can open one", async () => {
    expect(brain.opens("budget set payments 12000")).toBeUndefined();
    expect(brain.opens("budget payments")).toBeUndefined();
    const opener = brain.opens("budget set payments");
    const asked = privately(acme, "fin");
    const form = await brain.form(opener?.form ?? "", opener?.token ?? "", asked);
    expect(form).toMatchObject({ title: "Budget of payments", verb: "budget_set" });
    const nobody = brain.opens("budget set paymets");
    const refused = await brain.form(nobody?.form ?? "", nobody?.token ?? "", asked);
    expect(refused).toMatchObject({ state: "not_found" });
  });

  it("pressed twice is set once; by who may not, it is refused with who may", async () => {
    const preview = await ask("fin", "budget set payments 6000 because October");
    await press("fin", preview, "Set");
    const again = await press("fin", preview, "Set");
    expect(again.title).toBe("payments: $6,000 a month, unchanged");
    const { rows } = await database.owner.query("select 1 from budget where org_id = $1", [
      acme.orgId,
    ]);
    expect(rows).toHaveLength(1);
    const fresh = await ask("fin", "budget set payments 9000 because me");
    const refused = await press("u1", fresh, "Set");
    const asked = await ask("u1", "budget set payments 9000 because me");
    for (const { state, sentence } of [refused, asked]) {
      expect([state, sentence]).toEqual(["refused", "You may not set the budget of payments."]);
    }
    expect(asked.notes).toEqual([
      "Fin Okafor may, with: budget set team payments 9000 a month because me",
    ]);
    expect(asked.actions).toMatchObject([{ kind: "ask", command: "owners team payments" }]);
  });

  it("opens no form for who may not set it, and offers neither plan, limit nor warning", async () => {
    const form = await brain.form("budget_set_named", "payments", privately(acme, "u1"));
    expect(form).toMatchObject({ state: "refused" });
    const plan = await ask("ada", "budget plan payments 2027 144000 because annual");
    expect([plan.sentence, plan.notes]).toEqual([
      "You may not set the plan of payments.",
      ["Fin Okafor may, with: budget plan team payments 2027 144000"],
    ]);
    const limit = await ask("fin", "budget limit 5000");
    expect(limit.notes).toEqual(["Gov Ito may, with: budget limit 5000"]);
    expect((await ask("ada", "budget warn 9")).notes).toEqual([
      "Fin Okafor may, with: budget warn 9",
    ]);
  });

  it("is told at other percentages without setting its amount anew, with a reason, audited", async () => {
    expect((await ask("fin", "budget alerts payments")).title).toBe("payments: no budget");
    await set("fin", "payments 6000 because October");
    const shown = await ask("ada", "budget alerts payments");
    expect(shown.title).toBe("payments: told at 50%, 80%, 100%");
    const preview = await ask("fin", "budget alerts payments 60% 90 because fewer messages");
    expect(preview.sentence).toBe(
      "Of the budget of payments it would be told at 60%, 90%; nothing is set until you confirm.",
    );
    expect((await press("u1", preview, "Alerts")).state).toBe("refused");
    const both = await Promise.all([1, 2].map(() => press("fin", preview, "Alerts")));
    const ends = both.map(({ sentence }) => sentence.split("90% ")[1]).sort();
    expect(ends).toEqual(["already.", "from now on."]);
    const { rows } = await database.owner.query(
      `select before::jsonb -> 'thresholds' as before, after::jsonb -> 'thresholds' as after, reason
       from audit_entry where org_id = $1 and action = 'budget.set'
       order by position desc limit 1`,
      [acme.orgId],
    );
    expect(rows).toEqual([{ before: [50, 80, 100], after: [60, 90], reason: "fewer messages" }]);
    expect((await ask("ada", "budget payments")).title).toContain("of $6,000");
    // The amount was set anew since: the button is of another version.
    const stale = await ask("fin", "budget alerts payments 40 because more");
    const form = await openForm("fin", stale, "Alerts").catch(() => undefined);
    expect(form).toBeUndefined();
    await set("fin", "payments 7000 because November");
    const late = await press("fin", stale, "Alerts");
    expect(late.sentence).toBe("The budget was set to $7,000 since.");
  });

  it("asks in a form why it is told at other percentages, and refuses what are none", async () => {
    await set("fin", "payments 6000 because October");
    const form = await openForm("fin", await ask("fin", "budget alerts payments 60 90"), "Alerts");
    expect(form.fields.map(({ name, initial }) => [name, initial])).toEqual([
      ["alerts", "60 90"],
      ["reason", undefined],
    ]);
    const send = (values: Record<string, string>) =>
      pressAs("fin", form.verb, form.token, { alerts: "60 90", reason: "why not", ...values });
    expect((await send({ alerts: "half" })).sentence).toBe("'half' are no percentages.");
    expect((await send({ alerts: "90 60" })).sentence).toContain("ascending");
    expect((await send({ reason: "" })).sentence).toContain("needs a reason");
    expect((await send({})).title).toBe("payments: told at 60%, 90%");
    const unknown = await ask("fin", "budget alerts payments 60 perhaps");
    expect(unknown.state).toBe("wrong_usage");
  });

  it("is split by the owner, and the parts stand under it", async () => {
    await set("fin", "payments 6000 because October");
    const part = await set("ada", "project disputes 2500 because split");
    expect(part.facts.at(-1)).toEqual({ label: "Left to split", value: "$3,500" });
    const preview = await ask("ada", "budget set agent checkout-agent 3000 because split");
    expect(preview.facts.at(-1)).toEqual({ label: "Left to split", value: "$500 after it" });
    // What a press would refuse has no button.
    const over = await ask("ada", "budget set agent checkout-agent 4000 because split");
    expect(over.sentence).toBe(
      "$4,000 is more than the $3,500 that is left to split of the $6,000 of payments.",
    );
    const shown = await ask("ada", "budget payments");
    expect(shown.table?.caption).toBe("Split from it");
    expect(shown.table?.rows[0]?.slice(0, 2)).toEqual(["disputes", "$2,500"]);
  });

  it("that is large waits for a second approver, who is told and presses", async () => {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', 'U-gov', $2, 'operator', now())`,
      [acme.orgId, personId(acme, "gov")],
    );
    const asked = await ask("fin", "budget set payments 60000 because growth");
    expect(asked.facts.at(-1)).toEqual({
      label: "Second approver",
      value: "Gov Ito, as it is so large",
    });
    expect((await ask("fin", "budget set payments 0 because x")).sentence).toBe(
      "A budget is an amount above 0, up to $9 billion.",
    );
    const waiting = await press("fin", asked, "Set");
    expect(waiting.title).toBe("payments: $60,000 a month waits for a second approver");
    const { rows } = await database.owner.query<{ body: Answer; destination: string }>(
      "select body, destination from outbox where org_id = $1",
      [acme.orgId],
    );
    const [message] = rows;
    if (message === undefined) throw new Error("nobody was told");
    expect(message.destination).toBe(`person:${personId(acme, "gov")}`);
    expect((await press("fin", message.body, "Approve")).state).toBe("refused");
    const [first, second] = await Promise.all([
      press("gov", message.body, "Approve"),
      press("gov", message.body, "Decline"),
    ]);
    const sentences = [first.sentence, second.sentence];
    expect(sentences.filter((one) => one.endsWith("Your press changed nothing."))).toHaveLength(1);
  });

  it("waits where its second approver looks, message or not", async () => {
    await set("fin", "payments 60000 because growth");
    const homeOf = (who: string) => brain.home(privately(acme, who));
    const { waiting } = await homeOf("gov");
    expect(waiting.title).toBe("Waiting for me: 1 budget");
    expect(waiting.actions).toMatchObject([{ command: "budget team payments" }]);
    expect((await homeOf("fin")).waiting.title).not.toContain("budget");
    const buttons = async (who: string) =>
      (await ask(who, "budget payments")).actions.map(({ label }) => label);
    expect(await buttons("fin")).not.toContain("Approve");
    expect(await buttons("gov")).toContain("Decline");
    const approved = await press("gov", await ask("gov", "budget payments"), "Approve");
    expect(approved.title).toBe("payments: $60,000 a month approved");
    expect(await buttons("gov")).not.toContain("Approve");
  });

  it("needs a second approver above a limit that whoever approves sets", async () => {
    expect((await ask("fin", "budget limit")).sentence).toBe(
      "A budget above $50,000 a month needs a second approver.",
    );
    const preview = await ask("gov", "budget limit 5000");
    expect((await press("fin", preview, "Set it")).state).toBe("refused");
    expect((await press("gov", preview, "Set it")).sentence).toContain("above $5,000 a month");
    expect((await set("fin", "payments 6000 because x")).title).toContain("waits for a second");
    await press("gov", await ask("gov", "budget limit none"), "Set it");
    expect((await set("fin", "search 90000 because x")).title).toBe("search: $90,000 a month");
    await database.owner.query("delete from budget_policy");
  });

  it("warns as many days ahead as whoever sets the AI budget says", async () => {
    const asked = await ask("fin", "budget warn 9");
    expect((await press("ada", asked, "Set it")).state).toBe("refused");
    await press("fin", asked, "Set it");
    expect((await ask("sam", "budget warn")).sentence).toBe(
      "It is warned 9 days before a budget will be used up.",
    );
    expect((await ask("fin", "budget warn soon")).state).toBe("wrong_usage");
    expect((await pressAs("fin", "budget_warn", "0")).sentence).toMatch(/0 is no number of days/);
  });

  it("shows caps beside it: counted where a gateway counts, without a figure elsewhere", async () => {
    await database.owner.query(
      `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount,
         enforcement, thresholds, state, origin, reason, valid_from, created_at)
       values ($1, 'scope', $2, 'cap', 'day', 'usd', 50000000000, 'hard', '{80,95}', 'live', 'file',
         'a test', '2026-11-01', now())`,
      [acme.orgId, acme.scopes.get("payments")],
    );
    const alone = await ask("ada", "budget payments");
    expect(alone.notes[0]).toBe("Hard cap a day: $50.00, not counted.");
    await press("fin", await ask("fin", "budget set payments 12000 because a test"), "Set $12,000");
    expect((await ask("ada", "budget payments")).table?.rows).toEqual([
      ["hard cap a day", "$50.00", "not counted", "-"],
    ]);
    const counting = asker(brainOf(database.pool, { readCapSpend }), acme);
    const silent = await counting("ada", "budget payments");
    expect(silent.table?.rows[0]?.[2]).toBe("not counted");
    await database.owner.query(
      `insert into cap_counter (org_id, subject_kind, subject_id, period, period_start, settled,
         held, unconfirmed)
       values ($1, 'scope', $2, 'day', '2026-11-22', 40000000000, 9000000000, 1000000000),
         ($1, 'scope', $2, 'day', '2026-11-21', 50000000000, 0, 0)`,
      [acme.orgId, acme.scopes.get("payments")],
    );
    const counted = await counting("ada", "budget payments");
    expect(counted.table?.rows).toEqual([["hard cap a day", "$50.00", "82%", "-"]]);
  });

  it("can be in tokens, for a workflow, and for a quarter", async () => {
    const tokens = await set("fin", "payments 2000m tokens a month because capacity");
    expect(tokens.title).toBe("payments: 2B tokens a month");
    const workflow = await set("fin", "workflow refunds 9000 a quarter because unit cost");
    expect(workflow.title).toBe("refunds: $9,000 a quarter");
    const shown = await ask("fin", "budget workflow refunds");
    expect(shown.title).toMatch(/^refunds, Q4 2026: \$[\d,]+ of \$9,000/);
    const model = await ask("fin", "budget model gpt-4o");
    expect(model.title).toBe("Not kept for that");
  });

  it("suggests 110 to 120% of what 60 days cost, shown with them", async () => {
    const answer = await ask("ada", "budget suggest payments");
    const nano = (name: string) => Number(answer.figures[name]?.amount);
    expect(nano("low")).toBeCloseTo(nano("baseline") * 1.1, 4);
    expect(nano("high")).toBeCloseTo(nano("baseline") * 1.2, 4);
    expect(answer.facts[0]?.value).toMatch(/^\$[\d,]+ in 60 days, 23 Sep-21 Nov$/);
    const young = await ask("ada", "budget suggest agent search/ranker/triage");
    expect(young.state).toBe("wrong_usage");
  });

  it("has a history with who, when and why", async () => {
    await set("fin", "payments 6000 because October");
    await set("fin", "payments 7000 because growth");
    const answer = await ask("ada", "budget history payments");
    expect(answer.table?.rows.map((row) => [row[1], row[2], row[4]])).toEqual([
      ["$7,000 a month", "in force", "growth"],
      ["$6,000 a month", "replaced", "October"],
    ]);
  });

  it("compares the annual plan with what was spent", async () => {
    const preview = await ask("fin", "budget plan payments 2026 36500 because board");
    const shown = await press("fin", preview, "Set the plan of 2026");
    expect(shown.title).toBe("payments: $36,500 planned, 2026");
    const october = shown.table?.rows[9];
    expect(october?.slice(0, 2)).toEqual(["October", "$3,100"]);
    const actual = await ask("fin", "team payments october");
    expect(october?.[2]).toBe(
      `$${Math.round(Number(actual.figures.cost?.amount)).toLocaleString("en-US")}`,
    );
    expect(shown.table?.rows[10]?.[3]).toBe("-");
    expect((await press("ada", preview, "Set the plan of 2026")).state).toBe("refused");
  });

  it.each([
    ["budget set payments 12000 fortnightly", "says nothing about a budget"],
    ["budget set payments -5", "'-5' says nothing about a budget"],
    ["budget plan payments 2026 1 2 3", "one amount for the year or 12"],
    ["budget paymnts", "did you mean payments"],
  ])("answers '%s' with what would be right", async (text, words) => {
    expect((await ask("fin", text)).sentence).toContain(words);
  });

  it.each(["budget_set", "budget_approve", "budget_limit", "budget_alerts", "plan_set"])(
    "answers a broken token of %s as a button that no longer works",
    async (verb) => {
      for (const token of ["", "x", "scope:1|x", "scope:0|||month|usd|1|a,b|x", "1|2|3|4"]) {
        const answer = await pressAs("fin", verb, token);
        expect(answer.state, token).not.toBe("ok");
      }
    },
  );
});

describe("an answer about this month's spend", () => {
  it("says the budget and where the month will likely end, as the budget itself does", async () => {
    await set("fin", "payments 6000 because October");
    const spend = await ask("ada", "team payments");
    const shown = await ask("ada", "budget payments");
    const fact = (label: string) => spend.facts.find((one) => one.label === label)?.value;
    expect(fact("Budget")).toMatch(/^\$[\d,]+ of \$6,000 \(\d+%\), 70% of November gone$/);
    expect(shown.sentence).toContain(`likely ${fact("Likely month end")}`);
    const others = await ask("ada", "team payments october");
    expect(others.facts.map(({ label }) => label)).not.toContain("Budget");
    expect((await ask("ada", "top team")).facts.map(({ label }) => label)).not.toContain(
      "Likely month end",
    );
  });
});
