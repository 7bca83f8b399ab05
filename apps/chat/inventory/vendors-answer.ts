import type { Action, Fact } from "#core/answers/schema.ts";
import { csvLine } from "#core/csv.ts";
import type { VendorDecision } from "#core/inventory/schema.ts";
import type { Vendor } from "#core/inventory/vendor.ts";
import { decidedCount } from "#core/inventory/vendor-service.ts";
import { saidUsd, usdDecimal } from "#core/money.ts";
import { type Day, parseDay, utcDay } from "#core/time.ts";
import { dayWithYear } from "../keys/key-words.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";

export const DECISION_SAID = {
  keep: "keep",
  keep_with_conditions: "keep, with conditions",
  replace: "replace",
  stop: "stop",
} as const satisfies Record<VendorDecision, string>;

const SHOWN = 20;
const WITH_BUTTONS = 3;

function saidOn(day: string, today: Day): string {
  return dayWithYear(parseDay(day), today);
}

/** "due 22 Nov: over $10,000 a year since 23 Oct", "overdue since ...". */
export function dueSaid({ due, isOverdue }: Vendor, today: Day): string {
  if (due === undefined) return "";
  const when = `${isOverdue ? "overdue since" : "due"} ${dayWithYear(due.dueOn, today)}`;
  if (due.cause === "spend") {
    const since = dayWithYear(due.crossedOn, today);
    return `${when}: over ${saidUsd(due.threshold ?? 0n)} a year since ${since}`;
  }
  return due.cause === "date" ? `${when}: the last decision said so` : when;
}

function decidedSaid({ decided }: Vendor, today: Day): string {
  if (decided?.decision == null || decided.decidedAt === null) return "";
  const at = dayWithYear(utcDay(decided.decidedAt), today);
  return `${DECISION_SAID[decided.decision]} (${at})`;
}

/** Unknown is not zero. */
export function yearSaid({ isLowerBound, spend }: Vendor): string {
  if (!isLowerBound) return saidUsd(spend);
  return spend === 0n ? "unpriced" : `${saidUsd(spend)} at least`;
}

/** The lowest threshold that a year's spend has not come to. */
function nextThreshold({ spend, thresholds }: Vendor): bigint | undefined {
  return thresholds.find((one) => one > spend);
}

function stateSaid(vendor: Vendor, today: Day): string {
  // The table has no room for since when; the vendor's own card says it.
  if (vendor.due !== undefined) return dueSaid(vendor, today).replace(/ a year since .*/, "");
  const nextOn = vendor.decided?.nextOn;
  if (nextOn != null) return `next ${saidOn(nextOn, today)}`;
  const next = nextThreshold(vendor);
  if (next !== undefined) return `from ${saidUsd(next)} a year`;
  return vendor.thresholds.length === 0 ? "no threshold is set" : "not required";
}

function decideButton(vendor: Vendor, label: string): Action {
  return {
    kind: "form",
    label,
    form: "vendor_decide",
    token: `${decidedCount(vendor)}|${vendor.vendor}`,
  };
}

const SOURCE = { basis: "metered" as const, note: "spend of the last 365 days from the ledger" };

function vendorsCsv(org: OrgView, vendors: readonly Vendor[]): string {
  const header = ["vendor", "spend_365_days", "currency", "due_on", "cause", "threshold"];
  const last = ["decision", "decided_on", "decided_by", "reason", "next_on"];
  const rows = vendors.map(({ vendor, spend, due, decided }) =>
    csvLine([
      vendor,
      usdDecimal(spend),
      "USD",
      due?.dueOn ?? null,
      due?.cause ?? null,
      due?.threshold === undefined ? null : usdDecimal(due.threshold),
      decided?.decision ?? null,
      decided?.decidedAt == null ? null : utcDay(decided.decidedAt),
      decided?.decidedBy == null ? null : org.personName(decided.decidedBy),
      decided?.reason ?? null,
      decided?.nextOn ?? null,
    ]),
  );
  return csvLine([...header, ...last]) + rows.join("");
}

