import fc from "fast-check";
import { expect, test } from "vitest";
import { Answer, type AnswerInput } from "#core/answers/schema.ts";
import { cardProblems } from "#test/teams/card-problems.ts";
import { expectGolden } from "#test/teams/golden.ts";
import { hostileAnswer } from "#test/teams/hostile-answer.ts";
import { textsOf } from "#test/teams/read-card.ts";
import { request, teamPayments } from "#test/teams/small-brain.ts";
import { cardBytes } from "./card.ts";
import { readPress } from "./card-press.ts";
import { CARD_BYTES_MAX, renderAnswer } from "./render.ts";

const ALONE = { origin: undefined, teamsClient: true };
const FROM_ROOM = { origin: "19:c@thread.tacv2;messageid=1", teamsClient: true };

function answer(more: Partial<AnswerInput> = {}): Answer {
  return Answer.parse({
    command: "team payments",
    title: "payments: $2,914",
    sentence: "payments spent $2,914.",
    audience: { kind: "room" },
    ...more,
  });
}

test("a spend answer is the card of the golden file, and Microsoft's library accepts it", () => {
  const card = renderAnswer(teamPayments({ kind: "person", personId: 1 }), FROM_ROOM);
  expect(cardProblems(card)).toEqual([]);
  expectGolden("team-payments", card);
});

test("a request to decide is the card of the golden file", () => {
  const card = renderAnswer(request({ kind: "room" }), ALONE);
  expect(cardProblems(card)).toEqual([]);
  expectGolden("request", card);
});

test("a forecast with its band, and a plain refusal, are the cards of their golden files", () => {
  const forecast = answer({
    chart: {
      kind: "line",
      title: "Month",
      unit: "USD",
      categories: ["2026-11-01", "2026-11-02", "2026-11-03"],
      series: [{ name: "spend", values: [1, 2.5, null] }],
      band: { name: "likely", low: [1, 2, 3], high: [1, 3, 5] },
      summary: "Likely between $3 and $5.",
    },
  });
  const refused = answer({
    state: "refused",
    title: "No team 'paymets'",
    sentence: "Did you mean?",
  });
  expect(cardProblems(renderAnswer(forecast, ALONE))).toEqual([]);
  expect(cardProblems(renderAnswer(refused, ALONE))).toEqual([]);
  expectGolden("forecast", renderAnswer(forecast, ALONE));
  expectGolden("refused", renderAnswer(refused, ALONE));
});

test("no Answer makes a card that is too large or that Teams would refuse", () => {
  fc.assert(
    fc.property(hostileAnswer, fc.boolean(), (hostile, fromRoom) => {
      const card = renderAnswer(hostile, fromRoom ? FROM_ROOM : ALONE);
      expect(cardProblems(card)).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

test("what is left out to fit is said, the details first", () => {
  const rows = Array.from({ length: 25 }, (_, index) => [`agent ${index}`, "$1"]);
  const large = answer({
    details: Array.from({ length: 60 }, (_, index) => `${index} ${"detail ".repeat(100)}`),
    table: {
      caption: "Agents",
      columns: [{ label: "Agent" }, { label: "Spend", align: "right" }],
      rows,
      omitted: 3,
    },
  });
  const card = renderAnswer(large, ALONE);
  expect(cardBytes(card)).toBeLessThanOrEqual(CARD_BYTES_MAX);
  const texts = textsOf(card);
  expect(texts).toContain("agent 24");
  expect(texts).toContain("and 3 more rows");
  expect(
    texts.filter((line) => /^and \d+ more lines than Teams can show$/.test(line)),
  ).toHaveLength(1);
});

test("names that are Markdown are shown as written: nothing of a card is read as Markdown", () => {
  const name = "**ops** _x_ [pay](https://attacker.example)";
  const card = renderAnswer(answer({ title: name, notes: [name] }), ALONE);
  expect(textsOf(card).filter((line) => line === name)).toHaveLength(2);
  expect(JSON.stringify(card)).not.toMatch(/"type":"(TextBlock|FactSet)"/);
});

test("demonstration data says so", () => {
  const card = renderAnswer(answer({ demonstration: true }), ALONE);
  expect(textsOf(card)).toContain("demonstration data");
});

test("every button carries what it needs, and reads back as it was drawn", () => {
  const card = renderAnswer(
    answer({
      actions: [
        { kind: "ask", label: "Why", command: "why payments" },
        { kind: "share", label: "Share", command: "team payments" },
        { kind: "download", label: "CSV", command: "team payments" },
        { kind: "press", label: "Deny", verb: "key.deny", token: "t1", style: "danger" },
        { kind: "press", label: "Approve", verb: "key.approve", token: "t1", confirm: "Sure?" },
        { kind: "form", label: "Change", form: "budget", token: "b1" },
      ],
    }),
    FROM_ROOM,
  );
  const room = FROM_ROOM.origin;
  const command = "team payments";
  expect(card.actions.map((action) => readPress(action.data)?.press)).toEqual([
    { kind: "ask", command: "why payments", room },
    { kind: "share", command, room },
    { kind: "download", command },
    { kind: "press", verb: "key.deny", token: "t1", command, room },
    {
      kind: "confirm",
      label: "Approve",
      question: "Sure?",
      danger: false,
      verb: "key.approve",
      token: "t1",
      command,
      room,
    },
    { kind: "form", form: "budget", token: "b1", command, room },
  ]);
  expect(card.actions.map((action) => action.style)).toEqual([
    undefined,
    undefined,
    undefined,
    "destructive",
    undefined,
    undefined,
  ]);
});

test("a button whose command is too long to carry whole is not drawn", () => {
  const long = "x".repeat(1_001);
  const actions = [{ kind: "ask" as const, label: "Why", command: long }];
  expect(renderAnswer(answer({ actions }), ALONE).actions).toEqual([]);
});
