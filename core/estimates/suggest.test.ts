import { expect, it } from "vitest";
import { type Candidate, suggestMappings } from "./suggest.ts";

const candidate = (
  subject: Candidate["subject"],
  name: string,
  models: string[] = [],
  calls = 1,
): Candidate => ({ subject, name, models: new Set(models), calls });

const CANDIDATES = [
  candidate({ scope: "payments/disputes/refund-agent" }, "refund-agent", ["claude-haiku-4-5"], 9),
  candidate({ workflow: "refunds" }, "refunds", ["claude-haiku-4-5", "gpt-4o"], 20),
  candidate({ scope: "payments/checkout-web" }, "checkout-web", ["gpt-4o"], 50),
  candidate({ scope: "search/ranker" }, "ranker", ["text-embedding-3-large"], 5),
];

const said = (files: { path: string; models: string[] }[]): string[] =>
  suggestMappings(files, CANDIDATES).map(
    ({ path, subject, why }) => `${path} > ${subject.scope ?? subject.workflow}: ${why}`,
  );

it("goes by the names in a path, and among equal names by models and calls", () => {
  expect(said([{ path: "prompts/refund.md", models: [] }])).toEqual([
    "prompts/refund.md > refunds: named after 'refund'",
  ]);
  expect(said([{ path: "services/CheckoutPage/chat.ts", models: ["gpt-4o"] }])).toEqual([
    "services/CheckoutPage/chat.ts > payments/checkout-web: " +
      "named after 'checkout', and it uses gpt-4o",
  ]);
});

it("goes by a model that one scope alone uses", () => {
  expect(said([{ path: "jobs/embed.py", models: ["text-embedding-3-large"] }])).toEqual([
    "jobs/embed.py > search/ranker: nobody else uses text-embedding-3-large",
  ]);
});

it("makes one line of a folder with one answer, and leaves what it cannot tell", () => {
  expect(
    said([
      { path: "refunds/a.py", models: [] },
      { path: "refunds/b.py", models: [] },
      { path: "misc/a.py", models: ["gpt-4o"] },
      { path: "agents/main.py", models: [] },
    ]),
  ).toEqual(["refunds/** > refunds: named after 'refund'"]);
});
