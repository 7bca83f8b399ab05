import { csvLine } from "#core/csv.ts";
import type { Cause, ReconciledGroup } from "#core/ledger/reconcile.ts";
import { CAUSES } from "#core/ledger/reconcile.ts";
import type { Reconciliation } from "#core/ledger/reconcile-period.ts";
import { type AccountReconciliation, isDrift } from "#core/ledger/reconcile-sum.ts";
import { saidUsd, saidUsdChange, sumNano, usdDecimal } from "#core/money.ts";
import { saidCounted } from "../said/said-count.ts";
import { saidShare } from "../said/said-share.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";

const CAUSE_SAID: Readonly<Record<Cause, string>> = {
  bypass: "not seen by a gateway",
  missed: "tokens billed and not metered",
  price: "another price",
  unpriced: "metered without a price",
  charge: "fees and charges without tokens",
  not_billed: "metered and not on the bill",
  rounding: "rounding",
  unexplained: "the report gives no tokens",
};

const GROUPS_SHOWN = 10;

/** "bypass $310, another price -$12": the causes of a difference, the largest first. */
export function saidCauses({ causes }: Pick<AccountReconciliation, "causes">): string {
  const size = (cause: Cause) => (causes[cause] < 0n ? -causes[cause] : causes[cause]);
  const told = CAUSES.filter((cause) => causes[cause] !== 0n);
  const sorted = told.sort((a, b) => (size(a) < size(b) ? 1 : -1));
  if (sorted.length === 0) return "nothing differs";
  return sorted.map((cause) => `${saidUsdChange(causes[cause])} ${CAUSE_SAID[cause]}`).join("; ");
}

function accountTable(accounts: readonly AccountReconciliation[]) {
  return {
    caption: "Billed less metered, by account",
    columns: [
      { label: "Account" },
      { label: "Billed", align: "right" as const },
      { label: "Metered", align: "right" as const },
      { label: "Difference", align: "right" as const },
      { label: "Share", align: "right" as const },
      { label: "Why" },
    ],
    rows: accounts.map((one) => [
      one.account,
      saidUsd(one.billed),
      saidUsd(one.metered),
      saidUsdChange(one.difference),
      saidShare(one.difference, one.billed),
      saidCauses(one),
    ]),
    omitted: 0,
  };
}

function csv({ accounts, direct }: Reconciliation): string {
  const header = ["account", "provider", "project", "key", "model", "billed", "metered"];
  return [
    csvLine([...header, "difference", "currency"]),
    ...accounts.flatMap((account) => [
      csvLine([account.account, account.provider, "", "", "all", ...amounts(account)]),
      ...account.groups.map((group) =>
        csvLine([
          ...[account.account, group.provider, group.project, group.key, group.model],
          ...amounts(group),
        ]),
      ),
    ]),
    ...direct.map(({ account, provider, cost }) =>
      csvLine([account, provider, "", "", "all", usdDecimal(cost), "", "", "USD"]),
    ),
  ].join("");
}

function amounts(of: Pick<AccountReconciliation, "billed" | "metered" | "difference">): string[] {
  return [usdDecimal(of.billed), usdDecimal(of.metered), usdDecimal(of.difference), "USD"];
}

function saidGroup({ project, key, model }: ReconciledGroup): string {
  return [project, key, model].filter((part) => part !== "").join(" ");
}

export interface ReconcileSetting {
  readonly command: string;
  /** "October 2026". */
  readonly said: string;
  /** The one account that was asked for. */
  readonly account?: string | undefined;
  /** It compares, and books nothing. */
  readonly dryRun?: boolean;
}