/** Vendors by what a year costs, with the reviews that are due first. Pure. */
export function vendorsAnswer(org: OrgView, vendors: readonly Vendor[], today: Day): AnswerBody {
  const due = vendors.filter((vendor) => vendor.due !== undefined);
  const sorted = [...due, ...vendors.filter((vendor) => vendor.due === undefined)];
  const overdue = due.filter(({ isOverdue }) => isOverdue).length;
  const isSet = vendors.some(({ thresholds }) => thresholds.length > 0);
  const late = overdue === 0 ? "" : `, ${overdue} of them overdue`;
  const state = due.length === 1 && overdue === 1 ? "overdue" : `due${late}`;
  const toReview = `${due.length} to review`;
  const several = due.length === 1 ? "1 review is" : `${due.length} reviews are`;
  const reviews = due.length === 0 ? "no review is" : several;
  const counted = vendors.length === 1 ? "1 vendor" : `${vendors.length} vendors`;
  const of = vendors.length === 0 ? "no vendor" : counted;
  const unset =
    "No spend requires a review yet: set vendor_reviews.spend_a_year under " +
    "organisation.inventory in aispend.yaml.";
  return {
    command: "vendors",
    title: `Vendors of ${org.name}: ${due.length === 0 ? "no review due" : toReview}`,
    sentence: `${org.name} spent with ${of} in the last year; ${reviews} ${state}.`,
    ...(vendors.length === 0
      ? {}
      : {
          table: {
            caption: "Vendors, what is to review first",
            columns: [
              { label: "Vendor" },
              { label: "365 days", align: "right" as const },
              { label: "Review" },
              { label: "Decided last" },
            ],
            rows: sorted
              .slice(0, SHOWN)
              .map((vendor) => [
                vendor.vendor,
                yearSaid(vendor),
                stateSaid(vendor, today),
                decidedSaid(vendor, today),
              ]),
            omitted: Math.max(0, sorted.length - SHOWN),
          },
        }),
    notes: isSet || vendors.length === 0 ? [] : [unset],
    source: SOURCE,
    actions: [
      ...due
        .slice(0, WITH_BUTTONS)
        .map((vendor) => decideButton(vendor, `Decide ${vendor.vendor}...`)),
      ...sorted
        .slice(0, WITH_BUTTONS)
        .map(({ vendor }) => askButton(`vendors ${spellName(vendor)}`, vendor)),
      askButton("inventory", "Inventory"),
      { kind: "download", label: "CSV", command: "vendors" },
    ],
    figures: { due: { amount: String(due.length), unit: "reviews" } },
    download: { filename: `vendors-${today}.csv`, csv: vendorsCsv(org, sorted) },
  };
}

function historySaid(org: OrgView, { reviews }: Vendor, today: Day): string[] {
  return reviews
    .flatMap(({ decidedAt, decidedBy, decision, nextOn, reason, spend }) => {
      if (decision === null || decidedAt === null || decidedBy === null) return [];
      const at = dayWithYear(utcDay(decidedAt), today);
      const next = nextOn === null ? "" : `, next ${saidOn(nextOn, today)}`;
      const by = org.personName(decidedBy);
      const year = saidUsd(spend ?? 0n);
      return [`${at}: ${DECISION_SAID[decision]}, by ${by}, at ${year} a year${next}. ${reason}`];
    })
    .reverse();
}

export interface VendorSetting {
  readonly org: OrgView;
  readonly today: Day;
  /** What of the inventory is bought from it: "2 accounts, 12 keys". */
  readonly holds: string;
}

/** One vendor: a year's spend, the review that is due, and what was decided before. Pure. */
export function vendorAnswer(
  { org, today, holds }: VendorSetting,
  vendor: Vendor,
  sentence?: string,
): AnswerBody {
  const { decided, due, thresholds } = vendor;
  const next = nextThreshold(vendor);
  const state = due === undefined ? stateSaid(vendor, today) : dueSaid(vendor, today);
  const facts: Fact[] = [
    { label: "365 days", value: yearSaid(vendor) },
    { label: "Review", value: state },
    ...(thresholds.length === 0
      ? []
      : [{ label: "Reviewed from", value: `${thresholds.map(saidUsd).join(", ")} a year` }]),
    ...(next === undefined || due !== undefined
      ? []
      : [{ label: "Until the next", value: saidUsd(next - vendor.spend) }]),
    ...(decided === undefined ? [] : [{ label: "Decided", value: decidedSaid(vendor, today) }]),
    ...(holds === "" ? [] : [{ label: "In the inventory", value: holds }]),
  ];
  const review = due === undefined ? "no review is due" : `a review is ${dueSaid(vendor, today)}`;
  return {
    command: `vendors ${spellName(vendor.vendor)}`,
    title: `Vendor ${vendor.vendor}: ${due === undefined ? "no review due" : state}`,
    sentence: sentence ?? `${vendor.vendor} cost ${yearSaid(vendor)} in the last year; ${review}.`,
    facts,
    details: historySaid(org, vendor, today),
    source: SOURCE,
    actions: [
      decideButton(vendor, due === undefined ? "Decide now..." : "Decide..."),
      askButton(`provider ${spellName(vendor.vendor)}`, "Spend"),
      askButton("vendors", "Vendors"),
    ],
  };
}
