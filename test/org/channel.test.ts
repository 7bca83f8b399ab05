import { beforeAll, describe, expect, it } from "vitest";
import type { Room } from "#apps/chat/surface.ts";
import { readAudit } from "#core/audit/service.ts";
import { channelsByScope, findChannel, setChannel } from "#core/org/channel.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { type Acme, asPerson, brainOf, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, edited, exampleOf, fileOf } from "./organisation.ts";

const database = useDatabase();
const LATER = new Date("2026-11-23T14:02:00Z");

const withChannels = (key: string): string =>
  edited(
    exampleOf(key),
    ["on_call: ben\n", "on_call: ben\nchannel: slack:C0ORG\n"],
    ["    name: Payments\n", "    name: Payments\n    channel: teams:19:pay@thread.tacv2\n"],
  );

describe("channel: in aispend.yaml", () => {
  it("is applied, found by the nearest ancestor, exported, and nothing to do again", async () => {
    const text = withChannels("rooms");
    const { orgId } = await apply(database.pool, text);
    const { orgId: second } = await apply(database.pool, exampleOf("second"));
    const { scopes } = await loadDirectory(database.pool, orgId);
    const id = (key: string) => [...scopes.values()].find((one) => one.key === key)?.id ?? -1;
    const of = (scopeId: number, org = orgId) =>
      findChannel(database.pool, { orgId: org, scopeId, kind: "any" });
    const payments = {
      surface: "teams",
      destination: "19:pay@thread.tacv2",
      scopeId: id("payments"),
      kind: "any",
    };
    expect(await of(id("payments"))).toEqual(payments);
    expect(await of(id("refund-agent"))).toEqual(payments);
    expect(await of(0)).toEqual({
      surface: "slack",
      destination: "C0ORG",
      scopeId: 0,
      kind: "any",
    });
    const elsewhere = [...scopes.values()].find(
      (one) => one.kind === "team" && one.key !== "payments",
    );
    expect(await of(elsewhere?.id ?? -1)).toMatchObject({ destination: "C0ORG" });
    expect(await of(0, second)).toBeUndefined();
    const exported = await exportOrganisation(database.pool, orgId);
    expect(exported).toContain("\nchannel: slack:C0ORG\n");
    expect(exported).toContain("    channel: teams:19:pay@thread.tacv2\n");
    expect((await planFile(database.pool, fileOf(exported), LATER)).plan.changes).toEqual([]);
    await apply(database.pool, edited(text, ["channel: slack:C0ORG\n", ""]), { now: LATER });
    expect(await of(0)).toBeUndefined();
  });

  it("is refused where it names no room, with the line and what would be right", async () => {
    const text = edited(withChannels("wrong"), ["slack:C0ORG", '"#payments"']);
    await expect(apply(database.pool, text)).rejects.toThrow(
      /channel.*is not a room. Write slack:C0123ABCD or teams:19:/s,
    );
  });

  it("gives way to what was set in chat until somebody says which stands", async () => {
    const text = withChannels("both");
    const { orgId } = await apply(database.pool, text);
    const { scopes, peopleByName } = await loadDirectory(database.pool, orgId);
    const scopeId = [...scopes.values()].find((one) => one.key === "payments")?.id ?? -1;
    await setChannel(database.pool, {
      orgId,
      scopeId,
      kind: "any",
      to: { surface: "slack", destination: "C0CHAT" },
      by: { personId: peopleByName.get("eve") ?? -1, surface: "slack" },
      now: LATER,
    });
    const { lines } = await planFile(database.pool, fileOf(text), LATER);
    expect(lines[1]).toBe(
      "! team payments: channel slack:C0CHAT since 2026-11-23 14:02 UTC, set in chat by " +
        "Eve Larsen; the file says teams:19:pay@thread.tacv2",
    );
    await apply(database.pool, text, { take: "file", now: LATER });
    expect(await findChannel(database.pool, { orgId, scopeId, kind: "any" })).toMatchObject({
      surface: "teams",
    });
    const changes: unknown[] = [];
    for await (const { after } of readAudit(database.pool, orgId)) changes.push(after);
    expect(changes).toContain('{"channel":"slack:C0CHAT"}');
  });
});

describe("/aispend channel", () => {
  let acme: Acme;
  let other: Acme;
  beforeAll(async () => {
    acme = await makeAcme(database.owner, { key: "acme" });
    other = await makeAcme(database.owner, { key: "other" });
  });

  const room = (state: Awaited<ReturnType<Room["state"]>>): Room => ({
    destination: "C0ROOM",
    state: async () => state,
  });
  const ask = (key: string, text: string, place: Room | "private" = room("ours"), of = acme) =>
    brainOf(database.pool).ask({
      orgId: of.orgId,
      text,
      asker: asPerson(of, key),
      audience: { kind: "person", personId: personId(of, key) },
      surface: "slack",
      ...(place === "private" ? {} : { room: place }),
    });
  const channels = async (of = acme) => [
    ...(await channelsByScope(database.pool, { orgId: of.orgId, kind: "any" })).keys(),
  ];

  it("sets the room for the scope by its owner, once, and only in this organisation", async () => {
    const first = await ask("ada", "channel here payments");
    expect(first.sentence).toBe(
      "What is told unasked about payments and what is below it comes to this room from now on.",
    );
    expect((await ask("ada", "channel here payments")).sentence).toMatch(/nothing was changed/);
    expect(await channels()).toEqual([acme.scopes.get("payments")]);
    expect(await channels(other)).toEqual([]);
    expect((await ask("sam", "channel checkout-agent")).sentence).toBe(
      "What is told unasked about checkout-agent goes to this room (the channel of payments).",
    );
    expect((await ask("sam", "channel search")).sentence).toMatch(/^search has no channel/);
  });

  it("refuses who does not answer for it, a private chat, and a room that others read", async () => {
    expect((await ask("sam", "channel off payments")).state).toBe("refused");
    expect((await ask("pia", "channel here search")).state).toBe("refused");
    expect((await ask("ada", "channel here payments", "private")).title).toMatch(/in the room/);
    const shared = await ask("grace", "channel here search", room("shared_outside"));
    expect(shared.title).toBe("Shared with another company");
    expect((await ask("grace", "channel here search", room("unknown"))).state).toBe("refused");
    expect(await channels()).toEqual([acme.scopes.get("payments")]);
  });

  it("asks for which team where several could be meant, and takes the room away again", async () => {
    await ask("grace", "channel here search");
    const several = await ask("grace", "channel off");
    expect(several.actions.map((action) => action.label)).toEqual([
      "channel off team payments",
      "channel off team search",
    ]);
    await ask("grace", "channel off search");
    expect((await ask("ada", "channel off")).sentence).toMatch(
      /^What is told unasked about payments no longer has a channel of its own/,
    );
    expect(await channels()).toEqual([]);
  });
});
