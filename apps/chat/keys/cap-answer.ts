import type { Action } from "#core/answers/schema.ts";
import { listCaps } from "#core/budgets/caps.ts";
import { type Budget, BudgetPeriod } from "#core/budgets/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { listRaises } from "#core/keys/lookup.ts";
import { requireMore } from "#core/keys/raise.ts";
import { capApprovers, changeCap } from "#core/keys/scope-cap.ts";
import { saidUsd } from "#core/money.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { type Day, parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { readAmount } from "../budgets/said-amount.ts";
import type { Word } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { type Stopped, stoppedNamed, stoppedOf, targetToken } from "./block-target.ts";
import { loadRefusals, refusedSaid } from "./cap-refusals.ts";
import { confirmRaise } from "./confirm.ts";
import { capSaid, classSaid, raiseSaid } from "./key-words.ts";
import { splitReason } from "./read-key-words.ts";
import { invalid } from "./request-press.ts";
import { owe } from "./tell.ts";
import { oldButton, requirePerson } from "./who.ts";

export interface CapWords {
  readonly verb: "show" | "set" | "raise";
  readonly target: readonly Word[];
  readonly amount: bigint | undefined;
  /** Undefined: as the cap that is there, else a day. */
  readonly period: BudgetPeriod | undefined;
  readonly until: Day | undefined;
  readonly reason: string;
}

const PERIODS: ReadonlyMap<string, BudgetPeriod> = new Map([
  ...BudgetPeriod.options.map((period) => [period, period] as const),
  ["daily", "day"],
  ["weekly", "week"],
  ["monthly", "month"],
]);
const FILLER = new Set(["to", "a", "per", "each", "usd", "dollars"]);

/** "set agent NAME 50 a day", "raise agent NAME 75 today because ...", "agent NAME". */
export function readCapWords(words: readonly Word[], today: Day): CapWords {
  const [first, ...others] = words;
  const verb = first?.lower === "set" || first?.lower === "raise" ? first.lower : "show";
  const { rest, reason = "" } = splitReason(verb === "show" ? words : others);
  const said = rest.filter(({ lower }) => !FILLER.has(lower));
  const at = said.findIndex(
    ({ lower }, index) => index > 0 && readAmount(lower, "usd") !== undefined,
  );
  if (verb === "show" || at < 0) {
    if (verb === "show") {
      return { verb, target: rest, amount: undefined, period: undefined, until: undefined, reason };
    }
    throw invalid("To what?", `Write for example: cap ${verb} agent payments-agent 75 today`);
  }
  let period: BudgetPeriod | undefined;
  let until: Day | undefined;
  for (const { lower, text } of said.slice(at + 1)) {
    const named = PERIODS.get(lower);
    if (named !== undefined) period = named;
    else if (lower === "today") until = today;
    else throw invalid(`'${text}' says nothing about a cap.`, "Write a period, today, or because.");
  }
  const amount = readAmount(said[at]?.lower ?? "", "usd");
  return { verb, target: said.slice(0, at), amount, period, until, reason };
}

async function capsOf(asking: Asking, { target, keys }: Stopped): Promise<Budget[]> {
  const key = keys[0];
  const subject =
    target.kind === "key" && key !== undefined
      ? { kind: "key" as const, id: key.dimensionId }
      : { kind: "scope" as const, id: target.id };
  return listCaps(asking.pool, asking.org.id, subject);
}

function enforcementSaid(cap: Pick<Budget, "enforcement" | "shadowUntil">, now: Date): string {
  if (cap.enforcement !== "hard") return classSaid("soft", "aispend");
  const shadow = cap.shadowUntil !== undefined && cap.shadowUntil > now;
  return shadow
    ? "SHADOW: counts what it would refuse, refuses nothing yet"
    : classSaid("hard", "aispend");
}

