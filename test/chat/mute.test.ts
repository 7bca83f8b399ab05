import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import type { Answer } from "#core/answers/schema.ts";
import { findPreferences } from "#core/outbox/service.ts";
import { type Acme, asPerson, brainOf, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let brain: Brain;
const ROOM = "C0PAYMENTS";

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  for (const { orgId, scopes } of [acme, other]) {
    await database.owner.query(
      `insert into scope_channel (org_id, scope_id, surface, destination)
       values ($1, $2, 'slack', $3)`,
      [orgId, scopes.get("payments"), ROOM],
    );
  }
  brain = brainOf(database.pool);
});
beforeEach(() => database.owner.query("truncate outbox_destination"));

function say(who: string, text: string, where: "room" | "private" | "cli" = "room") {
  const audience = { kind: "person" as const, personId: personId(acme, who) };
  const room = { destination: ROOM, state: async () => "ours" as const };
  const asked = { orgId: acme.orgId, text, asker: asPerson(acme, who), audience };
  if (where === "cli") return brain.ask({ ...asked, surface: "cli" });
  return brain.ask({ ...asked, surface: "slack", ...(where === "room" ? { room } : {}) });
}
const at = (destination: string, of = acme) =>
  findPreferences(database.pool, { orgId: of.orgId, surface: "slack", destination });
const fact = ({ facts }: Answer, label: string) => facts.find((one) => one.label === label)?.value;

describe("a report that is not wanted", () => {
  it("is muted in the room by whoever answers for its spend, comes again, and both are audited", async () => {
    const muted = await say("ada", "mute weekly");
    expect(muted.sentence).toBe("This room gets no weekly showback any more.");
    expect((await at(ROOM)).mutedKinds).toEqual(["weekly_showback"]);
    await say("ada", "mute weekly showback");
    expect((await at(ROOM)).mutedKinds).toEqual(["weekly_showback"]);
    expect((await at(ROOM, other)).mutedKinds).toEqual([]);
    const shown = await say("u1", "mute");
    expect(fact(shown, "Muted")).toBe("weekly showback");
    expect(shown.notes.join()).toContain("always come through");
    expect((await say("ada", "unmute weekly")).title).toBe(
      "weekly showback: comes again for this room",
    );
    expect((await at(ROOM)).mutedKinds).toEqual([]);
    const { rows } = await database.owner.query<{ action: string }>(
      `select action from audit_entry where org_id = $1 and subject = $2 order by position`,
      [acme.orgId, `slack:${ROOM}`],
    );
    expect(rows.map(({ action }) => action)).toEqual(["destination.mute", "destination.unmute"]);
  });

  it("is refused to who does not answer for the room's scopes, and changes nothing", async () => {
    const refused = await say("u1", "mute budgets");
    expect(refused.state).toBe("refused");
    expect((await at(ROOM)).mutedKinds).toEqual([]);
  });

  it("is everybody's own in private", async () => {
    const muted = await say("u1", "mute budgets", "private");
    expect(muted.sentence).toBe("You get no budget alerts any more.");
    const own = `person:${personId(acme, "u1")}`;
    expect((await at(own)).mutedKinds).toEqual(["budget_alert"]);
    expect((await at(ROOM)).mutedKinds).toEqual([]);
  });

  it("is named, or the answer says which there are; on the command line, where to say it", async () => {
    const unknown = await say("ada", "mute everything");
    expect([unknown.state, unknown.sentence]).toEqual([
      "wrong_usage",
      "'everything' is no report that can be muted.",
    ]);
    expect((await say("ada", "mute weekly", "cli")).sentence).toMatch(/^Reports go to Slack and/);
  });
});

describe("quiet hours", () => {
  it("are the room's own until they are the organisation's again", async () => {
    const set = await say("ada", "quiet 18 8:30");
    expect(set.sentence).toBe("Reports for this room wait from 18:00 to 08:30 from now on.");
    expect((await at(ROOM)).quietHours).toEqual({ from: "18:00", until: "08:30" });
    const off = await say("ada", "quiet off");
    expect(fact(off, "Quiet hours")).toBe("none, Europe/Berlin");
    const usual = await say("ada", "quiet default");
    expect(fact(usual, "Quiet hours")).toBe("20:00 to 07:00, Europe/Berlin");
    expect((await say("ada", "quiet late")).state).toBe("wrong_usage");
    expect((await say("u1", "quiet off")).state).toBe("refused");
  });
});
