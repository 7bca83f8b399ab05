import { beforeAll, describe, expect, it } from "vitest";
import { reminderAnswer } from "#apps/chat/reviews/review-answer.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { showback } from "#apps/worker/jobs/showback.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { setChannel } from "#core/org/channel.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  NOW,
  personId,
  presser,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { expectGolden } from "#test/golden.ts";

const database = useDatabase();
const answers = new Map<string, Answer>();
let acme: Acme;

const scope = (path: string) => acme.scopes.get(path) ?? -1;

/** What the outbox owes, and forgets it. */
async function owed(): Promise<Answer[]> {
  const { rows } = await database.owner.query<{ body: unknown }>(
    "with gone as (delete from outbox returning *) select body from gone order by id",
  );
  return rows.map(({ body }) => Answer.parse(body));
}

function keep(names: readonly string[], found: readonly Answer[]): void {
  for (const [index, name] of names.entries()) {
    const answer = found[index];
    if (answer === undefined) throw new Error(`no message for ${name}`);
    answers.set(name, answer);
  }
}

async function sendWeekly(): Promise<void> {
  const slot = new Date("2026-11-23T08:00:00Z");
  await transaction(database.pool, (tx) =>
    showback.run({
      pool: database.pool,
      tx,
      orgId: acme.orgId,
      timeZone: "Europe/Berlin",
      scope: String(scope("payments")),
      slot,
      now: slot,
      attempt: 1,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    }),
  );
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  for (const who of ["ada", "grace"]) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${who}`, personId(acme, who)],
    );
  }
  await setChannel(database.pool, {
    orgId: acme.orgId,
    scopeId: scope("payments"),
    kind: "any",
    to: { surface: "slack", destination: "C0PAYMENTS" },
    by: { personId: personId(acme, "grace") },
    now: NOW,
  });
  const ask = asker(brainOf(database.pool), acme);
  await sendWeekly();
  keep(["weekly", "weekly-thread"], await owed());
  answers.set("review", await ask("fin", "review 2026-10"));
  answers.set("board", await ask("fin", "board 2026-Q4"));
  answers.set("chargeback", await ask("fin", "chargeback payments"));
  const reminder = reminderAnswer({ month: "2026-10", said: "October", orgName: "Acme" });
  answers.set("review-reminder", Answer.parse({ ...reminder, audience: { kind: "room" } }));
  answers.set("levers", await ask("ada", "levers payments"));
  const project = scope("payments/checkout-web");
  const agent = scope("payments/checkout-web/checkout-agent");
  const lines = `${scope("payments")}:2026-11-09:2026-11-16`;
  const values = { line: `${project}:${agent}:0`, reason: "the nightly job of search" };
  answers.set(
    "not-ours",
    await presser(brainOf(database.pool), acme)("ada", "not_ours", lines, values),
  );
  keep(["not-ours-card"], await owed());
}, 60_000);

const golden = (name: string, kind: string) => new URL(`golden/${name}.${kind}`, import.meta.url);
const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

const NAMES = [
  "weekly",
  "weekly-thread",
  "levers",
  "not-ours",
  "not-ours-card",
  "review",
  "review-reminder",
  "board",
  "chargeback",
];

describe.each(NAMES)("%s", (name) => {
  it("reads as the golden files say, in Markdown, plain text, Slack and Teams", () => {
    const answer = answers.get(name);
    if (answer === undefined) throw new Error(`${name} was not made`);
    expectGolden(markdown(answer), golden(name, "md"));
    expectGolden(plainText(answer), golden(name, "txt"));
    const slack = renderMessage(answer, { native: true });
    expect(MessageLimits.safeParse(slack).error).toBeUndefined();
    expectGolden(asJson(slack), golden(name, "slack.json"));
    const card = renderAnswer(answer, { origin: undefined, teamsClient: true });
    expectGolden(asJson(card), golden(name, "teams.json"));
  });
});