/** What the bills say beside what was metered, and why they differ. Pure. */
export function reconcileAnswer(found: Reconciliation, setting: ReconcileSetting): AnswerBody {
  const { accounts, direct, unassigned } = found;
  const { command, said } = setting;
  const sum = (of: (one: AccountReconciliation) => bigint) => sumNano(accounts.map(of));
  const [billed, metered] = [sum((one) => one.billed), sum((one) => one.metered)];
  const bypass = sum((one) => one.causes.bypass + one.causes.missed);
  const directCost = sumNano(direct.map(({ cost }) => cost));
  const waiting = accounts.reduce((days, one) => days + one.waitingDays, 0);
  const drifting = accounts.filter(isDrift);
  if (accounts.length === 0) return nothingMetered(setting, found, directCost);
  const books = setting.dryRun === true ? "would be booked" : "is booked";
  const difference = billed - metered;
  return {
    command,
    title: `Reconcile, ${said}: ${saidUsd(billed)} billed, ${saidUsd(metered)} metered`,
    sentence:
      `The bills of ${said} come to ${saidUsd(billed)} where ${saidUsd(metered)} was metered: ` +
      `${saidUsdChange(difference)} (${saidShare(difference, billed)}) ${books} as a line of ` +
      "its own.",
    facts: [
      {
        label: "Not seen by a gateway",
        value: `${saidUsd(bypass)} (${saidShare(bypass, billed)})`,
      },
      {
        label: "Drift above 1%",
        value:
          drifting.length === 0 ? "no account" : drifting.map(({ account }) => account).join(", "),
      },
      ...(directCost === 0n
        ? []
        : [
            {
              label: "Billed and not metered",
              value: `${saidUsd(directCost)}, the bill is the charge`,
            },
          ]),
      ...(unassigned === 0n
        ? []
        : [
            { label: "Metered under no account", value: `${saidUsd(unassigned)}, matched to none` },
          ]),
    ],
    table: accountTable(accounts),
    notes: [
      ...(waiting === 0
        ? []
        : [
            `${saidCounted(BigInt(waiting), "account-day")} not settled yet: the bill may still ` +
              "grow, and the difference is booked when it cannot.",
          ]),
      ...(unassigned === 0n
        ? []
        : ["Name the account in the gateway's calls, or its keys under accounts in aispend.yaml."]),
    ],
    // A column of a table is cut off where the screen ends; why is what was asked.
    details: accounts.flatMap((account) => [
      `${account.account}: ${saidCauses(account)}`,
      ...account.groups
        .slice(0, GROUPS_SHOWN)
        .map(
          (group) =>
            `${account.account} ${saidGroup(group)}: ${saidUsd(group.billed)} billed, ` +
            `${saidUsd(group.metered)} metered`,
        ),
    ]),
    source: { basis: "reconciled", note: "days of bills are UTC days" },
    actions: [{ kind: "download", label: "CSV", command }],
    figures: {
      billed: usd(billed),
      metered: usd(metered),
      difference: usd(difference),
      bypass: usd(bypass),
      direct: usd(directCost),
      unassigned: usd(unassigned),
    },
    download: { filename: `reconcile-${found.period.start}.csv`, csv: csv(found) },
  };
}

function nothingMetered(
  { command, said, account }: ReconcileSetting,
  { direct: bills, known }: Reconciliation,
  direct: bigint,
): AnswerBody {
  const isUnknown = account !== undefined && known.length > 0 && bills.length === 0;
  if (isUnknown) {
    return {
      command,
      title: `Reconcile, ${said}: nothing to compare`,
      sentence: `No bill of ${said} names the account '${account}'; there is: ${known.join(", ")}.`,
      source: { basis: "none" },
      figures: { direct: usd(direct) },
    };
  }
  return {
    command,
    title: `Reconcile, ${said}: nothing to compare`,
    sentence:
      direct === 0n
        ? `No bill of ${said} is here yet.`
        : `${saidUsd(direct)} of ${said} was billed to ` +
          `${saidCounted(BigInt(bills.length), "account")} that nothing meters: the bill is the ` +
          "charge, and nothing can differ.",
    notes:
      direct === 0n
        ? ["Connect a provider's billing key: aispend connect openai, or import a bill."]
        : [],
    source: { basis: direct === 0n ? "none" : "billed" },
    figures: { direct: usd(direct) },
  };
}
