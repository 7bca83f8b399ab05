import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readAudit } from "#core/audit/service.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { findMemberByEmail } from "#core/org/identity-store.ts";
import { importPeople } from "#core/org/import-people.ts";
import { readPeopleCsv } from "#core/org/people-csv.ts";
import type { ListedPerson } from "#core/org/people-listing.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, edited, exampleOf, fileOf, NOW, OPERATOR } from "./organisation.ts";

const database = useDatabase();
const BY = { actor: "system", surface: "slack" } as const;
let number = 0;
let orgId = 0;
let otherId = 0;
let text = "";

beforeAll(async () => {
  ({ orgId: otherId } = await apply(database.pool, exampleOf("other")));
});
beforeEach(async () => {
  number += 1;
  text = exampleOf(`acme-${number}`);
  ({ orgId } = await apply(database.pool, text));
});

const listed = (email: string, more: Partial<ListedPerson> = {}): ListedPerson => ({
  email,
  name: email.split("@")[0],
  active: true,
  kind: "member",
  ...more,
});

function bring(people: ListedPerson[], complete = false, now = NOW) {
  return importPeople(database.pool, { orgId, listing: { people, complete }, by: BY, now });
}

async function person(name: string, org = orgId) {
  const directory = await loadDirectory(database.pool, org);
  return directory.people.get(directory.peopleByName.get(name) ?? 0);
}

describe("people from a directory", () => {
  it("join by their address and are taken once", async () => {
    const people = [
      listed("Zoe@acme.example", { name: "Zoë\n Zimmer" }),
      listed("yan@acme.example"),
    ];
    expect(await bring(people)).toMatchObject({ joined: 2, left: 0, changed: 0 });
    expect(await person("zoe@acme.example")).toMatchObject({
      key: "zoe@acme.example",
      name: "Zoë Zimmer",
      leftOn: undefined,
    });
    expect(await bring(people)).toMatchObject({ joined: 0, left: 0, returned: 0, changed: 0 });
    expect(await person("zoe@acme.example", otherId)).toBeUndefined();
    expect(await findMemberByEmail(database.pool, orgId, "zoe@acme.example", NOW)).toBeGreaterThan(
      0,
    );
  });

  it("can be named in the file without being listed, and the file does not let them leave", async () => {
    await bring([listed("zoe@acme.example")]);
    const named = edited(text, ["  procurement: farid", "  procurement: zoe@acme.example"]);
    await apply(database.pool, named);
    expect((await planFile(database.pool, fileOf(text), NOW)).lines).toEqual([
      `1 change to acme-${number}.`,
      "~ procurement of the organisation: zoe@acme.example -> farid",
    ]);
    await apply(database.pool, text);
    expect((await person("zoe@acme.example"))?.leftOn).toBeUndefined();
    const exported = await exportOrganisation(database.pool, orgId);
    expect(exported).not.toContain("zoe@acme.example");
  });

  it("leave on the day their account is deactivated, and their roles are vacant", async () => {
    const result = await bring([listed("EVE@acme.example", { active: false })]);
    expect(result.left).toBe(1);
    expect(result.vacancies.map(({ role }) => role).toSorted()).toEqual([
      "engineering",
      "on_call",
      "product",
    ]);
    expect((await person("eve"))?.leftOn).toBe("2026-11-22");
    expect((await planFile(database.pool, fileOf(text), NOW)).lines).toHaveLength(1);
    const again = await bring(
      [listed("eve@acme.example", { active: false })],
      false,
      new Date("2026-12-01"),
    );
    expect(again).toMatchObject({ left: 0 });
    expect((await person("eve"))?.leftOn).toBe("2026-11-22");
    expect((await person("eve", otherId))?.leftOn).toBeUndefined();
  });

  it("return when the account is active again, unless the file said that they left", async () => {
    await bring([listed("eve@acme.example", { active: false })]);
    expect(await bring([listed("eve@acme.example")])).toMatchObject({ returned: 1 });
    expect((await person("eve"))?.leftOn).toBeUndefined();
    await apply(
      database.pool,
      edited(text, ["    github: evelarsen\n", "    github: evelarsen\n    left_on: 2026-11-01\n"]),
    );
    expect(await bring([listed("eve@acme.example")])).toMatchObject({ returned: 0 });
    expect((await person("eve"))?.leftOn).toBe("2026-11-01");
  });

  it("keep the details that the file gives them, and get those that it does not own", async () => {
    await bring([
      listed("ana@acme.example", { name: "Somebody Else" }),
      listed("zoe@acme.example"),
    ]);
    expect((await person("ana"))?.name).toBe("Ana Ruiz");
    expect(await bring([listed("zoe@acme.example", { name: "Zoë" })])).toMatchObject({
      changed: 1,
    });
    expect((await person("zoe@acme.example"))?.name).toBe("Zoë");
  });

  it("are members from then on where only usage knew them, by directory or by file", async () => {
    const fromUsage = async (email: string) => {
      const { rows } = await database.owner.query<{ id: number }>(
        "insert into person (org_id) values ($1) returning id",
        [orgId],
      );
      await database.owner.query(
        "insert into person_detail (org_id, person_id, key, email) values ($1, $2, $3, $3)",
        [orgId, rows[0]?.id, email],
      );
      return rows[0]?.id;
    };
    const yan = await fromUsage("yan@acme.example");
    const xi = await fromUsage("xi@acme.example");
    expect(await findMemberByEmail(database.pool, orgId, "yan@acme.example", NOW)).toBeUndefined();
    await bring([{ ...listed("yan@acme.example"), name: undefined }]);
    expect(await findMemberByEmail(database.pool, orgId, "yan@acme.example", NOW)).toBe(yan);
    const { lines } = await apply(
      database.pool,
      edited(text, ["people:\n", "people:\n  - key: xi\n    email: xi@acme.example\n"]),
    );
    expect(lines.slice(1)).toEqual([
      "~ person xi: key xi@acme.example -> xi",
      "~ person xi: a member; was known from usage only",
    ]);
    expect(await findMemberByEmail(database.pool, orgId, "xi@acme.example", NOW)).toBe(xi);
  });

  it("are neither guests, bots nor accounts without an address", async () => {
    const result = await bring([
      listed("guest@acme.example", { kind: "guest" }),
      listed("bot@acme.example", { kind: "bot" }),
      { ...listed("x"), email: undefined },
      listed("gone@acme.example", { active: false }),
    ]);
    expect(result).toMatchObject({ joined: 0, left: 0 });
  });

  it("stay where one account of the same address is active", async () => {
    const off = listed("eve@acme.example", { active: false });
    expect(await bring([off, listed("eve@acme.example"), off])).toMatchObject({ left: 0 });
  });

  it("leave when a complete listing lacks them, but not all at once", async () => {
    const everyone = Array.from({ length: 20 }, (_, index) => listed(`p${index}@acme.example`));
    await bring(everyone);
    expect(await bring(everyone.slice(2), true)).toMatchObject({ left: 2 });
    expect((await person("p0@acme.example"))?.leftOn).toBe("2026-11-22");
    expect((await person("ana"))?.leftOn).toBeUndefined();
    await expect(bring(everyone.slice(12), true)).rejects.toMatchObject({
      code: "listing_incomplete",
      message: "10 of 18 people would have left at once: the listing is cut off",
    });
    await expect(bring([], true)).rejects.toMatchObject({ code: "listing_incomplete" });
    expect((await person("p5@acme.example"))?.leftOn).toBeUndefined();
  });

  it("are in the audit log by id, without name or address", async () => {
    await bring([listed("zoe.zimmer@acme.example")]);
    const id = (await person("zoe.zimmer@acme.example"))?.id;
    const entries = [];
    for await (const entry of readAudit(database.pool, orgId)) entries.push(entry);
    expect(entries.at(-1)).toMatchObject({
      action: "person.added",
      subject: `person:${id}`,
      surface: "slack",
    });
    expect(JSON.stringify(entries.map(({ after }) => after))).not.toContain("zimmer");
  });
});