async function showCap(asking: Asking, stopped: Stopped): Promise<AnswerBody> {
  const { org, pool, now, today } = asking;
  const caps = await capsOf(asking, stopped);
  const counted = await asking.readCapSpend?.(pool, { orgId: org.id, caps, now });
  const raises = (await listRaises(pool, org.id, now)).filter(
    ({ subject }) => subject.kind === "scope" && subject.id === stopped.target.id,
  );
  const chained = caps.flatMap(({ subject: { kind, id }, ...cap }) =>
    kind === "scope" || kind === "key" ? [{ ...cap, subject: { kind, id } }] : [],
  );
  const refusedBy = await loadRefusals(pool, org.id, chained, today);
  const [first] = caps;
  return {
    command: `cap ${stopped.command}`,
    title: `Cap of ${stopped.said}: ${first === undefined ? "none" : capSaid(first)}`,
    sentence:
      first === undefined
        ? `${stopped.said} has no cap of its own; those of what it lies in hold.`
        : `${stopped.said} may use ${capSaid(first)}, ${enforcementSaid(first, now)}.`,
    facts: [
      ...chained.map((cap) => {
        const used = counted?.get(cap.id);
        const refused = refusedBy(cap);
        const calls = refused === undefined ? "" : `; ${refusedSaid(refused, today)}`;
        const spent = used === undefined ? "" : `; used ${saidUsd(used)} of it`;
        return {
          label: `A ${cap.period}`,
          value: `${capSaid(cap)}, ${enforcementSaid(cap, now)}${spent}${calls}`,
        };
      }),
      ...raises.map((raise) => ({
        label: raise.origin === "raise" ? "Raised" : "Glass broken",
        value: raiseSaid(raise, org.timeZone, today),
      })),
    ],
    source: { basis: "none", note: "the organisation's own figures" },
    actions: [askButton(`audit ${stopped.command}`, "Audit")],
  };
}

function tokenOf(
  stopped: Stopped,
  words: CapWords,
  period: BudgetPeriod,
  askedBy?: number,
): string {
  const parts = [words.amount, period, words.until ?? "", askedBy ?? "", words.reason];
  return `${targetToken(stopped.target)}|${parts.join("|")}`.slice(0, 900);
}

export async function capAnswer(asking: Asking, words: CapWords): Promise<AnswerBody> {
  const stopped = await stoppedNamed(asking, words.target, "cap");
  const { amount, until, reason } = words;
  if (amount === undefined) return showCap(asking, stopped);
  const [key] = stopped.keys;
  if (stopped.target.kind === "key" && key !== undefined) {
    return confirmRaise(asking, key, { amount, until, reason });
  }
  const caps = await capsOf(asking, stopped);
  const cap = caps.find(({ period: one }) => one === words.period) ?? caps[0];
  const period = words.period ?? cap?.period ?? "day";
  if (until !== undefined) requireMore(caps, { amount, period });
  const wanted = capSaid({ amount, period });
  const now = cap === undefined ? "none now" : `${capSaid(cap)} now`;
  const token = tokenOf(stopped, words, period);
  const press: Action = {
    kind: "press",
    label: `Set ${wanted}${until === undefined ? "" : " today"}`.slice(0, 75),
    verb: "cap_change",
    token,
    style: "primary",
  };
  return {
    command: `cap ${stopped.command}`,
    title: `${stopped.said}: ${wanted}${until === undefined ? "" : " today"}?`,
    sentence:
      `The cap of ${stopped.said} would be ${wanted}` +
      `${until === undefined ? "" : " until tonight"} (${now}); ` +
      "nothing is changed until you press.",
    facts: reason === "" ? [] : [{ label: "Reason", value: reason }],
    notes: [
      "Hard at once at an agent; on anything wider it only counts for 7 days what it would refuse.",
    ],
    source: { basis: "none" },
    actions: [press, askButton(`cap ${stopped.command}`, "Leave it")],
  };
}

interface Wish {
  readonly stopped: Stopped;
  readonly amount: bigint;
  readonly period: BudgetPeriod;
  readonly untilDay: Day | undefined;
  readonly askedBy: number | undefined;
  readonly reason: string;
}

