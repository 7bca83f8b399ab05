import type { BudgetPeriod } from "#core/budgets/schema.ts";
import type { Effect } from "#core/keys/effect.ts";
import type { EnforcementClass, Held, VirtualKey } from "#core/keys/schema.ts";
import type { Terms } from "#core/keys/terms.ts";
import { saidUsd } from "#core/money.ts";
import { addDays, type Day, localDay, wallClock } from "#core/time.ts";
import { saidAmount } from "../budgets/said-amount.ts";
import type { OrgView } from "../org-view.ts";
import { saidDay } from "../said/said-period.ts";

/** "31 Jan 2027", "31 Dec" this year. */
export function dayWithYear(day: Day, today: Day): string {
  return day.slice(0, 4) === today.slice(0, 4)
    ? saidDay(day)
    : `${saidDay(day)} ${day.slice(0, 4)}`;
}

/** How firmly a cap is held, and by what; never left out where a cap is shown. */
export function classSaid(of: EnforcementClass, gateway: string): string {
  const by = gateway === "aispend" ? "gateway" : gateway;
  switch (of) {
    case "hard":
      return `HARD (${by})`;
    case "bounded":
      return `BOUNDED (${by}): can overshoot by about one request`;
    case "soft":
      return `SOFT (${by}): checked after the fact, can overshoot`;
    case "observe":
      return `OBSERVED (${by}): nothing is refused`;
  }
}

/** The same of a gateway with what was found there: "...; found 22 Nov 14:05: no Redis". */
export function heldSaid({ name, enforcement, check }: Held, timeZone: string): string {
  const said = classSaid(enforcement, name);
  if (check === undefined) return enforcement === "bounded" ? `${said}; not checked yet` : said;
  const { day, time } = wallClock(check.at, timeZone);
  const when = `${saidDay(day)} ${time.slice(0, 5)}`;
  if (enforcement === "bounded") return `${said}; checked ${when}`;
  return check.weak.length === 0 ? said : `${said}; found ${when}: ${check.weak.join("; ")}`;
}

/** What a program's client is given beside the key. */
export function baseUrlSaid(gatewayUrl: string): string {
  return `base URL ${gatewayUrl}/v1 for clients of OpenAI, ${gatewayUrl} for Anthropic and Gemini`;
}

export function capSaid(cap: { amount: bigint; period: BudgetPeriod }): string {
  return `${saidUsd(cap.amount)} a ${cap.period}`;
}

export function modelsSaid(models: readonly string[]): string {
  return models.length === 0 ? "any model" : models.join(", ");
}

export function expirySaid(untilDay: Day | undefined, today: Day): string {
  return untilDay === undefined ? "never expires" : `expires ${dayWithYear(untilDay, today)}`;
}

/** Of a raise: "until 22 Nov", "for good". */
export function lastingSaid(untilDay: Day | undefined, today: Day): string {
  return untilDay === undefined ? "for good" : `until ${dayWithYear(untilDay, today)}`;
}

/** The last day on which a key works, in the organisation's zone. */
export function lastDayOf(expiresAt: Date, timeZone: string): Day {
  return addDays(localDay(expiresAt, timeZone), -1);
}

/** "claude-haiku-4-5, $200 a month, expires 31 Jan 2027". */
export function termsLine(terms: Terms, today: Day): string {
  const cap = capSaid({ amount: terms.capAmount, period: terms.capPeriod });
  return `${modelsSaid(terms.models)}, ${cap}, ${expirySaid(terms.untilDay, today)}`;
}

export function scopeSaid(org: OrgView, scopeId: number): string {
  const scope = org.scopes.find(({ id }) => id === scopeId);
  return scope?.shortName ?? org.name;
}

/** "payments has $3,690 left; likely month end $11.2K, $11.4K if fully used, of $12,000". */
export function effectSaid(org: OrgView, { envelope }: Effect, scopeId: number): string {
  if (envelope === undefined) return `no budget is set for ${scopeSaid(org, scopeId)} or above it`;
  const { amount, left, likely, likelyIfUsed, period } = envelope;
  const name = scopeSaid(org, envelope.scopeId);
  const now =
    left >= 0n
      ? `${name} has ${saidUsd(left)} left`
      : `${name} is ${saidUsd(-left)} over its budget`;
  const rest =
    likely === undefined || likelyIfUsed === undefined
      ? `leaves ${saidUsd(envelope.leftAfter)}`
      : `likely ${period} end ${saidUsd(likely)}, ${saidUsd(likelyIfUsed)} if fully used`;
  return `${now}; ${rest}, of ${saidUsd(amount)}`;
}

/** For the form: "leaves $3,100 of $12,000". */
export function leavesSaid({ envelope }: Effect): string {
  if (envelope === undefined) return "no budget set";
  const { leftAfter, amount } = envelope;
  return leftAfter >= 0n
    ? `leaves ${saidUsd(leftAfter)} of ${saidUsd(amount)}`
    : `${saidUsd(-leftAfter)} above the ${saidUsd(amount)}`;
}

/** "Use: nightly dispute tagging, CI job tag-disputes, environment ci". */
export function useSaid(
  of: Pick<VirtualKey, "useCase"> & {
    ciJob?: string | undefined;
    environment?: string | undefined;
    service?: string | undefined;
  },
): string {
  return [
    of.useCase,
    ...(of.service === undefined ? [] : [`service ${of.service}`]),
    ...(of.ciJob === undefined ? [] : [`CI job ${of.ciJob}`]),
    ...(of.environment === undefined ? [] : [`environment ${of.environment}`]),
  ].join(", ");
}

/** "$71.20 of $200 (35%)". */
export function usedSaid(spent: bigint, limit: bigint): string {
  const percent = limit === 0n ? 0n : (spent * 100n) / limit;
  return `${saidAmount(spent, "usd")} of ${saidAmount(limit, "usd")} (${percent}%)`;
}

/** "22 Nov" where it ends with that day, else "19:30", or "23 Nov 02:30" on another day. */
function untilSaid(at: Date, timeZone: string, today: Day): string {
  const { day, time } = wallClock(at, timeZone);
  if (time === "00:00:00") return dayWithYear(lastDayOf(at, timeZone), today);
  return `${day === today ? "" : `${dayWithYear(day, today)} `}${time.slice(0, 5)}`;
}

/** "$300 a month until 22 Nov", "$240 a month until 06:26". */
export function raiseSaid(
  raise: { amount: bigint; period: BudgetPeriod; untilAt: Date },
  timeZone: string,
  today: Day,
): string {
  return `${capSaid(raise)} until ${untilSaid(raise.untilAt, timeZone, today)}`;
}
