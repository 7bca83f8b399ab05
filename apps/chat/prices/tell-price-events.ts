import { Answer, type Audience } from "#core/answers/schema.ts";
import type { Tx } from "#core/db/db.ts";
import { findChannel } from "#core/org/channel.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { ACTIVITY_SAID } from "#core/org/words.ts";
import { enqueue } from "#core/outbox/service.ts";
import type { PriceEvent } from "#core/pricing/price-event.ts";
import type { Day } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import { priceChangeAnswer } from "./price-change-answer.ts";

interface Place {
  readonly surface: string;
  readonly destination: string;
  readonly audience: Audience;
}

function accountableFor(org: OrgView, activity: string, scopeId: number): readonly number[] {
  return org.answering(scopeId).find((one) => one.activity === activity)?.accountable ?? [];
}

async function placesOf(tx: Tx, org: OrgView, people: readonly number[]): Promise<Place[]> {
  const addresses = await listAddresses(tx, org.id, people);
  return addresses.map(({ personId, surface, destination }) => ({
    surface,
    destination,
    audience: { kind: "person", personId },
  }));
}

/** The team's own room, else its owner. */
async function placesOfTeam(tx: Tx, org: OrgView, teamId: number): Promise<Place[]> {
  const channel = await findChannel(tx, { orgId: org.id, scopeId: teamId, kind: "price_change" });
  if (channel !== undefined && channel.scopeId === teamId) {
    const { surface, destination } = channel;
    return [{ surface, destination, audience: { kind: "room" } }];
  }
  return placesOf(tx, org, accountableFor(org, ACTIVITY_SAID.attribute_spend, teamId));
}

/**
 * Owes the announcement of price changes: to who answers for the AI budget with the effect on every
 * team, and to each team touched with its own. Returns how many messages.
 */
export async function tellPriceEvents(
  tx: Tx,
  org: OrgView,
  args: { events: readonly PriceEvent[]; today: Day; now: Date },
): Promise<number> {
  const { events, now, today } = args;
  const names = new Map(org.scopes.map(({ id, shortName }) => [id, shortName]));
  const nameOf = (id: number) => names.get(id) ?? "unattributed";
  let messages = 0;
  const owe = async (event: PriceEvent, place: Place, teamId: number | undefined) => {
    const body = priceChangeAnswer(event, { today, nameOf, teamId });
    const { audience, destination, surface } = place;
    const thread = `price:${event.id}`;
    await enqueue(
      tx,
      {
        orgId: org.id,
        dedupeKey: `${thread}:${teamId ?? "all"}:${surface}:${destination}`.slice(0, 200),
        surface,
        destination,
        kind: "price_change",
        urgency: "report",
        placement: "thread",
        threadKey: thread,
        body: Answer.parse({ ...body, audience, demonstration: org.demonstration }),
      },
      now,
    );
    messages += 1;
  };
  for (const event of events) {
    const finance = accountableFor(org, ACTIVITY_SAID.set_ai_budget, 0);
    for (const place of await placesOf(tx, org, finance)) await owe(event, place, undefined);
    for (const { teamId } of event.teams) {
      if (teamId === 0) continue;
      for (const place of await placesOfTeam(tx, org, teamId)) await owe(event, place, teamId);
    }
  }
  return messages;
}
