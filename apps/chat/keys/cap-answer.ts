import type { Action } from "#core/answers/schema.ts";
import { listCaps } from "#core/budgets/caps.ts";
import { type Budget, BudgetPeriod } from "#core/budgets/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { heldAt } from "#core/keys/key-gateway.ts";
import { listRaises } from "#core/keys/lookup.ts";
import { requireMore } from "#core/keys/raise.ts";
import { OWN_GATEWAY } from "#core/keys/schema.ts";
import { capApprovers, changeCap } from "#core/keys/scope-cap.ts";
import { saidUsd } from "#core/money.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { type Day, parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { allOf } from "../said/said-names.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { type Stopped, stoppedNamed, stoppedOf, targetToken } from "./block-target.ts";
import { loadRefusals, refusedSaid } from "./cap-refusals.ts";
import { confirmRaise } from "./confirm.ts";
import { capSaid, classSaid, heldSaid, raiseSaid } from "./key-words.ts";
import type { CapWords } from "./read-cap-words.ts";
import { owe } from "./tell.ts";
import { oldButton, requireKeyPerson } from "./who.ts";

const WIDER_SHADOWS =
  "Hard at once at an agent; on anything wider it only counts for 7 days what it would refuse.";

export async function capsOf(asking: Asking, { target, keys }: Stopped): Promise<Budget[]> {
  const key = keys[0];
  const subject =
    target.kind === "key" && key !== undefined
      ? { kind: "key" as const, id: key.dimensionId }
      : { kind: "scope" as const, id: target.id };
  return listCaps(asking.pool, asking.org.id, subject);
}

function enforcementSaid(cap: Capped, now: Date): string {
  if (cap.enforcement !== "hard") return classSaid("soft", "aispend");
  const shadow = cap.shadowUntil !== undefined && cap.shadowUntil > now;
  return shadow
    ? "SHADOW: counts what it would refuse, refuses nothing yet"
    : classSaid("hard", "aispend");
}

type Capped = Pick<Budget, "enforcement" | "shadowUntil">;

/** How firmly caps of it are held: of a key where it lives, of a scope by aispend's own gateway. */
export async function enforcedBy(
  { org, pool, now }: Asking,
  { target, keys }: Stopped,
): Promise<(cap: Capped) => string> {
  const [key] = keys;
  if (target.kind !== "key" || key === undefined || key.gateway === OWN_GATEWAY) {
    return (cap) => enforcementSaid(cap, now);
  }
  const said = heldSaid(await heldAt(pool, key), org.timeZone);
  return () => said;
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
  const said = await enforcedBy(asking, stopped);
  return {
    command: `cap ${stopped.command}`,
    title: `Cap of ${stopped.said}: ${first === undefined ? "none" : capSaid(first)}`,
    sentence:
      first === undefined
        ? `${stopped.said} has no cap of its own; those of what it lies in hold.`
        : `${stopped.said} may use ${capSaid(first)}, ${said(first)}.`,
    facts: [
      ...chained.map((cap) => {
        const used = counted?.get(cap.id);
        const refused = refusedBy(cap);
        const calls = refused === undefined ? "" : `; ${refusedSaid(refused, today)}`;
        const spent = used === undefined ? "" : `; used ${saidUsd(used)} of it`;
        return {
          label: `A ${cap.period}`,
          value: `${capSaid(cap)}, ${said(cap)}${spent}${calls}`,
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
    notes: [WIDER_SHADOWS],
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

/** What is changed now, as it is held; of a raise the cap that it stands beside. */
async function enforcedNow(
  asking: Asking,
  stopped: Stopped,
  period: BudgetPeriod,
): Promise<{ label: string; value: string }[]> {
  const said = await enforcedBy(asking, stopped);
  const cap = (await capsOf(asking, stopped)).find((one) => one.period === period);
  return cap === undefined ? [] : [{ label: "Enforced", value: said(cap) }];
}

/** Sets or raises it for who may; for others it is asked of those who may, with the same button. */
export async function pressCap(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const { stopped, ...wish } = await readWish(asking, press.token);
  const by = requireKeyPerson(asking);
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
      facts: await enforcedNow(asking, stopped, wish.period),
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
    facts: await enforcedNow(asking, stopped, wish.period),
    notes: wish.untilDay === undefined ? [WIDER_SHADOWS] : [],
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
    sentence: `You may not change that cap; I asked ${allOf(names)}.`,
    source: { basis: "none" },
    actions: [askButton(`cap ${stopped.command}`, "Cap")],
  };
}
