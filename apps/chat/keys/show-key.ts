import type { Action } from "#core/answers/schema.ts";
import { budgetPeriodAt } from "#core/budgets/calendar.ts";
import type { CapRefusals } from "#core/enforcement/schema.ts";
import { findBlock } from "#core/keys/block.ts";
import { findSeen, heldAt } from "#core/keys/key-gateway.ts";
import { isLiving, keyStateSaid } from "#core/keys/key-state.ts";
import { listRaises } from "#core/keys/lookup.ts";
import { isRotating, revealerOf } from "#core/keys/reveal.ts";
import {
  type CapRaise,
  type Held,
  OWN_GATEWAY,
  type TrafficBlock,
  type VirtualKey,
} from "#core/keys/schema.ts";
import { type KeyUsage, loadUsage } from "#core/keys/usage.ts";
import { usdDecimal } from "#core/money.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";
import { loadRefusals, refusedSaid } from "./cap-refusals.ts";
import {
  baseUrlSaid,
  capSaid,
  dayWithYear,
  heldSaid,
  lastDayOf,
  modelsSaid,
  raiseSaid,
  scopeSaid,
  usedSaid,
  useSaid,
} from "./key-words.ts";

export interface KeyStanding {
  readonly key: VirtualKey;
  readonly usage: KeyUsage;
  readonly block: TrafficBlock | undefined;
  readonly raise: CapRaise | undefined;
  /** What its cap refused in its running period. */
  readonly refused: CapRefusals | undefined;
  readonly rotating: boolean;
  readonly held: Held;
  /** What its gateway made of it, where that is another one's. */
  readonly seen: { readonly drift: readonly string[]; readonly failure: string | null } | undefined;
  /** The one who reads it may reveal the secret now. */
  readonly reveals: boolean;
}

export async function loadStanding(asking: Asking, key: VirtualKey): Promise<KeyStanding> {
  const { pool, org, now, today, asker } = asking;
  const [usage] = await loadUsage(pool, org.id, [key], today);
  if (usage === undefined) throw new Error("one key has one usage");
  const raises = await listRaises(pool, org.id, now);
  const rotating = await isRotating(pool, key, now);
  const period = usage.cap?.period ?? "month";
  const capped = { subject: { kind: "key" as const, id: key.dimensionId }, period };
  const refusedBy = await loadRefusals(pool, org.id, [capped], today);
  const mine = (await revealerOf(pool, key)) === asker.personId;
  return {
    key,
    usage,
    block: await findBlock(pool, org.id, { kind: "key", id: key.id }),
    raise: raises.find(({ subject }) => subject.kind === "key" && subject.id === key.dimensionId),
    refused: refusedBy(capped),
    rotating,
    held: await heldAt(pool, key),
    seen: await findSeen(pool, org.id, key.id),
    reveals: mine && asking.audience.kind === "person" && (key.state === "approved" || rotating),
  };
}

export function stateSaid({ key, block, rotating }: Omit<KeyStanding, "usage">): string {
  if (block !== undefined) return "BLOCKED";
  return rotating ? "active, being rotated" : keyStateSaid(key.state);
}

/** "$71.20 of $200 (35%) in November". */
export function usageSaid(asking: Asking, { usage, raise }: KeyStanding): string {
  const { cap, spent } = usage;
  const of = cap?.period ?? "month";
  const period = saidPeriod(budgetPeriodAt(of, asking.today), asking.today);
  const when = of === "day" ? "today" : `in ${period}`;
  if (cap === undefined) return `${usedSaid(spent, spent)} ${when}, no cap`;
  const limit = raise !== undefined && raise.amount > cap.amount ? raise.amount : cap.amount;
  return `${usedSaid(spent, limit)} ${when}`;
}

