import { findMaturity } from "#core/maturity/service.ts";
import { requirePermission } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { maturityAnswer } from "../maturity/maturity-answer.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

function inPrivate(): Refusal {
  return new Refusal(
    "maturity_in_private",
    "Only in private",
    "How the organisation governs its AI spend is shown to those accountable for it, in private.",
    { kind: "forbidden", help: "Ask me in private: maturity", actions: [askButton("owners org")] },
  );
}

/** For those accountable at the organisation, each alone; the operator may look as well. */
async function requireSeat({ asker, now, org, pool, sight }: Asking): Promise<void> {
  if (sight.isOperator) return;
  if (sight.personId === undefined || asker.personId === undefined) throw inPrivate();
  const roster = await loadRoster(pool, org.id);
  requirePermission(roster, asker.personId, { action: "see_maturity", scopeId: 0, now });
}

async function run(asking: Asking): Promise<AnswerBody> {
  await requireSeat(asking);
  const { now, org, pool } = asking;
  const { maturity } = await findMaturity(pool, org.id, now);
  return maturityAnswer(org.name, maturity, [askButton("owners org", "Owners")]);
}

/** How far the practice is, computed from the ledger and never asked. */
export const maturity: Command<undefined> = {
  name: "maturity",
  usage: "maturity",
  summary: "How far the practice is, with evidence.",
  parse: () => undefined,
  run,
};
