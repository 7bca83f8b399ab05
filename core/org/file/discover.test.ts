import fc from "fast-check";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { discoverScopes } from "./discover.ts";
import { readOrganisationFile } from "./read-file.ts";

it("writes what usage names and the organisation lacks as a section of its file", () => {
  const { yaml, homeless } = discoverScopes([
    { team: "payments", project: "disputes", agent: "triage", requests: 5n, cost: 10n ** 9n },
    { team: "payments", project: "disputes", agent: "Night Tagger", requests: 5n, cost: 1n },
    { team: "search", project: undefined, agent: undefined, requests: 1n, cost: 1n },
    { team: undefined, project: "lonely", agent: undefined, requests: 2n, cost: 2n * 10n ** 9n },
  ]);
  expect(parse(yaml)).toEqual({
    teams: [
      {
        key: "payments",
        projects: [
          {
            key: "disputes",
            agents: [{ key: "triage" }, { key: "night-tagger", name: "Night Tagger" }],
          },
        ],
      },
      { key: "search" },
    ],
  });
  expect(homeless).toEqual(["project 'lonely': 2 calls, $2.00, no team named beside it"]);
});

it("writes nothing where nothing is missing", () => {
  expect(discoverScopes([])).toEqual({ yaml: "", homeless: [] });
});

it("gives names that read alike keys of their own", () => {
  const named = (agent: string) => ({ team: "a", project: "b", agent, requests: 1n, cost: 0n });
  const { yaml } = discoverScopes(["Night Tagger", "night tagger", "night-tagger-2"].map(named));
  expect(parse(yaml).teams[0].projects[0].agents).toEqual([
    { key: "night-tagger", name: "Night Tagger" },
    { key: "night-tagger-2", name: "night tagger" },
    { key: "night-tagger-2-2", name: "night-tagger-2" },
  ]);
});

it("writes a section that the file takes, whatever usage named", () => {
  const name = fc.option(fc.string({ minLength: 1, maxLength: 30, unit: "binary" }), {
    nil: undefined,
  });
  const met = fc.array(fc.record({ team: name, project: name, agent: name }), { maxLength: 6 });
  const head = `organisation: { key: acme, name: Acme, accountable_for_ai_cost: ana }
people: [{ key: ana }]
functions: { finance: ana, engineering: ana, governance: ana, product: ana }
`;
  fc.assert(
    fc.property(met, (names) => {
      const { yaml } = discoverScopes(names.map((one) => ({ ...one, requests: 1n, cost: 0n })));
      expect(readOrganisationFile(head + yaml)).toMatchObject({ ok: true });
    }),
    { numRuns: 50 },
  );
});
