import { expect, it } from "vitest";
import { findRepositoryAccess } from "#core/estimates/service.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { readOrganisationFile, sayProblems } from "#core/org/file/read-file.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, EXAMPLE, edited, exampleOf, fileOf, NOW } from "./organisation.ts";

const database = useDatabase();

const REPOSITORIES = `
repositories:
  - repository: acme/shop
    id: 4711
    project: payments
    scopes: [payments]
`;

const problems = (text: string): string[] => {
  const read = readOrganisationFile(text);
  return read.ok ? [] : sayProblems("f", read.problems).split("\n");
};

it("refuses a repository twice, a scope that is not there, and a project outside of its scopes", () => {
  const second = (lines: string): string => `${EXAMPLE}${REPOSITORIES}  - repository: ${lines}`;
  expect(problems(EXAMPLE + REPOSITORIES)).toEqual([]);
  expect(problems(second("Acme/Shop\n    scopes: [payments]\n"))).toEqual([
    expect.stringMatching(/acme\/shop.* twice/),
  ]);
  expect(problems(second("acme/x\n    scopes: [payment]\n"))).toEqual([
    expect.stringMatching(/no team 'payment'\. Did you mean payments/),
  ]);
  expect(problems(second("acme/x\n    project: search\n    scopes: [payments]\n"))).toEqual([
    expect.stringMatching(/search is not among the scopes of this repository\. Add search/),
  ]);
  expect(problems(second("acme\n    scopes: [payments]\n"))).toEqual([
    expect.stringMatching(/is not a repository. Write owner\/name/),
  ]);
});

it("says who may ask for what, is exported as it was written, and is taken away with its entry", async () => {
  const text = exampleOf("shops") + REPOSITORIES;
  await apply(database.pool, text);
  const claim = { repository: "Acme/Shop", repositoryId: "4711" };
  const access = await findRepositoryAccess(database.pool, claim, undefined);
  const { orgId } = access ?? {};
  if (orgId === undefined) throw new Error("the repository is listed");
  const { scopes } = await loadDirectory(database.pool, orgId);
  const payments = [...scopes.values()].find(({ key }) => key === "payments")?.id;
  expect(access).toMatchObject({ projectId: payments, scopeIds: [payments], nativeId: "4711" });
  const taken = { ...claim, repositoryId: "4712" };
  expect(await findRepositoryAccess(database.pool, taken, undefined)).toBeUndefined();

  const exported = await exportOrganisation(database.pool, orgId);
  expect(exported).toContain("acme/shop");
  expect((await planFile(database.pool, fileOf(exported), NOW)).lines.join()).toMatch(/[Nn]o/);

  await apply(database.pool, exampleOf("shops"));
  expect(await findRepositoryAccess(database.pool, claim, undefined)).toBeUndefined();
});

it("says in words what a repository may ask for more", async () => {
  await apply(database.pool, exampleOf("movers") + REPOSITORIES);
  const wider = exampleOf("movers") + edited(REPOSITORIES, ["[payments]", "[payments, search]"]);
  const { lines } = await planFile(database.pool, fileOf(wider), NOW);
  expect(lines.join("\n")).toMatch(/~ repository acme\/shop: .*search/);
});
