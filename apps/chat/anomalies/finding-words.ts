import type { Evidence, Finding, FindingClass } from "#core/anomalies/schema.ts";
import { formatUsd, NANO_PER_USD, saidUsd } from "#core/money.ts";
import { daysBetween, localDay, wallClock } from "#core/time.ts";
import { saidDay, saidWeekday } from "../said/said-period.ts";
import type { FindingSetting } from "./finding-setting.ts";

/** "4,120", "0.61": a measure as said, three digits that tell. */
export function saidMeasure(value: number): string {
  if (value >= 100)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return Number(value.toPrecision(3)).toString();
}

/** "$42", "$12.40": a float of dollars as said. */
export function saidDollars(value: number): string {
  return value >= 100 ? `$${saidMeasure(value)}` : `$${value.toFixed(2)}`;
}

/** "$912", "$38", "$4.20": dollars of an excess, of which nobody needs the cents. */
export function saidAbout(amount: bigint): string {
  return amount >= 10n * NANO_PER_USD ? formatUsd(amount, 0) : saidUsd(amount);
}

function times(observed: number, usual: number): string {
  return usual > 0
    ? `${saidMeasure(Number((observed / usual).toPrecision(2)))} times`
    : "more than";
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

const WEEKDAY_DAYS = 6;

/** "02:00" today, "Thu 02:00" within six days, else "19 Nov 02:00". */
export function saidTime(
  at: Date,
  { now, timeZone }: Pick<FindingSetting, "now" | "timeZone">,
): string {
  const { day, time } = wallClock(at, timeZone);
  const minute = time.slice(0, 5);
  const away = Math.abs(daysBetween(localDay(now, timeZone), day));
  if (away === 0) return minute;
  return `${away <= WEEKDAY_DAYS ? saidWeekday(day) : saidDay(day)} ${minute}`;
}

/** "Fri 20 Nov": of what is only known by the day. */
export function saidDate(at: Date, { timeZone }: Pick<FindingSetting, "timeZone">): string {
  const day = localDay(at, timeZone);
  return `${saidWeekday(day)} ${saidDay(day)}`;
}

/** What it looks like, after "+$38 an hour since 02:00,". */
const LOOKS: Readonly<Record<FindingClass, string>> = {
  price_change: "charged more for the same tokens",
  model_mix: "a dearer model took over",
  token_bloat: "requests carry more input",
  runaway_loop: "looks like a retry loop",
  spend_jump: "far beyond its weekday",
  launch: "looks like a launch",
  cache_fall: "the cache serves less",
  new_model: "a model that nobody used before",
  new_provider: "a provider that nobody used before",
  new_key: "a key that nobody used before",
  ownerless_key: "a key that nobody owns",
  expired_key: "a key that should no longer be used",
  bypass: "billed, and not seen by the gateway",
  source_quiet: "the source went quiet",
  reconciliation_drift: "the bill drifts from what was metered",
  unit_cost_drift: "the cost of an outcome creeps up",
};

/** The class in a table. */
export const CLASS_SAID: Readonly<Record<FindingClass, string>> = {
  price_change: "price",
  model_mix: "model mix",
  token_bloat: "tokens per request",
  runaway_loop: "request jump",
  spend_jump: "spend jump",
  launch: "launch",
  cache_fall: "cache hit rate",
  new_model: "new model",
  new_provider: "new provider",
  new_key: "new key",
  ownerless_key: "key without owner",
  expired_key: "expired key",
  bypass: "bypass",
  source_quiet: "source quiet",
  reconciliation_drift: "reconciliation drift",
  unit_cost_drift: "unit cost",
};

const FEW_CALLERS = 5;

/** A jump of requests is called a loop only where few are behind it, or nobody that is known. */
export function looksLike({ class: of, evidence }: Finding): string {
  const manyCallers = (evidence.callers ?? 0) >= FEW_CALLERS;
  return of === "runaway_loop" && manyCallers ? "requests jumped, callers did not" : LOOKS[of];
}

const UNCHANGED_SAID: Readonly<Record<Evidence["unchanged"][number], string>> = {
  requests: "requests",
  tokens: "tokens per request",
  price: "price",
  mix: "model mix",
};

function unchangedSaid({ unchanged }: Evidence): string {
  const said = unchanged.map((one) => UNCHANGED_SAID[one]);
  if (said.length === 0) return "";
  const last = said.at(-1);
  const list = said.length === 1 ? last : `${said.slice(0, -1).join(", ")} and ${last}`;
  return `; ${list} unchanged`;
}

function spikeSaid({ requests, usualRequests, callers, usualCallers }: Evidence): string {
  const usual = usualRequests === undefined ? "" : ` (usual ${saidMeasure(usualRequests)})`;
  const who =
    callers === undefined
      ? ""
      : `, ${callers} ${callers === 1 ? "caller" : "callers"}` +
        (usualCallers === undefined ? "" : ` (usual ${usualCallers})`);
  return `Requests ${saidMeasure(requests ?? 0)} an hour${usual}${who}`;
}

/** A day's bill against what its weekday usually costs, with its requests where they are counted. */
function daySaid({ observed = 0, requests, usual = 0, usualRequests }: Evidence): string {
  const counted =
    requests === undefined || usualRequests === undefined
      ? ""
      : `, requests ${saidMeasure(requests)} (usual ${saidMeasure(usualRequests)})`;
  return `The day cost ${saidDollars(observed)} (usual ${saidDollars(usual)})${counted}`;
}

/** As a rule of thumb compares: dollars an hour of a day, or dollars of a day's bill. */
function rateSaid({ observed = 0, per, usual = 0 }: Evidence): string {
  const [verb, each] = per === "day" ? ["cost", ""] : ["costs", " an hour"];
  return `The day ${verb} ${saidDollars(observed)}${each} (usual ${saidDollars(usual)})`;
}

/** Why it was found, one clause. */
export function whySaid(finding: Finding, where: string | undefined): string {
  const { evidence, class: of } = finding;
  const { observed = 0, usual = 0, why } = evidence;
  const there = where === undefined ? "" : ` in ${where}`;
  if (why !== undefined) return why.replace(/\.$/, "");
  switch (of) {
    case "price_change":
      // A rule of thumb compares dollars an hour, a detector the ratio to the list.
      return evidence.detected
        ? `Charged ${saidMeasure(observed)} times the list price of the same tokens (usual ` +
            `${saidMeasure(usual)})${unchangedSaid(evidence)}`
        : `${rateSaid(evidence)} at a flat number of tokens`;
    case "model_mix":
      return evidence.detected
        ? `A million tokens lists at ${saidDollars(observed)} (usual ${saidDollars(usual)})` +
            unchangedSaid(evidence)
        : `${rateSaid(evidence)} at a flat number of tokens: dearer models`;
    case "token_bloat":
      return (
        `${saidMeasure(observed)} input tokens a request (usual ${saidMeasure(usual)}), ` +
        `${times(observed, usual)} the usual${unchangedSaid(evidence)}`
      );
    case "spend_jump":
      return `${daySaid(evidence)}${unchangedSaid(evidence)}`;
    case "runaway_loop":
    case "launch":
      return `${spikeSaid(evidence)}${unchangedSaid(evidence)}`;
    case "cache_fall":
      return `The cache serves ${percent(observed)} of the input (usual ${percent(usual)})`;
    case "new_model":
    case "new_provider":
    case "new_key":
      return `It is used${there}`;
    case "ownerless_key":
      return `It is used${there}; nobody is on record as its owner`;
    case "expired_key":
      return `It is used${there} after its end`;
    default:
      return `Found${there}`;
  }
}

function stopSaid({ key }: FindingSetting): string {
  if (key === undefined) return "find the caller and stop it";
  if (key.block === undefined) return `stop ${key.said} where it was issued, which is not here,`;
  return `block ${key.said}`;
}

/** The first action of domain.md's table, as a person is told it. */
export function firstStep({ class: of }: Finding, setting: FindingSetting): string {
  const { key } = setting;
  const stops =
    key === undefined
      ? ""
      : `${key.alsoStops.length === 0 ? "" : `. Also stops: ${key.alsoStops.join(", ")}`}` +
        `. Customer traffic in its projects in 30 days: ${key.servesCustomers ? "yes" : "none"}`;
  switch (of) {
    case "price_change":
      return "compare the price list and the share of models; tell finance";
    case "model_mix":
      return "compare the price list and the share of models; ask who switched";
    case "token_bloat":
      return "open the last prompt change; cap the context";
    case "runaway_loop":
      return `${stopSaid(setting)}; page the agent's owner${stops}`;
    case "spend_jump":
      return "see what ran that day; stop what nobody knows";
    case "launch":
      return "set a budget that fits";
    case "cache_fall":
      return "open the last prompt change: what changed in the prefix?";
    case "new_model":
    case "new_provider":
    case "new_key":
      return "name an owner: press 'I'm on it' where it is yours";
    case "ownerless_key":
    case "expired_key":
      return `${stopSaid(setting)} or adopt it${stops}`;
    case "bypass":
      return "name the account's owner; route it through the gateway";
    case "source_quiet":
      return "look at the source: its figures are missing from every answer";
    case "reconciliation_drift":
      return "compare the bill with what was metered";
    case "unit_cost_drift":
      return "ask why: prompt bloat, model mix or retries";
  }
}
