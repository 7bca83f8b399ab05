import { saidUsd } from "#core/money.ts";
import { addMonths } from "#core/time.ts";
import { saidAmount } from "../budgets/said-amount.ts";
import { dueSaid, yearSaid } from "../inventory/vendors-answer.ts";
import { saidValue } from "../names/find-named.ts";
import { saidCount } from "../said/said-count.ts";
import { saidPeriod } from "../said/said-period.ts";
import { saidShare } from "../said/said-share.ts";
import type { ReviewReport } from "./review-report.ts";
import { type Section, tableOf } from "./section.ts";

const R = (label: string) => [label, "right"] as const;

export function unattributedSection(report: ReviewReport): Section {
  const { unattributed, total, disputes } = report;
  const open =
    disputes.length === 0
      ? ""
      : ` ${disputes.length === 1 ? "1 line is" : `${disputes.length} lines are`} disputed.`;
  return {
    title: "Unattributed spend",
    lead:
      unattributed.cost === 0n
        ? `Everything resolves to a team.${open}`
        : `${saidUsd(unattributed.cost)} (${saidShare(unattributed.cost, total.cost)}) resolves ` +
          `to no team.${open}`,
    ...(unattributed.lines.length === 0
      ? {}
      : {
          table: tableOf(
            "Where it came from",
            ["Key", "Account", "Provider", R("Cost"), R("Calls")],
            unattributed.lines
              .slice(0, 10)
              .map(({ key, account, provider, cost, requests }) => [
                saidValue("key", key),
                account,
                provider,
                saidUsd(cost),
                saidCount(requests),
              ]),
            Math.max(0, unattributed.lines.length - 10),
          ),
        }),
  };
}

export function pendingSection({ pending, personName }: ReviewReport): Section | undefined {
  if (pending.length === 0) return undefined;
  const count = pending.length === 1 ? "1 budget waits" : `${pending.length} budgets wait`;
  return {
    title: "Waiting for approval",
    lead: `${count} for a second approver.`,
    table: tableOf(
      "Budgets",
      ["Scope", R("Amount"), "Asked by", "Reason"],
      pending.map(({ budget, said }) => [
        said,
        saidAmount(budget.amount, budget.unit),
        budget.setBy === undefined ? "the operator" : personName(budget.setBy),
        budget.reason,
      ]),
    ),
  };
}

export function unreadSection({ unread, month, today }: ReviewReport): Section | undefined {
  if (unread.length === 0) return undefined;
  const said = saidPeriod({ start: addMonths(month, -1), end: month }, today);
  return {
    title: "Not acknowledged",
    lead: `The review of ${said} was not acknowledged by ${unread.join(", ")}.`,
  };
}

/** Vendors whose spend, or an earlier decision, requires a review now. */
export function vendorSection({ vendors, today }: ReviewReport): Section | undefined {
  const due = (vendors ?? []).filter((vendor) => vendor.due !== undefined);
  if (due.length === 0) return undefined;
  const count = due.length === 1 ? "1 vendor is" : `${due.length} vendors are`;
  return {
    title: "Vendor reviews",
    lead: `${count} to be reviewed: ${due
      .slice(0, 3)
      .map(({ vendor }) => vendor)
      .join(", ")}${due.length > 3 ? " and more" : ""}.`,
    table: tableOf(
      "Vendors to review",
      ["Vendor", R("365 days"), "Review"],
      due.map((vendor) => [vendor.vendor, yearSaid(vendor), dueSaid(vendor, today)]),
    ),
  };
}

export function ownerlessSection({ ownerless, inventoried }: ReviewReport): Section | undefined {
  if (ownerless === undefined) return undefined;
  if (inventoried === 0) {
    return {
      title: "Ownerless",
      lead: "The inventory is empty: list accounts, keys and seat plans in aispend.yaml.",
    };
  }
  return {
    title: "Ownerless",
    lead:
      ownerless.length === 0
        ? "Every account, key, payment method and seat plan has an owner."
        : `${ownerless.length} without an owner: ${ownerless
            .slice(0, 3)
            .map(({ name, key }) => name ?? key)
            .join(", ")}${ownerless.length > 3 ? " and more" : ""}.`,
    ...(ownerless.length === 0
      ? {}
      : {
          table: tableOf(
            "Without an owner",
            ["Kind", "Name", "Provider", "Why"],
            ownerless.map(({ kind, key, name, provider, ownerLeft }) => [
              kind.replace("_", " "),
              name ?? key,
              provider ?? "",
              ownerLeft ? "its owner left" : "none was named",
            ]),
          ),
        }),
  };
}
