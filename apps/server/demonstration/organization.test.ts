import { expect, it } from "vitest";
import { readOrganisationFile } from "#core/org/file/read-file.ts";
import { AGENTS } from "./agents.ts";
import { demonstrationFile } from "./organization.ts";
import { callersOf, PEOPLE } from "./people.ts";

const read = readOrganisationFile(demonstrationFile());

it("is a file that anybody could apply", () => {
  expect(read).toMatchObject({ ok: true });
});

it("has all teams of the itemized ledger, and those behind 'Everything else'", () => {
  const teams = read.ok ? (read.file.teams ?? []).map((team) => team.name) : [];
  expect(teams).toEqual([
    ..."CX,Legal Ops,Revenue,IT,Brand".split(","),
    ..."Payments,Search,Data".split(","),
  ]);
});

it("gives every agent callers who exist, each once", () => {
  const people = new Set(PEOPLE.map((person) => person.key));
  expect(people.size).toBe(PEOPLE.length);
  for (const agent of AGENTS) {
    const callers = callersOf(agent);
    expect(new Set(callers).size, agent.agent).toBe(agent.callers.of);
    if (agent.callers.by === "person") expect(callers.every((key) => people.has(key))).toBe(true);
  }
});
