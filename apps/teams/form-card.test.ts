import { expect, test } from "vitest";
import type { Form } from "#apps/chat/surface.ts";
import { cardProblems } from "#test/teams/card-problems.ts";
import { expectGolden } from "#test/teams/golden.ts";
import { textsOf } from "#test/teams/read-card.ts";
import { readPress } from "./card-press.ts";
import { formCard } from "./form-card.ts";

const form: Form = {
  title: "A key",
  intro: "For one team and one use.",
  verb: "key.request",
  token: "t1",
  submitLabel: "Ask for it",
  fields: [
    { name: "use", label: "Use", kind: "text", required: true, multiline: true, maxLength: 500 },
    { name: "cap", label: "Cap", kind: "money", required: true, initial: "200", hint: "A month." },
    {
      name: "days",
      label: "Days",
      kind: "number",
      required: false,
      min: 1,
      max: 365,
      initial: "90",
    },
    { name: "from", label: "From", kind: "date", required: false, initial: "2026-11-22" },
    {
      name: "models",
      label: "Models",
      kind: "choice",
      required: true,
      multiple: true,
      options: [
        { value: "haiku", label: "claude-haiku-4-5" },
        { value: "sonnet", label: "claude-sonnet-4-5" },
      ],
    },
  ],
};

test("a form with every kind of field is the card of the golden file", () => {
  const back = { kind: "show", command: "keys" } as const;
  const card = formCard(form, "card", back);
  expect(cardProblems(card)).toEqual([]);
  expectGolden("form", card);
});

test("in a dialog it is submitted, and what comes back are its fields by name", () => {
  const card = formCard(form, "dialog");
  expect(cardProblems(card)).toEqual([]);
  expect(card.actions).toHaveLength(1);
  const [submit] = card.actions;
  expect(submit?.type).toBe("Action.Submit");
  const sent = { ...(submit?.data ?? {}), field_cap: "100", field_days: 30, other: "x" };
  expect(readPress(sent)).toEqual({
    press: { kind: "press", verb: "key.request", token: "t1" },
    values: { cap: "100", days: "30" },
  });
});

test("a list too long for a card is cut, and says so", () => {
  const options = Array.from({ length: 2_000 }, (_, index) => ({
    value: `agent-${index}-${"x".repeat(500)}`,
    label: `agent ${index}`,
  }));
  const long: Form = {
    ...form,
    fields: [{ name: "agent", label: "Agent", kind: "choice", required: true, options }],
  };
  const card = formCard(long, "dialog");
  expect(cardProblems(card)).toEqual([]);
  expect(textsOf(card).some((line) => /^The first \d+ of 2000 are listed\.$/.test(line))).toBe(
    true,
  );
});

test("a secret is hidden while it is typed", () => {
  const secret = { name: "secret", label: "Key", required: true, secret: true, maxLength: 500 };
  const card = formCard({ ...form, fields: [{ kind: "text", ...secret }] }, "dialog");
  expect(card.body).toContainEqual(
    expect.objectContaining({ id: "field_secret", style: "Password", isMultiline: false }),
  );
  expect(cardProblems(card)).toEqual([]);
});
