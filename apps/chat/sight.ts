import type { Audience } from "#core/answers/schema.ts";
import type { OrgView } from "./org-view.ts";
import { askButton, Refusal } from "./refusal.ts";
import { spellName } from "./subject.ts";
import type { Asker } from "./surface.ts";

/**
 * What the audience of an answer may see. The audience is the room that the answer is posted in,
 * whoever asked: a room never sees one customer or one person, not even with the one entitled to
 * it among its members.
 */
export interface Sight {
  /** Who sees it alone: the one whose own spend may be shown. */
  readonly personId: number | undefined;
  readonly isRoom: boolean;
  readonly isOperator: boolean;
  /** Customers of a scope; 0 = of the whole organisation. */
  customers(scopeId: number): boolean;
  /** Teams whose customers are shown, by name, where those of the whole are not. */
  readonly customerTeams: () => readonly string[];
  /** People by name, of a scope: only where the organisation recorded a basis for it. */
  namedPeople(scopeId: number): boolean;
}

export function sightOf(audience: Audience, asker: Asker, org: OrgView): Sight {
  const isOperator = audience.kind === "operator" && asker.operator;
  // An answer for a person goes to the one who asks, or it is nobody's private answer.
  const personId =
    audience.kind === "person" && audience.personId === asker.personId
      ? audience.personId
      : undefined;
  const entitled = (scopeId: number) =>
    isOperator || (personId !== undefined && org.maySeeCustomerDetail(personId, scopeId));
  const mayName = org.personDetail === "named" && org.personDetailBasis !== undefined;
  return {
    personId,
    isRoom: audience.kind === "room",
    isOperator,
    customers: entitled,
    customerTeams: () =>
      org.scopes
        .filter(({ id, kind, retired }) => kind === "team" && !retired && entitled(id))
        .map(({ shortName }) => shortName),
    namedPeople: (scopeId) => mayName && entitled(scopeId),
  };
}

/** Throws unless the audience may see single customers of the scope. */
export function requireCustomers(sight: Sight, scopeId: number): void {
  if (sight.customers(scopeId)) return;
  const [team] = sight.isRoom ? [] : sight.customerTeams();
  throw new Refusal(
    "customer_detail_refused",
    "Customer detail is not shown here",
    sight.isRoom
      ? "What single customers cost is not shown in a room."
      : "What single customers cost is shown to those who answer for attributing spend or for " +
          "the AI budget.",
    {
      kind: "forbidden",
      help: sight.isRoom
        ? "Ask me in private."
        : team === undefined
          ? "See who that is: owners org"
          : `Those of your own are: add "in ${team}" to the question.`,
      actions: sight.isRoom
        ? []
        : [
            ...(team === undefined ? [] : [askButton(`top customer in team ${spellName(team)}`)]),
            askButton("owners org"),
          ],
    },
  );
}
