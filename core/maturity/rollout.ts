import {
  budgeted,
  caps,
  catalogued,
  count,
  evaluated,
  type Line,
  missing,
  NO_SOURCE,
  no,
  share,
  showback,
  yes,
} from "./evidence.ts";
import type { MaturityFacts } from "./facts.ts";
import type { EvidenceState } from "./schema.ts";

/** One exit criterion of a step of the rollout. */
export interface Exit {
  readonly line: string;
  readonly state: EvidenceState;
  readonly found: string;
}

const DAY_MS = 86_400_000;
const UNPRICED_PERCENT = 1n;

function exit(line: string, { state, found }: Line): Exit {
  return { line, state, found };
}

const grouped = (count: bigint) => count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");

function pricedSaid({ requests, unpriced }: MaturityFacts["shares"]): string {
  const but = unpriced === 0n ? "" : ` but ${grouped(unpriced)}`;
  return `all${but} of ${grouped(requests)} calls have one`;
}

/** What leaves each step of the 90 days; the same data laid out another way. */
export function exitsOf(facts: MaturityFacts): Readonly<Record<string, readonly Exit[]>> {
  const { counted, kept, now, shares, workflowCost, vacant } = facts;
  const last = shares.lastRecordedAt;
  const fresh = last !== null && now.getTime() - last.getTime() < DAY_MS;
  const few = shares.unpriced * 100n <= shares.requests * UNPRICED_PERCENT;
  return {
    route: [
      exit(
        "usage arrives",
        fresh
          ? yes(`last recorded ${last.toISOString().slice(0, 16).replace("T", " ")} UTC`)
          : last === null
            ? missing(NO_SOURCE)
            : no(`nothing since ${last.toISOString().slice(0, 10)}`, "aispend doctor"),
      ),
      exit(
        "every call has a price",
        shares.requests === 0n
          ? missing(NO_SOURCE)
          : few
            ? yes(pricedSaid(shares))
            : no(pricedSaid(shares), "add prices"),
      ),
      exit("providers are catalogued", catalogued(facts)),
    ],
    attribute: [
      exit("spend mapped to teams", share(facts, shares.teamCost, "a team", "")),
      exit("spend tagged to workflows", share(facts, workflowCost, "a workflow", "")),
      exit(
        "every role is held",
        vacant === 0 ? yes("no vacancy") : no(count(vacant, "vacancy", "vacancies"), ""),
      ),
    ],
    define: [
      exit(
        "successes are counted",
        counted > 0
          ? yes(`${count(counted, "workflow")} with outcomes`)
          : missing("outcomes: POST /v1/outcomes"),
      ),
      exit(
        "targets are set",
        kept.workflowTargets > 0
          ? yes(`${count(kept.workflowTargets, "workflow")} with a target`)
          : no("no workflow has a target", ""),
      ),
      exit("teams are budgeted and forecast", budgeted(facts)),
    ],
    levers: [
      exit(
        "an experiment is on record",
        kept.experiments > 0 ? yes(count(kept.experiments, "experiment")) : no("none", ""),
      ),
      exit("one was promoted through the gate", evaluated(facts)),
    ],
    operate: [
      exit("showback is sent", showback(facts)),
      exit("hard caps are in force", caps(facts)),
      exit(
        "the monthly review went out",
        kept.reviews > 0 ? yes("within 35 days") : no("none in 35 days", ""),
      ),
      exit(
        "findings are acknowledged",
        kept.acknowledged > 0
          ? yes(`${count(kept.acknowledged, "finding")} acknowledged`)
          : no("none was acknowledged yet", ""),
      ),
    ],
  };
}
