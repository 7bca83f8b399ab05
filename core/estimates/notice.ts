import type { Tx } from "#core/db/db.ts";
import { formatUsd, parseUsd, saidUsd, saidUsdChange, sumNano } from "#core/money.ts";
import { type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { budgetScopes, type RepositoryAccess, resolveSubject } from "./access.ts";
import { budgetEffect } from "./budget-effect.ts";
import { listBudgetStates } from "./budget-state.ts";
import { percentOf } from "./call-price.ts";
import { subjectLabel } from "./mapping.ts";
import type { NoticeRequest } from "./record-schema.ts";
import { requireScopes } from "./service.ts";

/** What is told in chat of a pull request whose comment may not have it. */
export interface Notice {
  /** Where it belongs: the scope of the call site that moves most. */
  readonly scopeId: number;
  /** What to ask the bot for its spend. */
  readonly command: string;
  readonly sentence: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

type Told = Pick<NoticeRequest, "pullRequest" | "effects">;

/** What of a request is said, wherever it is said. */
export interface NoticeParts {
  readonly scopeId: number;
  readonly command: string;
  /** "about +$312 a month (+11%)"; undefined where no month is known. */
  readonly month: string | undefined;
  readonly facts: Notice["facts"];
}

/**
 * The full figures of a pull request, in words made here: of what the repository sends only numbers
 * and names that the organisation itself has are repeated. Throws `scope_foreign`.
 */
export async function prepareNotice(
  tx: Tx,
  access: RepositoryAccess,
  request: NoticeRequest,
  now: Date,
): Promise<Notice> {
  const { month = "volume unknown", ...parts } = await noticeParts(tx, access, request, now, true);
  const judged = request.verdict === "failed" ? "; the policy fails" : "";
  return { ...parts, sentence: `${access.name} #${request.pullRequest}: ${month}${judged}` };
}

/** `naming`: who is accountable for a budget is named. Throws `scope_foreign`. */
export async function noticeParts(
  tx: Tx,
  access: RepositoryAccess,
  request: Told,
  now: Date,
  naming: boolean,
): Promise<NoticeParts> {
  const directory = await loadDirectory(tx, access.orgId);
  requireScopes(directory, access, request.effects);
  const largest = request.effects.toSorted(
    (a, b) => Math.abs(Number(b.difference)) - Math.abs(Number(a.difference)),
  )[0];
  const own = largest === undefined ? undefined : scopeOf(directory, access, largest.subject);
  const scopeId = own ?? access.projectId ?? access.scopeIds[0] ?? 0;
  const kind = directory.scopes.get(scopeId)?.kind;
  return {
    scopeId,
    command: kind === undefined ? "org" : `${kind} ${pathOf(directory.scopes, scopeId)}`,
    month: largest === undefined ? undefined : monthSaid(request),
    facts: [
      ...request.effects.map((effect) => ({
        label: subjectLabel(effect.subject),
        value: effectSaid(effect),
      })),
      ...(await budgetFacts(tx, directory, access, request, now, naming)),
    ],
  };
}

function scopeOf(
  directory: Directory,
  access: RepositoryAccess,
  subject: NoticeRequest["effects"][number]["subject"],
): number | undefined {
  const found = resolveSubject(directory, access, subject);
  return found.state === "resolved" ? found.filter.scopeIds[0] : undefined;
}

function percentSaid(before: bigint, after: bigint): string {
  const percent = percentOf(before, after);
  return percent === null ? "" : ` (${percent > 0 ? "+" : ""}${percent}%)`;
}

function monthSaid({ effects }: Told): string {
  const before = sumNano(effects.map((one) => parseUsd(one.before)));
  const difference = sumNano(effects.map((one) => parseUsd(one.difference)));
  return `about ${saidUsdChange(difference)} a month${percentSaid(before, before + difference)}`;
}

function effectSaid(effect: NoticeRequest["effects"][number]): string {
  const before = parseUsd(effect.before);
  const after = before + parseUsd(effect.difference);
  const calls = effect.callsPerMonth.toLocaleString("en-US");
  return `${saidUsd(before)} > ${saidUsd(after)} a month, ${calls} ${effect.source} calls`;
}

async function budgetFacts(
  tx: Tx,
  directory: Directory,
  access: RepositoryAccess,
  { effects }: Told,
  now: Date,
  naming: boolean,
): Promise<Notice["facts"]> {
  const scopeIds = effects.flatMap(({ subject }) => {
    const found = resolveSubject(directory, access, subject);
    return found.state === "resolved" ? [...found.filter.scopeIds] : [];
  });
  const month = sumNano(effects.map(({ difference }) => parseUsd(difference)));
  const states = await listBudgetStates(tx, directory, budgetScopes(directory, scopeIds), now);
  return states.flatMap(({ state }) => {
    const { forecastPercent, limit, label, accountable } = budgetEffect(state, { month, sure: 0n });
    if (forecastPercent === null) return [];
    const { from, to } = forecastPercent;
    const of = formatUsd(parseUsd(limit), 0);
    const who = accountable === null || !naming ? "" : `, accountable ${accountable.name}`;
    return [{ label, value: `forecast ${from}% > ${to}% of ${of}${who}` }];
  });
}
