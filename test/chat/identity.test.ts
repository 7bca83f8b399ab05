import { beforeAll, describe, expect, it } from "vitest";
import { createBrain } from "#apps/chat/brain.ts";
import type { Command } from "#apps/chat/command.ts";
import { COMMANDS } from "#apps/chat/registry.ts";
import type { Asker, Brain } from "#apps/chat/surface.ts";
import { Answer } from "#core/answers/schema.ts";
import { redeemCommandLineCode } from "#core/org/identity.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { useDatabase } from "#test/database/clone.ts";
import {
  type Acme,
  asPerson,
  brainOf,
  clock,
  fillAcme,
  makeAcme,
  NOW,
  personId,
  STRANGER,
} from "./acme.ts";

const database = useDatabase();
let acme: Acme;
const mails: { to: string; code: string }[] = [];
let brain: Brain;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  brain = createBrain({
    pool: database.pool,
    clock,
    priceBookOf: () => Promise.resolve(buildPriceBook(loadCatalogue())),
    mailLinkCode: ({ to, code }) => {
      mails.push({ to, code });
      return Promise.resolve();
    },
  });
});

function ask(asker: Asker, text: string, by = brain): Promise<Answer> {
  const { personId: id } = asker;
  return by.ask({
    orgId: acme.orgId,
    text,
    asker,
    audience: id === undefined ? { kind: "room" } : { kind: "person", personId: id },
    surface: "slack",
  });
}

describe("an account that is not linked", () => {
  it("is told how to link itself, whatever it asks", async () => {
    for (const text of ["", "team payments", "org", "why payments", "who owns payments"]) {
      const answer = await ask(STRANGER, text);
      expect(answer.state).toBe("refused");
      expect(answer.sentence).toBe("This account is not linked to a person of Acme yet.");
      expect(answer.facts).toEqual([]);
    }
    expect((await ask(STRANGER, "whoami")).sentence).toBe(
      "slack:T1:U9 is not linked to a person of Acme yet.",
    );
  });

  it("links itself by a code sent to the address, once", async () => {
    mails.length = 0;
    const sent = await ask(STRANGER, "link Sam@acme.example");
    expect(mails).toEqual([{ to: "sam@acme.example", code: expect.any(String) }]);
    expect(JSON.stringify(sent)).not.toContain(mails[0]?.code);
    expect((await ask(STRANGER, "link AAAA-AAAA")).state).toBe("refused");
    const other = { ...STRANGER, account: "slack:T1:U8" };
    expect((await ask(other, `link ${mails[0]?.code}`)).state).toBe("refused");
    const linked = await ask(STRANGER, `link ${mails[0]?.code?.toLowerCase()}`);
    expect(linked.sentence).toBe("This account is Sam Search of Acme now.");
    expect((await ask(STRANGER, `link ${mails[0]?.code}`)).state).toBe("refused");
    const { rows } = await database.owner.query(
      "select person_id, proof from account_link where org_id = $1 and account = 'U9'",
      [acme.orgId],
    );
    expect(rows).toEqual([{ person_id: personId(acme, "sam"), proof: "email_code" }]);
  });

  it("learns nothing about who works here", async () => {
    mails.length = 0;
    const asker = { ...STRANGER, account: "slack:T1:U7" };
    const known = await ask(asker, "link ada@acme.example");
    const unknown = await ask(asker, "link nobody@acme.example");
    expect(unknown).toEqual(known);
    expect(mails.map(({ to }) => to)).toEqual(["ada@acme.example"]);
  });

  it("is sent to the operator where no e-mail is configured", async () => {
    const answer = await ask(STRANGER, "link ada@acme.example", brainOf(database.pool));
    expect(answer.state).toBe("refused");
    expect(answer.notes[0]).toContain("aispend link slack:T1:U9");
    expect((await ask(STRANGER, "link what is this")).state).toBe("wrong_usage");
  });
});

