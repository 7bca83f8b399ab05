import { expect, it } from "vitest";
import { parse } from "yaml";
import { discoverScopes } from "./discover.ts";

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