async function readWish(asking: Asking, token: string): Promise<Wish> {
  const [target = "", amount = "", typed, until = "", asker = "", ...why] = token.split("|");
  const period = BudgetPeriod.safeParse(typed);
  if (!period.success || !/^\d{1,19}$/.test(amount) || !/^\d{0,9}$/.test(asker)) throw oldButton();
  return {
    stopped: await stoppedOf(asking, target),
    amount: BigInt(amount),
    period: period.data,
    untilDay: until === "" ? undefined : parseDay(until),
    askedBy: asker === "" ? undefined : Number(asker),
    reason: why.join("|"),
  };
}

/** Sets or raises it for who may; for others it is asked of those who may, with the same button. */
export async function pressCap(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const { stopped, ...wish } = await readWish(asking, press.token);
  const by = requirePerson(asking);
  if (wish.untilDay !== undefined && wish.untilDay < asking.today) throw oldButton();
  const wanted = { orgId: org.id, scopeId: stopped.target.id, ...wish, by, now };
  try {
    const outcome = await changeCap(pool, wanted);
    const until = wish.untilDay === undefined ? "from now on" : "until tonight";
    const shadow =
      outcome.state === "set" && outcome.shadowUntil !== undefined
        ? " For 7 days it only counts what it would refuse."
        : "";
    return {
      command: `cap ${stopped.command}`,
      title: `${stopped.said}: ${capSaid(wish)}`,
      sentence: `${stopped.said} may use ${capSaid(wish)} ${until}.${shadow}`,
      source: { basis: "none" },
      actions: [askButton(`cap ${stopped.command}`, "Cap")],
    };
  } catch (error) {
    const mayAsk = wish.askedBy === undefined && error instanceof AispendError;
    if (!mayAsk || error.code !== "not_permitted") throw error;
    return askForCap(asking, stopped, wanted, press.token);
  }
}

async function askForCap(
  asking: Asking,
  stopped: Stopped,
  wish: Parameters<typeof capApprovers>[1],
  token: string,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const approvers = await capApprovers(pool, wish);
  if (approvers.length === 0) {
    throw new Refusal("approver_missing", "Nobody can", "Nobody could approve that cap.", {
      kind: "forbidden",
      help: "Appoint somebody under functions in aispend.yaml.",
    });
  }
  const who = org.personName(wish.by.personId);
  const [target, amount, period, until, , ...why] = token.split("|");
  const asked = [target, amount, period, until, wish.by.personId, ...why].join("|");
  const body: AnswerBody = {
    command: `cap ${stopped.command}`,
    title: `CAP ${stopped.said}: ${who} asks for ${capSaid(wish)}`,
    sentence:
      `${who} asks for a cap of ${capSaid(wish)} for ${stopped.said}: ` +
      `${wish.reason || "no reason given"}.`,
    source: { basis: "none" },
    actions: [
      {
        kind: "press",
        label: `Allow ${capSaid(wish)}`,
        verb: "cap_change",
        token: asked,
        style: "primary",
      },
      askButton(`cap ${stopped.command}`, "Cap"),
    ],
  };
  await transaction(pool, async (tx) => {
    for (const { surface, destination } of await listAddresses(tx, org.id, approvers)) {
      const fact = `cap_asked:${asked}:${asking.today}`.slice(0, 150);
      const at = { surface, destination };
      await owe(tx, { org, now }, { at, body, kind: "cap_request", placement: "post", fact });
    }
  });
  const names = approvers.slice(0, 3).map((id) => org.personName(id));
  return {
    command: `cap ${stopped.command}`,
    title: `CAP ${stopped.said}: asked`,
    sentence: `You may not change that cap; I asked ${names.join(" or ")}.`,
    source: { basis: "none" },
    actions: [askButton(`cap ${stopped.command}`, "Cap")],
  };
}