function actions(standing: KeyStanding): Action[] {
  const { key, block, reveals } = standing;
  const token = String(key.id);
  const form = (label: string, name: string): Action => ({
    kind: "form",
    label,
    form: name,
    token,
  });
  const press = (label: string, step: string, extra: object = {}): Action => ({
    kind: "press",
    label,
    verb: "key_step",
    token: `${step}|${token}`,
    style: "default",
    ...extra,
  });
  const confirm = `Revoke ${key.name} for good? What uses it stops at once.`;
  const living = isLiving(key.state);
  return [
    ...(reveals ? [form("Reveal", "key_reveal")] : []),
    ...(living ? [form("Raise cap...", "key_raise")] : []),
    ...(key.state === "active"
      ? [form("Rotate...", "key_rotate"), press("Suspend", "suspend")]
      : []),
    ...(key.state === "suspended" ? [press("Resume", "resume")] : []),
    ...(living ? [form("Give to...", "key_transfer")] : []),
    ...(living ? [press("Revoke", "revoke", { style: "danger", confirm })] : []),
    ...(key.state === "active"
      ? [
          askButton(
            `${block === undefined ? "block" : "unblock"} key ${spellName(key.name)}`,
            block === undefined ? "Block..." : "Unblock...",
          ),
        ]
      : []),
    askButton(`key ${spellName(key.name)} this month`, "Spend"),
    askButton(`audit key ${spellName(key.name)}`, "Audit"),
  ];
}

/** Where a driven gateway did something else than it was asked. */
function seenFacts({ key, seen }: KeyStanding): NonNullable<AnswerBody["facts"]> {
  if (seen === undefined) return [];
  const { drift, failure } = seen;
  const said = failure === null ? drift.join("; ") : `could not be asked: ${failure}`;
  return said === "" ? [] : [{ label: `At ${key.gateway}`, value: said }];
}

/** Where its program sends its calls, while it works. */
function useAt({ gatewayUrl }: Asking, key: VirtualKey): string[] {
  if (gatewayUrl === undefined || key.gateway !== OWN_GATEWAY || key.state !== "active") return [];
  return [`Its program calls the gateway: ${baseUrlSaid(gatewayUrl)}.`];
}

export async function showKey(asking: Asking, key: VirtualKey): Promise<AnswerBody> {
  const standing = await loadStanding(asking, key);
  const { org, today } = asking;
  const { usage, block, raise, refused } = standing;
  const { cap } = usage;
  const used = usageSaid(asking, standing);
  const ends =
    key.expiresAt === undefined
      ? "never expires"
      : `until ${dayWithYear(lastDayOf(key.expiresAt, org.timeZone), today)}`;
  return {
    command: `key ${spellName(key.name)}`,
    title: `KEY ${key.name}: ${stateSaid(standing)}`,
    sentence:
      `${key.name} of ${scopeSaid(org, key.scopeId)} is ${stateSaid(standing)}; ` + `used ${used}.`,
    facts: [
      { label: "Owner", value: org.personName(key.ownerId) },
      { label: "Use", value: useSaid(key) },
      { label: "Models", value: modelsSaid(key.models) },
      {
        label: "Cap",
        value: [
          cap === undefined ? "none" : capSaid(cap),
          heldSaid(standing.held, org.timeZone),
          ...(refused === undefined ? [] : [refusedSaid(refused, today)]),
        ].join(", "),
      },
      ...(raise === undefined
        ? []
        : [
            {
              label: "Raised",
              value: raiseSaid(raise, org.timeZone, today),
            },
          ]),
      { label: "Life", value: ends },
      ...(key.costCentre === undefined ? [] : [{ label: "Cost centre", value: key.costCentre }]),
      ...(block === undefined ? [] : [{ label: "Blocked", value: block.reason }]),
      ...seenFacts(standing),
    ],
    notes: [
      ...(standing.reveals
        ? ["The secret is shown to you alone, once. Not revealed in 7 days, the key lapses."]
        : []),
      ...useAt(asking, key),
    ],
    source: { basis: "metered", note: "usage from the ledger" },
    actions: actions(standing),
    figures: {
      spent: { amount: usdDecimal(usage.spent), unit: "USD" },
      ...(cap === undefined ? {} : { cap: { amount: usdDecimal(cap.amount), unit: "USD" } }),
    },
  };
}