describe("a linked person", () => {
  it("is told who they are and what they may see", async () => {
    const answer = await ask(asPerson(acme, "ada"), "whoami");
    expect(answer.title).toBe("You are Ada Byron");
    expect(answer.facts).toEqual([
      { label: "Teams", value: "payments" },
      { label: "You own", value: "payments" },
      { label: "Customer detail", value: "shown to you: payments" },
    ]);
    const fin = await ask(asPerson(acme, "fin"), "whoami");
    expect(fin.facts[2]?.value).toBe("shown to you: the whole organisation");
  });

  it("is shown a code for the command line, which works once", async () => {
    const answer = await ask(asPerson(acme, "ada"), "code");
    const code = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(answer.sentence)?.[0] ?? "";
    const redeem = () =>
      redeemCommandLineCode(database.pool, acme.orgId, personId(acme, "ada"), code, NOW);
    expect(await redeem()).toBe(true);
    expect(await redeem()).toBe(false);
    expect(answer.actions).toEqual([]);
  });

  it("has a home: the team's spend, requests, and what waits", async () => {
    const asker = asPerson(acme, "ada");
    const home = await brain.home({
      orgId: acme.orgId,
      asker,
      audience: { kind: "person", personId: personId(acme, "ada") },
      surface: "slack",
    });
    expect(home.team.command).toBe("team payments");
    expect(home.requests.sentence).toBe("You have asked for nothing that is still open.");
    expect(home.waiting.sentence).toBe("Nothing waits for you.");
  });

  it("finds its team by where its own calls went, when it holds no function", async () => {
    const answer = await ask(asPerson(acme, "u1"), "team");
    expect(answer.command).toBe("team payments");
    expect((await ask(asPerson(acme, "u2"), "team")).command).toBe("org");
  });
});

describe("a stranger's home", () => {
  it("says how to link the account", async () => {
    const home = await brain.home({
      orgId: acme.orgId,
      asker: { ...STRANGER, account: "slack:T1:U6" },
      audience: { kind: "room" },
      surface: "slack",
    });
    expect(home.team.title).toBe("This account is not linked to a person yet");
  });
});

describe("a button", () => {
  const press = (by: Brain, asker: Asker, verb: string) =>
    by.press({
      orgId: acme.orgId,
      verb,
      token: "t1",
      values: { note: "hi" },
      asker,
      audience: { kind: "room" },
      surface: "slack",
    });
  const echo: Command<undefined> = {
    name: "echo",
    usage: "echo",
    summary: "For this test.",
    parse: () => undefined,
    run: () => Promise.reject(new Error("not asked")),
    presses: {
      "echo.press": (_, { token, values }) =>
        Promise.resolve({ command: "echo", title: token, sentence: values.note ?? "" }),
    },
    forms: {
      "echo.form": (_, token) =>
        Promise.resolve({
          title: "Echo",
          intro: undefined,
          verb: "echo.press",
          token,
          submitLabel: "Send",
          fields: [],
        }),
    },
  };
  const asked = () => ({
    orgId: acme.orgId,
    asker: asPerson(acme, "ada"),
    audience: { kind: "room" as const },
    surface: "slack" as const,
  });

  it("goes to the command that registered its verb, and its form likewise", async () => {
    const own = createBrain(
      {
        pool: database.pool,
        clock,
        priceBookOf: () => Promise.resolve(buildPriceBook(loadCatalogue())),
      },
      [...COMMANDS, echo],
    );
    expect(await press(own, asPerson(acme, "ada"), "echo.press")).toMatchObject({
      title: "t1",
      sentence: "hi",
    });
    expect((await press(own, STRANGER, "echo.press")).state).toBe("refused");
    expect(await own.form("echo.form", "t2", asked())).toMatchObject({ token: "t2" });
    const refused = await own.form("echo.form", "t2", { ...asked(), asker: STRANGER });
    expect(Answer.parse(refused).state).toBe("refused");
  });

  it("that nobody knows any more is answered politely", async () => {
    const answer = await press(brain, asPerson(acme, "ada"), "key.approve\u202e");
    expect(answer).toMatchObject({ state: "not_found", title: "That button no longer works" });
    const form = Answer.parse(await brain.form("nope", "t", asked()));
    expect(form.state).toBe("not_found");
  });
});
