import { describe, expect, it } from "vitest";
import { listAudit, readAudit, verifyAudit } from "#core/audit/service.ts";
import { loadDirectory, pathOf } from "#core/org/directory.ts";
import { findScopes } from "#core/org/find-scopes.ts";
import { ownerOf, vacancies } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, EXAMPLE, edited, exampleOf, fileOf, NOW } from "./organisation.ts";

const database = useDatabase();
let number = 0;

/** Two organisations with the same names; the tests change the first. */
async function twins() {
  number += 1;
  const text = exampleOf(`acme-${number}`);
  const { orgId } = await apply(database.pool, text);
  const other = await apply(database.pool, exampleOf(`other-${number}`));
  return { text, orgId, otherId: other.orgId };
}

async function auditOf(orgId: number) {
  const entries = [];
  for await (const entry of readAudit(database.pool, orgId)) entries.push(entry);
  return entries;
}

async function linesOf(text: string) {
  return (await planFile(database.pool, fileOf(text), NOW)).lines;
}

describe("the first apply", () => {
  it("creates the organisation, with an audit entry for each thing", async () => {
    const { orgId, text } = await twins();
    const directory = await loadDirectory(database.pool, orgId);
    expect(directory).toMatchObject({
      key: `acme-${number}`,
      timeZone: "Europe/Berlin",
      demonstration: false,
      retention: { entryMonths: 13, hourDays: 60, personDays: 90 },
      privacy: { personDetail: "self", basis: undefined },
      quietHours: { from: "20:00", until: "07:00" },
      selfApproval: false,
    });
    const paths = [...directory.scopes.keys()].map((id) => pathOf(directory.scopes, id));
    expect(paths.toSorted()).toEqual([
      "payments",
      "payments/checkout",
      "payments/disputes",
      "payments/disputes/refund-agent",
      "search",
      "search/answers",
    ]);
    expect(directory.people.get(directory.accountableForAiCost ?? 0)?.key).toBe("ana");
    expect(directory.products.get("checkout")).toMatchObject({ partOf: "shop" });
    const entries = await auditOf(orgId);
    expect(entries[0]).toMatchObject({ action: "organization.created", actor: "operator" });
    const { plan } = await planFile(database.pool, fileOf(exampleOf("nobody-yet")), NOW);
    expect(entries).toHaveLength(plan.changes.length + 1);
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ state: "intact" });
    expect(text).toContain(directory.key);
  });

  it("logs no name, e-mail address or login", async () => {
    const { orgId } = await twins();
    const log = JSON.stringify(await auditOf(orgId), (_key, value: unknown) =>
      typeof value === "bigint" ? Number(value) : value,
    );
    for (const secret of ["Ana", "Ruiz", "acme.example", "evelarsen", "Adeyemi"]) {
      expect(log).not.toContain(secret);
    }
    expect(log).toContain("(not logged)");
  });

  it("is refused whole when the file has a problem", async () => {
    const text = edited(exampleOf("broken"), ["  finance: ana", "  finance: anna"]);
    await expect(apply(database.pool, text)).rejects.toThrow(
      /aispend.yaml has 1 problem:\naispend.yaml:\d+: no person 'anna'. Did you mean ana\?/,
    );
    const { rows } = await database.pool.query("select from organization where key = 'broken'");
    expect(rows).toEqual([]);
  });
});

