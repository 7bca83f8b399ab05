import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Form } from "#apps/chat/surface.ts";
import { parsePressed } from "#apps/slack/action-button.ts";
import { answerView, homeView, shareView, workingView } from "#apps/slack/answer-view.ts";
import { MessageLimits, ViewLimits } from "#apps/slack/block-limits.ts";
import { formValues, formView, parseFormMetadata } from "#apps/slack/form-view.ts";
import { renderMessage, renderText } from "#apps/slack/render.ts";
import { askedText, escaped } from "#apps/slack/slack-text.ts";
import { expectGolden } from "#test/golden.ts";
import { arbitraryAnswer, arbitraryForm } from "./arbitrary-answer.ts";
import { hostile, keyRequest, monthly, PERSON, ROOM, refusal, weekly } from "./sample-answers.ts";

const golden = (name: string) => new URL(`golden/${name}.golden`, import.meta.url);
const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

describe("an answer in Slack", () => {
  it.each([
    ["weekly", renderMessage(weekly(PERSON), { native: true })],
    ["weekly-simple", renderMessage(weekly(ROOM), { native: false, sharedBy: "U1" })],
    ["weekly-text", renderText(weekly(ROOM))],
    ["monthly-picture", renderMessage(monthly(ROOM), { native: true, imageFileId: "F1" })],
    ["key-request", renderMessage(keyRequest(PERSON), { native: true })],
    ["refusal", renderMessage(refusal(PERSON), { native: true })],
    ["hostile", renderMessage(hostile(ROOM), { native: true })],
    ["hostile-text", renderText(hostile(ROOM))],
  ])("reads as the golden file says: %s", (name, message) => {
    expect(MessageLimits.safeParse(message).error).toBeUndefined();
    expectGolden(asJson(message), golden(name));
  });

  it("stays within every limit of Block Kit, whatever the answer holds", () => {
    const options = [
      { native: true },
      { native: false },
      { native: true, imageFileId: "F1", sharedBy: "U1", withoutDetails: true },
    ];
    fc.assert(
      fc.property(arbitraryAnswer, (answer) => {
        for (const option of options) {
          expect(MessageLimits.safeParse(renderMessage(answer, option)).error).toBeUndefined();
        }
        expect(MessageLimits.safeParse(renderText(answer)).error).toBeUndefined();
        expect(ViewLimits.safeParse(answerView(answer)).error).toBeUndefined();
        const home = { team: answer, requests: answer, waiting: answer };
        expect(ViewLimits.safeParse(homeView(home)).error).toBeUndefined();
        expect(ViewLimits.safeParse(workingView(answer.title)).error).toBeUndefined();
        expect(ViewLimits.safeParse(shareView(answer.command)).error).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it("notifies nobody by a name: no markup survives in any text", () => {
    const sent = JSON.stringify(renderMessage(hostile(ROOM), { native: false }).text);
    expect(sent).not.toContain("<");
    expect(JSON.stringify(renderText(hostile(ROOM)))).not.toContain("<!");
  });

  it("never shows zero for a day it does not know: such a chart is no block of Slack's", () => {
    const answer = weekly(ROOM);
    const types = (values: (number | null)[]) =>
      renderMessage(
        {
          ...answer,
          chart: {
            kind: "bar",
            title: "t",
            unit: "USD",
            categories: ["a", "b"],
            series: [{ name: "s", values }],
            summary: "s",
          },
        },
        { native: true },
      ).blocks?.map((block) => block.type);
    expect(types([1, 2])).toContain("data_visualization");
    expect(types([1, null])).not.toContain("data_visualization");
    expect(types([1])).not.toContain("data_visualization");
  });

  it("offers no Share in a room", () => {
    const kinds = (answer: ReturnType<typeof weekly>) =>
      JSON.stringify(renderMessage(answer, { native: true }).blocks).match(/"share\.\d+"/g);
    expect(kinds(weekly(PERSON))).toHaveLength(1);
    expect(kinds(weekly(ROOM))).toBeNull();
  });

  it("gives every button back what it was made of", () => {
    const blocks = renderMessage(keyRequest(PERSON), { native: true }).blocks ?? [];
    const pressed = blocks.flatMap((block) =>
      block.type === "actions" && "elements" in block
        ? block.elements.map((one) =>
            one.type === "button" ? parsePressed(one.action_id ?? "", one.value) : undefined,
          )
        : [],
    );
    expect(pressed).toEqual([
      { kind: "press", verb: "key.approve", token: "req_1" },
      { kind: "press", verb: "key.deny", token: "req_1" },
      { kind: "form", form: "key.change", token: "req_1" },
    ]);
  });

  it.each([
    ["press.0", "not json"],
    ["press.0", '["one"]'],
    ["form.0", undefined],
    ["somebody-elses", "x"],
  ])("takes no button of another make: %s %s", (actionId, value) => {
    expect(parsePressed(actionId, value)).toBeUndefined();
  });
});

describe("a form in Slack", () => {
  const form: Form = {
    title: "Ask for a key",
    intro: "For payments.",
    verb: "key.request",
    token: "t1",
    submitLabel: "Ask",
    fields: [
      { name: "use", label: "Use", required: true, kind: "text", maxLength: 200 },
      { name: "cap", label: "Cap a month", required: false, kind: "money", initial: "200" },
      {
        name: "models",
        label: "Models",
        required: true,
        kind: "choice",
        multiple: true,
        options: [
          { value: "a", label: "A" },
          { value: "b", label: "B" },
        ],
        initial: "a,b",
      },
    ],
  };

  it("reads as the golden file says", () => {
    const view = formView(form);
    expect(ViewLimits.safeParse(view).error).toBeUndefined();
    expectGolden(asJson(view), golden("form"));
    expect(parseFormMetadata(view.private_metadata ?? "")).toEqual({
      verb: "key.request",
      token: "t1",
    });
  });

  it("stays within every limit, whatever the form asks", () => {
    fc.assert(
      fc.property(arbitraryForm, (any) => {
        expect(ViewLimits.safeParse(formView(any)).error).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it("gives the values by name, amounts without sign and commas, empty fields not at all", () => {
    const state = {
      "0.use": { text: { type: "plain_text_input", value: " tagging " } },
      "1.cap": { money: { type: "plain_text_input", value: "$1,200.50" } },
      "2.models": { choices: { type: "x", selected_options: [{ value: "a" }, { value: "b" }] } },
      "3.until": { date: { type: "datepicker", selected_date: "2027-01-31" } },
      "4.note": { text: { type: "plain_text_input", value: null } },
      "5.who": { choice: { type: "static_select", selected_option: { value: "7" } } },
    };
    expect(formValues(state)).toEqual({
      ok: true,
      values: { use: "tagging", cap: "1200.50", models: "a,b", until: "2027-01-31", who: "7" },
    });
  });

  it.each(["ten", "-5", "1.2.3", "NaN"])("refuses '%s' as an amount, at its field", (value) => {
    const errors = { "1.cap": "Write an amount in dollars such as 12.50." };
    expect(formValues({ "1.cap": { money: { value } } })).toEqual({ ok: false, errors });
  });
});

describe("text from and for Slack", () => {
  it("is asked as it was meant", () => {
    const text = "<@UBOT> team <#C1|payments> vs <@U2|ana> &amp; <https://x.dev|x> <!here>  now";
    expect(askedText(text, "UBOT")).toBe("team payments vs @ana & x now");
    expect(askedText("who is <@U2>?", "UBOT")).toBe("who is @U2?");
    expect(askedText("<mailto:a@b.dev|a@b.dev>", undefined)).toBe("a@b.dev");
    expect(askedText("x".repeat(40_000), undefined)).toHaveLength(1000);
  });

  it("is never cut inside an entity or a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 2, max: 40 }), (text, max) => {
        const written = escaped(text, max);
        expect(written.length).toBeLessThanOrEqual(max);
        expect(written).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)|\p{Surrogate}/u);
      }),
    );
  });
});
