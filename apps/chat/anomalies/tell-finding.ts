import { isWeighty } from "#core/anomalies/finding.ts";
import type { Finding } from "#core/anomalies/schema.ts";
import { Answer, type Audience } from "#core/answers/schema.ts";
import type { Tx } from "#core/db/db.ts";
import { findChannel } from "#core/org/channel.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { ACTIVITY_SAID } from "#core/org/words.ts";
import { enqueue, hasMessage, listThreadPlaces } from "#core/outbox/service.ts";
import type { OrgView } from "../org-view.ts";
import { findingAnswer } from "./finding-answer.ts";
import { settingOf } from "./finding-setting.ts";

const KIND = "anomaly";

interface Place {
  readonly surface: string;
  readonly destination: string;
  readonly audience: Audience;
}

/** Who is R of attributing its spend; above a size also who is A. */
function peopleFor(org: OrgView, finding: Finding, budget: bigint | undefined): number[] {
  const attribution = org
    .answering(finding.scopeId)
    .find(({ activity }) => activity === ACTIVITY_SAID.attribute_spend);
  if (attribution === undefined) return [];
  const { accountable, responsible } = attribution;
  return [...new Set([...responsible, ...(isWeighty(finding, budget) ? accountable : [])])];
}

function threadKey({ id }: Finding): string {
  return `finding:${id}`;
}

function leadKey(finding: Finding, { surface, destination }: Omit<Place, "audience">): string {
  return `${threadKey(finding)}:lead:${surface}:${destination}`.slice(0, 200);
}

async function placesOf(
  tx: Tx,
  org: OrgView,
  finding: Finding,
  budget: bigint | undefined,
): Promise<{ places: Place[]; unreachable: number }> {
  const people = peopleFor(org, finding, budget);
  const addresses = await listAddresses(tx, org.id, people);
  const places: Place[] = addresses.map(({ personId, surface, destination }) => ({
    surface,
    destination,
    audience: { kind: "person", personId },
  }));
  const channel = await findChannel(tx, { orgId: org.id, scopeId: finding.scopeId, kind: KIND });
  if (channel !== undefined) {
    const { destination, surface } = channel;
    places.unshift({ surface, destination, audience: { kind: "room" } });
  }
  return { places, unreachable: people.length - addresses.length };
}

/** Rooms and people that were told of it and would not be told today: their message stays true too. */
async function earlierPlaces(
  tx: Tx,
  org: OrgView,
  finding: Finding,
  places: readonly Place[],
): Promise<Place[]> {
  const told = await listThreadPlaces(tx, org.id, threadKey(finding));
  return told
    .filter((one) => !places.some((each) => leadKey(finding, each) === leadKey(finding, one)))
    .map((one) => {
      const person = /^person:(\d+)$/.exec(one.destination)?.[1];
      const audience: Audience =
        person === undefined ? { kind: "room" } : { kind: "person", personId: Number(person) };
      return { ...one, audience };
    });
}

interface Telling {
  readonly tx: Tx;
  readonly org: OrgView;
  readonly finding: Finding;
  readonly now: Date;
}

async function owe(
  { tx, org, finding, now }: Telling,
  place: Place,
  message: { key: string; placement: "thread" | "update"; urgency: "report" | "urgent" },
): Promise<void> {
  const setting = await settingOf(tx, org, finding, now);
  const body = findingAnswer(finding, setting);
  const { surface, destination, audience } = place;
  await enqueue(
    tx,
    {
      orgId: org.id,
      dedupeKey: message.key.slice(0, 200),
      surface,
      destination,
      kind: KIND,
      urgency: message.urgency,
      placement: message.placement,
      threadKey: threadKey(finding),
      body: Answer.parse({ ...body, audience, demonstration: org.demonstration }),
    },
    now,
  );
}

/**
 * Owes the messages of a finding to the room of its scope and to the people who answer for it: the
 * first is posted and breaks through quiet hours, as it is above the floor; from then on it is edited
 * in place. `isNews` on a finding that was told before adds a line to its thread.
 */
export async function tellFinding(
  tx: Tx,
  org: OrgView,
  told: {
    readonly finding: Finding;
    readonly isNews: boolean;
    readonly budget: bigint | undefined;
    readonly now: Date;
    /** Nobody new is told. */
    readonly editsOnly?: boolean;
  },
): Promise<{ messages: number; unreachable: number }> {
  const { budget, editsOnly = false, finding, isNews, now } = told;
  if (finding.pushedAt === undefined) return { messages: 0, unreachable: 0 };
  const { places, unreachable } = await placesOf(tx, org, finding, budget);
  const telling = { tx, org, finding, now };
  let messages = 0;
  for (const place of [...places, ...(await earlierPlaces(tx, org, finding, places))]) {
    const key = leadKey(finding, place);
    const hasLead = await hasMessage(tx, org.id, key);
    // Nobody's first word of a finding is that it is over.
    if (!hasLead && (editsOnly || finding.state === "resolved")) continue;
    const edit = `${threadKey(finding)}:${finding.edits}:${place.surface}:${place.destination}`;
    // Its first message shows it as it was then.
    const isUnmoved = !editsOnly && finding.updatedAt.getTime() === finding.pushedAt.getTime();
    if (hasLead && (isUnmoved || (await hasMessage(tx, org.id, edit.slice(0, 200))))) continue;
    messages += 1;
    if (!hasLead) await owe(telling, place, { key, placement: "thread", urgency: "urgent" });
    else {
      if (isNews && places.includes(place)) {
        const again = { key: `again:${edit}`, placement: "thread", urgency: "urgent" } as const;
        await owe(telling, place, again);
      }
      await owe(telling, place, { key: edit, placement: "update", urgency: "report" });
    }
  }
  return { messages, unreachable };
}

/** After a press: every message there is shows the finding as it stands. */
export async function editFinding(
  tx: Tx,
  org: OrgView,
  finding: Finding,
  now: Date,
): Promise<void> {
  await tellFinding(tx, org, { finding, isNews: false, budget: undefined, now, editsOnly: true });
}