describe("applying again", () => {
  it("does nothing when nothing changed", async () => {
    const { orgId, text } = await twins();
    const before = await loadDirectory(database.pool, orgId);
    const entries = (await auditOf(orgId)).length;
    const { plan, lines } = await apply(database.pool, text);
    expect(plan.changes).toEqual([]);
    expect(lines).toEqual([`Nothing to change: acme-${number} is as the file says.`]);
    expect(await auditOf(orgId)).toHaveLength(entries);
    expect((await loadDirectory(database.pool, orgId)).revision).toBe(before.revision);
  });

  it("says in words what would change, and changes only this organisation", async () => {
    const { orgId, otherId, text } = await twins();
    const other = await exportOrganisation(database.pool, otherId);
    const changed = edited(
      text,
      [
        '    cost_centre: "4711" # in quotes, so that a leading zero stays',
        '    cost_centre: "4799"',
      ],
      [
        "    name: Checkout\n        archetype: multi",
        "    name: Cash desk\n        archetype: multi",
      ],
      ["  - key: search\n    name: Search", "  - key: find\n    name: Search"],
      ["    scope: search/answers\n", "    scope: find/answers\n"],
      ["  engineering: ben\n", "  engineering: chiara\n"],
      ["    seats: 40", "    seats: 50"],
      ["    percent: 12.5", "    percent: 15"],
    );
    const lines = await linesOf(changed);
    expect(lines).toEqual([
      `9 changes to acme-${number}.`,
      "> project answers: from search to find; its past stays with search",
      "~ team payments: cost centre 4711 -> 4799",
      "~ project payments/checkout: name Checkout -> Cash desk",
      "+ team find (Search, cost centre 4712)",
      "- team search: retired; its past stays in every report",
      "~ engineering of the organisation: ben -> chiara",
      "~ seat plan cursor-business: seats 40 -> 50",
      "+ discount OpenAI enterprise agreement: from 2026-04-01, name OpenAI enterprise " +
        "agreement, percent 15, provider openai, until 2027-04-01",
      "- discount OpenAI enterprise agreement: removed (from 2026-04-01, name OpenAI " +
        "enterprise agreement, percent 12.5, provider openai, until 2027-04-01)",
    ]);
    await apply(database.pool, changed);
    expect(await linesOf(changed)).toEqual([
      `Nothing to change: acme-${number} is as the file says.`,
    ]);
    expect(await exportOrganisation(database.pool, otherId)).toBe(other);
    const roster = await loadRoster(database.pool, orgId);
    const directory = await loadDirectory(database.pool, orgId);
    expect(directory.people.get(ownerOf(roster, 0, NOW).personId)?.key).toBe("chiara");
  });

  it("keeps the ids of what was moved, and who paid its past", async () => {
    const { orgId, text } = await twins();
    const before = await loadDirectory(database.pool, orgId);
    const [disputes] = findScopes(before, "project", "payments/disputes").matches;
    const block = text.slice(
      text.indexOf("      - key: disputes\n"),
      text.indexOf("      - key: checkout\n"),
    );
    const movedText = edited(
      text,
      [block, ""],
      ["      - key: answers\n", `${block}      - key: answers\n`],
      ["payments/checkout, payments/disputes", "payments/checkout, search/disputes"],
      ["        scope: payments/disputes", "        scope: search/disputes"],
      ["    scope: payments/disputes/refund-agent", "    scope: search/disputes/refund-agent"],
      ["    scope: payments/disputes\n", "    scope: search/disputes\n"],
    );
    expect(await linesOf(movedText)).toEqual([
      `1 change to acme-${number}.`,
      "> project disputes: from payments to search; its past stays with payments",
    ]);
    await apply(database.pool, movedText);
    const after = await loadDirectory(database.pool, orgId);
    const [moved] = findScopes(after, "project", "search/disputes").matches;
    expect(moved?.id).toBe(disputes?.id);
    expect(after.keys.get("key_4f2a")).toMatchObject({
      projectId: disputes?.id,
      teamId: moved?.parentId,
    });
    expect(after.moves).toEqual([
      {
        scopeId: disputes?.id,
        movedAt: NOW,
        fromParentId: disputes?.parentId,
        toParentId: moved?.parentId,
      },
    ]);
    expect(
      await listAudit(database.pool, { orgId, subjects: [`scope:${moved?.id}`], limit: 1 }),
    ).toEqual([expect.objectContaining({ action: "scope.moved" })]);
  });

  it("lets two projects of one name exchange their teams", async () => {
    number += 1;
    const text = (left: string, right: string) =>
      edited(
        exampleOf(`swap-${number}`),
        ["      - key: answers\n", `      - key: ${left}\n`],
        [
          "      - key: checkout\n        name: Checkout",
          `      - key: ${right}\n        name: Checkout`,
        ],
      )
        .replaceAll("payments/checkout", `payments/${right}`)
        .replaceAll("search/answers", `search/${left}`);
    const { orgId } = await apply(database.pool, text("answers", "checkout"));
    const ids = async () => {
      const directory = await loadDirectory(database.pool, orgId);
      return ["answers", "checkout"].map((key) =>
        [...directory.scopes.values()].find((scope) => scope.key === key),
      );
    };
    const before = await ids();
    await apply(database.pool, text("checkout", "answers"));
    const after = await ids();
    expect(after.map((scope) => scope?.id)).toEqual(before.map((scope) => scope?.id));
    expect(after.map((scope) => scope?.parentId)).toEqual(
      before.map((scope) => scope?.parentId).reverse(),
    );
  });

  it("retires what the file drops and takes it back under the same id", async () => {
    const { orgId, text } = await twins();
    const start = text.indexOf("        agents:\n");
    const agents = text.slice(start, text.indexOf("      - key: checkout\n"));
    const without = edited(text, [agents, ""], ["    scope: payments/disputes/refund-agent\n", ""]);
    const before = await loadDirectory(database.pool, orgId);
    const [agent] = findScopes(before, "agent", "refund-agent").matches;
    await apply(database.pool, without);
    const gone = await loadDirectory(database.pool, orgId);
    expect(gone.scopes.get(agent?.id ?? 0)?.retiredOn).toBe("2026-11-22");
    const { rows } = await database.pool.query(
      "select from scope_on_call where org_id = $1 and scope_id = $2",
      [orgId, agent?.id],
    );
    expect(rows).toEqual([]);
    await apply(database.pool, text);
    const back = await loadDirectory(database.pool, orgId);
    expect(back.scopes.get(agent?.id ?? 0)).toEqual(agent);
    expect((await loadRoster(database.pool, orgId)).onCall.get(agent?.id ?? 0)).toHaveLength(2);
  });

  it("lets a person who is taken out leave, with a vacancy, and come back", async () => {
    const { orgId, text } = await twins();
    const chiara = text.slice(text.indexOf("  - key: chiara\n"), text.indexOf("  - key: dmitri\n"));
    await expect(apply(database.pool, edited(text, [chiara, ""]))).rejects.toThrow(
      /no person 'chiara'/,
    );
    const without = edited(text, [chiara, ""], ["  governance: chiara", "  governance: dmitri"]);
    expect(await linesOf(without)).toContain(
      "- person chiara: gone from 2026-11-22 on; what they hold is vacant until somebody is named",
    );
    await apply(database.pool, without);
    expect(await linesOf(without)).toHaveLength(1);
    const left = edited(text, [chiara, `${chiara}    left_on: 2026-11-20\n`]);
    await apply(database.pool, left);
    expect(vacancies(await loadRoster(database.pool, orgId), NOW)).toMatchObject([
      { scopeId: 0, role: "governance" },
    ]);
    expect(await linesOf(text)).toContain("~ person chiara: is back");
    await apply(database.pool, text);
    expect(vacancies(await loadRoster(database.pool, orgId), NOW)).toEqual([]);
  });

  it("lets applies that meet follow each other", async () => {
    const { orgId, text } = await twins();
    const seats = ["41", "42", "43", "44"];
    await Promise.all(
      seats.map((count) => apply(database.pool, edited(text, ["seats: 40", `seats: ${count}`]))),
    );
    const changes = await listAudit(database.pool, {
      orgId,
      subjects: ["seat_plan:cursor-business"],
      limit: 9,
    });
    const chain = changes.map(({ before, after }) => [before, after]).reverse();
    expect(chain).toHaveLength(5);
    // Each saw what the one before it had made.
    for (const [index, [before]] of chain.entries()) {
      if (index > 1) expect(before).toBe(chain[index - 1]?.[1]);
    }
    const last = chain.at(-1)?.[1] ?? "";
    expect(await exportOrganisation(database.pool, orgId)).toContain(
      `seats: ${JSON.parse(last).seats}`,
    );
  });

  it("says spans of days and hours as one reads them", async () => {
    const { text } = await twins();
    const changed = edited(
      text,
      ["until: 2027-01-06", "until: 2027-01-08"],
      ['from: "20:00"', 'from: "21:00"'],
    );
    expect((await linesOf(changed)).slice(1)).toEqual([
      "~ person ana: delegates farid 2026-12-21 to 2027-01-06 -> farid 2026-12-21 to 2027-01-08",
      "~ organisation: quiet hours 20:00 to 07:00 -> 21:00 to 07:00",
    ]);
  });

  it("lets two people exchange their addresses", async () => {
    const { orgId, text } = await twins();
    const swapped = edited(
      text,
      ["ana@acme.example", "?@acme.example"],
      ["ben@acme.example", "ana@acme.example"],
      ["?@acme.example", "ben@acme.example"],
    );
    await apply(database.pool, swapped);
    const directory = await loadDirectory(database.pool, orgId);
    const ana = directory.people.get(directory.peopleByName.get("ana") ?? 0);
    expect(ana).toMatchObject({ key: "ana", email: "ben@acme.example" });
  });

  it("refuses another time zone, which is a command of its own", async () => {
    const { orgId, text } = await twins();
    const elsewhere = edited(text, ["Europe/Berlin", "Asia/Kolkata"], ["seats: 40", "seats: 41"]);
    await expect(apply(database.pool, elsewhere)).rejects.toMatchObject({
      code: "time_zone_is_set",
      kind: "conflict",
    });
    expect((await loadDirectory(database.pool, orgId)).timeZone).toBe("Europe/Berlin");
  });
});

describe("export", () => {
  it("writes a file that changes nothing, for the example and after changes", async () => {
    const { orgId, text } = await twins();
    const first = await exportOrganisation(database.pool, orgId);
    expect(await linesOf(first)).toEqual([
      `Nothing to change: acme-${number} is as the file says.`,
    ]);
    await apply(
      database.pool,
      edited(
        text,
        ["    person_detail: self", "    person_detail: named\n    basis: Works agreement 12"],
        ["    self_approval: false", "    self_approval: true"],
        ['  quiet_hours:\n    from: "20:00"\n    until: "07:00"\n', ""],
        ["on_call: ben\n", ""],
        [
          "  - key: search-models",
          "  - key: vectors\n    when: { feature: vectors }\n    scope: search\n  - key: " +
            "search-models",
        ],
      ),
    );
    const second = await exportOrganisation(database.pool, orgId);
    expect(second).not.toBe(first);
    expect(await linesOf(second)).toEqual([
      `Nothing to change: acme-${number} is as the file says.`,
    ]);
    expect(await exportOrganisation(database.pool, orgId)).toBe(second);
    expect(EXAMPLE).not.toBe(second);
  });
});
