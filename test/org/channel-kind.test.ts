import { beforeAll, describe, expect, it } from "vitest";
import type { Room } from "#apps/chat/surface.ts";
import { readAudit } from "#core/audit/service.ts";
import { type ChannelFor, channelsByScope, findChannel, setChannel } from "#core/org/channel.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { type Acme, asPerson, brainOf, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, edited, exampleOf, fileOf } from "./organisation.ts";

const database = useDatabase();
const LATER = new Date("2026-11-23T14:02:00Z");

const withKinds = (key: string): string =>
  edited(
    exampleOf(key),
    [
      "on_call: ben\n",
      "on_call: ben\nchannel: slack:C0ORG\nchannels:\n  anomaly: slack:C0INCIDENTS\n" +
        "  weekly_inventory: slack:C0FINANCE\n",
    ],
    [
      "    name: Payments\n",
      "    name: Payments\n    channel: slack:C0PAY\n    channels: { approval: slack:C0KEYS }\n",
    ],
  );

async function idsOf(orgId: number): Promise<(key: string) => number> {
  const { scopes } = await loadDirectory(database.pool, orgId);
  return (key) => [...scopes.values()].find((one) => one.key === key)?.id ?? -1;
}

const where = async (orgId: number, scopeId: number, kind: ChannelFor) =>
  (await findChannel(database.pool, { orgId, scopeId, kind }))?.destination;

describe("channels: in aispend.yaml", () => {
  it("send a kind to its own room, inherited, and the nearest scope that chose a room decides", async () => {
    const { orgId } = await apply(database.pool, withKinds("kinds"));
    const { orgId: second } = await apply(database.pool, exampleOf("second"));
    const id = await idsOf(orgId);
    expect(await where(orgId, 0, "anomaly")).toBe("C0INCIDENTS");
    expect(await where(orgId, 0, "budget_alert")).toBe("C0ORG");
    expect(await where(orgId, id("refund-agent"), "approval")).toBe("C0KEYS");
    expect(await where(orgId, id("refund-agent"), "weekly_showback")).toBe("C0PAY");
    // Payments chose a room for everything else: its organisation does not divert it.
    expect(await where(orgId, id("payments"), "anomaly")).toBe("C0PAY");
    expect(await where(second, 0, "anomaly")).toBeUndefined();
    const showbacks = await channelsByScope(database.pool, { orgId, kind: "weekly_showback" });
    expect([...showbacks.values()].map(({ destination }) => destination)).toEqual([
      "C0ORG",
      "C0PAY",
    ]);
    const cards = await channelsByScope(database.pool, { orgId, kind: "approval" });
    expect(cards.get(id("payments"))?.destination).toBe("C0KEYS");
  });

  it("are planned in words, exported as written, and gone with the file's word or their scope", async () => {
    const text = withKinds("round");
    const { lines } = await planFile(database.pool, fileOf(text), LATER);
    expect(lines).toContain("+ channel of the organisation for anomalies: slack:C0INCIDENTS");
    const { orgId } = await apply(database.pool, text);
    const exported = await exportOrganisation(database.pool, orgId);
    expect(exported).toContain("channels:\n  anomaly: slack:C0INCIDENTS\n");
    expect(exported).toContain("    channels:\n      approval: slack:C0KEYS\n");
    expect((await planFile(database.pool, fileOf(exported), LATER)).plan.changes).toEqual([]);
    const other = edited(text, ["anomaly: slack:C0INCIDENTS\n", "anomaly: slack:C0NEXT\n"]);
    expect((await planFile(database.pool, fileOf(other), LATER)).lines[1]).toBe(
      "~ channel of the organisation for anomalies: slack:C0INCIDENTS -> slack:C0NEXT",
    );
    const without = edited(text, ["    channels: { approval: slack:C0KEYS }\n", ""]);
    expect((await planFile(database.pool, fileOf(without), LATER)).lines[1]).toBe(
      "- channel of payments for approvals of keys, caps and pull requests: removed",
    );
    await apply(database.pool, without, { now: LATER });
    expect(await where(orgId, (await idsOf(orgId))("payments"), "approval")).toBe("C0PAY");
  });

  it("are refused for a kind that no room gets, with the line", async () => {
    const text = edited(withKinds("wrong"), ["  anomaly: slack", "  monthly_review: slack"]);
    await expect(apply(database.pool, text)).rejects.toThrow(/monthly_review/);
    const room = edited(withKinds("wrong"), ["anomaly: slack:C0INCIDENTS", 'anomaly: "#ops"']);
    await expect(apply(database.pool, room)).rejects.toThrow(/is not a room/);
  });

  it("give way, kind by kind, to what was set in chat until somebody says which stands", async () => {
    const text = withKinds("both");
    const { orgId } = await apply(database.pool, text);
    const { peopleByName } = await loadDirectory(database.pool, orgId);
    const scopeId = (await idsOf(orgId))("payments");
    const by = { personId: peopleByName.get("eve") ?? -1, surface: "slack" };
    const set = (kind: ChannelFor, destination: string) =>
      setChannel(database.pool, {
        orgId,
        scopeId,
        kind,
        to: { surface: "slack", destination },
        by,
        now: LATER,
      });
    await set("anomaly", "C0CHAT");
    await set("approval", "C0CHAT");
    const { lines } = await planFile(database.pool, fileOf(text), LATER);
    expect(lines.slice(1)).toEqual([
      "! channel of payments for approvals of keys, caps and pull requests: slack:C0CHAT since " +
        "2026-11-23 14:02 UTC, set in chat by Eve Larsen; the file says slack:C0KEYS",
      "! channel of payments for anomalies: there since 2026-11-23 14:02 UTC, set in chat by " +
        "Eve Larsen; the file says nothing of it",
    ]);
    await apply(database.pool, text, { take: "chat", now: LATER });
    expect(await where(orgId, scopeId, "anomaly")).toBe("C0CHAT");
    await apply(database.pool, edited(text, ["C0KEYS", "C0MORE"]), { take: "file", now: LATER });
    expect(await where(orgId, scopeId, "approval")).toBe("C0MORE");
    // Decided for chat, and the file says the same as then.
    expect(await where(orgId, scopeId, "anomaly")).toBe("C0CHAT");
    const after: unknown[] = [];
    for await (const entry of readAudit(database.pool, orgId)) {
      if (entry.action.startsWith("channel.")) after.push(entry.after);
    }
    expect(after).toContain('{"anomaly":{"channel":"slack:C0CHAT"}}');
  });
});