describe("people from CSV", () => {
  it("come with the rows that can be read; the others are named by their line", async () => {
    const csv = [
      "\ufeffEmail,Name,GitHub,Left_on,Office",
      '"Zoe@acme.example","Zimmer, Zoë",zoe-z,,Berlin',
      "not an address,X,,,",
      "eve@acme.example,,,2026-11-30,",
      "zoe@acme.example,Again,,,",
      "yan@acme.example,Yan,bad login,,",
      "xi@acme.example,Xi,,2026-02-30,",
      "short@acme.example",
    ].join("\r\n");
    const { listing, problems } = readPeopleCsv(csv, true);
    expect(problems).toEqual([
      { line: 1, message: "column 'office' is not read." },
      { line: 3, message: "email 'not an address' is not an e-mail address" },
      { line: 5, message: "email 'zoe@acme.example' is there twice" },
      { line: 6, message: "github 'bad login' is not a GitHub login" },
      { line: 7, message: "left_on '2026-02-30' is not a day: write YYYY-MM-DD" },
    ]);
    expect(listing.complete).toBe(false);
    const result = await importPeople(database.pool, { orgId, listing, by: OPERATOR, now: NOW });
    expect(result).toMatchObject({ joined: 2, left: 1 });
    expect(await person("zoe@acme.example")).toMatchObject({
      name: "Zimmer, Zoë",
      githubLogin: "zoe-z",
    });
    expect((await person("eve"))?.leftOn).toBe("2026-11-30");
  });

  it.each([
    ["", "there is no column email"],
    ["name,github\nA,b\n", "there is no column email"],
    ["e-mail,name\na@b.example,A\n", "column 'e-mail' is not read. Did you mean email?"],
  ])("say what is wrong with %j", (csv, expected) => {
    const { listing, problems } = readPeopleCsv(csv, true);
    expect(problems.map(({ message }) => message)).toContain(expected);
    expect(listing).toEqual({ people: [], complete: false });
  });
});
