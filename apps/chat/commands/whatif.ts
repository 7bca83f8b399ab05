import type { Action } from "#core/answers/schema.ts";
import { AispendError } from "#core/errors.ts";
import {
  type Drivers,
  projectedCost,
  type Route,
  type Scenario,
  scenarioTable,
  unroutedRate,
} from "#core/forecasts/scenario.ts";
import { formatUsd } from "#core/money.ts";
import { divide } from "#core/pricing/fraction.ts";
import type { Asking } from "../asking.ts";
import { settleBudgetSubject } from "../budgets/budget-subject.ts";
import type { Command } from "../command.ts";
import { whatIfAnswer } from "../forecasts/whatif-answer.ts";
import {
  MEASURED_DAYS,
  type Measured,
  measureDrivers,
  modelRate,
} from "../forecasts/whatif-drivers.ts";
import {
  type BaseWords,
  type RouteWords,
  readWhatIf,
  type ScenarioWords,
  type WhatIfWords,
} from "../forecasts/whatif-words.ts";
import { wordsOf } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidCounted } from "../said/said-count.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";

/** The ledger wins where both exist: what was typed is used for what it does not have, and said. */
function driversOf(measured: Measured | undefined, base: BaseWords): Drivers | undefined {
  const calls = base.calls ?? measured?.drivers.calls;
  const tokensPerCall = base.tokens ?? measured?.drivers.tokensPerCall;
  const rate = base.rate ?? measured?.drivers.rate;
  if (calls === undefined || tokensPerCall === undefined || rate === undefined) return undefined;
  return { calls, tokensPerCall, rate };
}

function isTyped({ calls, tokens, rate }: BaseWords): boolean {
  return calls !== undefined || tokens !== undefined || rate !== undefined;
}

async function routeOf(
  asking: Asking,
  words: RouteWords,
  rate: Drivers["rate"],
  measured: Measured | undefined,
): Promise<Route> {
  const { share, model, ratio } = words;
  if (words.rate !== undefined) return { share, model, rate: words.rate };
  if (ratio !== undefined) return { share, model, rate: divide(rate, ratio) };
  return { share, model, rate: await modelRate(asking, model, measured) };
}

async function scenarioOf(
  asking: Asking,
  { route, ...words }: ScenarioWords,
  base: Drivers,
  measured: Measured | undefined,
): Promise<Scenario> {
  if (route === undefined) return words;
  return { ...words, route: await routeOf(asking, route, unroutedRate(base, words), measured) };
}

function noDrivers(said: string): Refusal {
  return new Refusal(
    "drivers_missing",
    `${said}: nothing to start from`,
    `${said} has no priced calls in the last ${MEASURED_DAYS} whole days to start from.`,
    {
      kind: "unprocessable",
      help:
        "Say where to start: " +
        "whatif org base calls 1240000 tokens 7010 rate 0.0048 then calls +40%",
    },
  );
}

function notesOf(measured: Measured | undefined, words: WhatIfWords): string[] {
  const found: string[] = [];
  if (measured !== undefined && isTyped(words.base)) {
    const { drivers } = measured;
    found.push(
      `Typed figures are used; the ledger's last ${MEASURED_DAYS} whole days come to ` +
        `${formatUsd(projectedCost(drivers))}.`,
    );
  }
  if (measured !== undefined && measured.unpricedCalls > 0n) {
    const calls = saidCounted(measured.unpricedCalls, "call");
    found.push(`${calls} without a known price are left out.`);
  }
  return found;
}

async function run(asking: Asking, words: WhatIfWords): Promise<AnswerBody> {
  const { subject } = await settleBudgetSubject(asking, words.subject, "whatif");
  const measured = await measureDrivers(asking, subject.filter);
  const base = driversOf(measured, words.base);
  if (base === undefined) throw noDrivers(subject.said);
  const scenarios: Scenario[] = [];
  for (const one of words.scenarios) {
    scenarios.push(await scenarioOf(asking, one, base, measured));
  }
  const command = `whatif ${subject.command}${words.typed === "" ? "" : ` ${words.typed}`}`;
  const share: Action[] =
    asking.audience.kind === "person" ? [{ kind: "share", label: "Share", command }] : [];
  const typed = isTyped(words.base);
  return whatIfAnswer({
    said: subject.said,
    command,
    base,
    basis: typed ? "assumed" : "metered",
    baseSaid: typed ? "as typed" : `measured over the last ${MEASURED_DAYS} whole days`,
    table: scenarioTable(base, scenarios),
    routes: new Map(
      scenarios.flatMap(({ name, route }) => (route === undefined ? [] : [[name, route] as const])),
    ),
    notes: notesOf(measured, words),
    actions: [
      { kind: "form", label: "Change...", form: "whatif", token: subject.command },
      askButton(`forecast ${subject.command}`, "Forecast"),
      ...share,
    ],
  });
}

function changeField(name: string, label: string, hint: string) {
  return { kind: "text" as const, name, label, hint, required: false, maxLength: 20 };
}

function formOf(token: string): Form {
  return {
    title: "What if",
    intro: `What ${token} would cost a month. Leave empty what stays as it is.`,
    verb: "whatif",
    token,
    submitLabel: "Calculate",
    fields: [
      changeField("calls", "Calls", "+40%, or a number a month"),
      changeField("tokens", "Tokens per call", "9100, or -20%"),
      changeField("rate", "Dollars per 1,000 tokens", "0.0042, or -10%"),
      changeField("share", "Share of tokens to route", "60%"),
      { ...changeField("model", "To model", "claude-haiku-4-5"), maxLength: 80 },
    ],
  };
}

/** The form says the same as a line would, and is read as that line. */
function pressed(asking: Asking, { token, values }: Press): Promise<AnswerBody> {
  const field = (name: string) => (values[name] ?? "").trim();
  const line = [
    token,
    ...["calls", "tokens", "rate"].flatMap((name) =>
      field(name) === "" ? [] : [`${name} ${field(name)}`],
    ),
    ...(field("share") === "" ? [] : [`route ${field("share")} to ${field("model")}`]),
  ].join(" ");
  const words = readWhatIf(wordsOf(line), asking.today);
  if (words.scenarios.length > 0) return run(asking, words);
  throw new AispendError("whatif_invalid", "nothing would change", {
    help: "Fill at least one of the fields, for example calls +40%.",
  });
}

export const whatif: Command<WhatIfWords> = {
  name: "whatif",
  usage: "whatif [NAME] calls +40% tokens 9100",
  summary: "What a month would cost otherwise.",
  examples: [
    ["whatif payments calls +40% tokens 9100", "More calls, longer ones."],
    ["whatif payments route 60% to claude-haiku-4-5", "Part of it on another model."],
    ["whatif payments calls +40% or calls +40% tokens 3900 rate 0.0042", "Several, side by side."],
    [
      "whatif payments base calls 1240000 tokens 7010 rate 0.0048 then calls +40%",
      "From figures of your own.",
    ],
  ],
  parse: (words, { today }) => readWhatIf(words, today),
  run,
  presses: { whatif: pressed },
  forms: { whatif: async (_asking, token) => formOf(token) },
};