describe("/aispend channel here NAME for KIND", () => {
  let acme: Acme;
  let other: Acme;
  beforeAll(async () => {
    acme = await makeAcme(database.owner, { key: "acme" });
    other = await makeAcme(database.owner, { key: "other" });
  });

  const ask = (key: string, text: string, destination = "C0ROOM", of = acme) => {
    const room: Room = { destination, state: async () => "ours" };
    return brainOf(database.pool).ask({
      orgId: of.orgId,
      text,
      asker: asPerson(of, key),
      audience: { kind: "person", personId: personId(of, key) },
      surface: "slack",
      room,
    });
  };
  const payments = (of = acme) => of.scopes.get("payments") ?? -1;

  it("sends that kind here and leaves everything else, in this organisation alone", async () => {
    await ask("ada", "channel here payments", "C0PAY");
    await ask("ada", "channel here payments", "C0PAY", other);
    const here = await ask("ada", "channel here payments for anomalies", "C0OPS");
    expect(here).toMatchObject({
      title: "payments: anomalies come here",
      sentence: "Told in this room: anomalies of payments and of what is below it from now on.",
      actions: [{ label: "Not here any more", command: "channel off team payments for anomalies" }],
    });
    const again = await ask("ada", "channel here payments for anomaly", "C0OPS");
    expect(again.sentence).toMatch(/already; nothing was changed\.$/);
    expect(await where(acme.orgId, payments(), "anomaly")).toBe("C0OPS");
    expect(await where(acme.orgId, payments(), "weekly_showback")).toBe("C0PAY");
    expect(await where(other.orgId, payments(other), "anomaly")).toBe("C0PAY");
    const shown = await ask("sam", "channel payments", "C0PAY");
    expect(shown.sentence).toBe("What is told unasked about payments goes to this room.");
    expect(shown.facts).toEqual([{ label: "Anomalies", value: "Slack channel C0OPS" }]);
    expect((await ask("sam", "channel checkout-agent for anomalies", "C0PAY")).sentence).toBe(
      "Anomalies of checkout-agent: told in Slack channel C0OPS (the channel of payments for " +
        "anomalies).",
    );
    expect((await ask("sam", "channel list", "C0OPS")).table?.rows).toEqual([
      ["payments", "anomalies", "this room"],
      ["payments", "everything", "Slack channel C0PAY"],
    ]);
  });

  it("refuses who does not answer for it, and a kind that no room gets", async () => {
    expect((await ask("sam", "channel here payments for budgets")).state).toBe("refused");
    expect((await ask("sam", "channel off payments for anomalies")).state).toBe("refused");
    const review = await ask("ada", "channel here payments for reviews");
    expect(review.sentence).toBe("The monthly review goes to each owner in private, to no room.");
    expect((await ask("ada", "channel here payments for lunch")).title).toBe(
      "No such kind of message",
    );
    expect(await where(acme.orgId, payments(), "budget_alert")).toBe("C0PAY");
  });

  it("says who keeps a room of their own, and takes a kind's room away without its name", async () => {
    const org = await ask("grace", "channel here org for anomalies", "C0ALL");
    expect(org.notes[0]).toBe("With a channel of their own, which they keep: payments.");
    expect(await where(acme.orgId, acme.scopes.get("search") ?? -1, "anomaly")).toBe("C0ALL");
    const off = await ask("ada", "channel remove for anomalies", "C0OPS");
    expect(off.sentence).toBe(
      "No channel of its own any more: anomalies of payments. It goes to Slack channel C0PAY " +
        "(the channel of payments).",
    );
    expect((await ask("ada", "channel off payments", "C0PAY")).sentence).toMatch(
      /^What is told unasked about payments no longer has/,
    );
    expect(await where(acme.orgId, payments(), "anomaly")).toBe("C0ALL");
  });
});
