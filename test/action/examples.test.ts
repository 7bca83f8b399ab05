import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { readManifest } from "./run-bundle.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, DOCS), "utf8");
const examples = readdirSync(new URL("examples/", DOCS));

const Step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.string()).default({}),
  env: z.record(z.string(), z.string()).optional(),
});
const Workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  concurrency: z.unknown().optional(),
  jobs: z.record(
    z.string(),
    z.strictObject({
      "runs-on": z.string(),
      "timeout-minutes": z.int(),
      permissions: z.record(z.string(), z.string()),
      steps: z.array(Step).min(1),
    }),
  ),
});

it.each(examples)(
  "%s is a workflow with the least rights, pinned, that runs nothing of a pull request",
  (name) => {
    const source = text(`examples/${name}`);
    const { jobs, on } = Workflow.parse(parse(source));
    const { inputs } = readManifest();
    for (const { permissions, steps } of Object.values(jobs)) {
      for (const step of steps) {
        if (step.uses !== undefined) {
          expect(step.uses).toMatch(/^aispend\/aispend@[0-9a-f]{40}$/);
          expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
          const measured = step.with["server-url"] !== undefined;
          expect(permissions).toEqual({
            contents: "read",
            ...(step.with.mode === "cap" ? {} : { "pull-requests": "write" }),
            ...(measured ? { "id-token": "write" } : {}),
          });
        } else if (name !== "aispend-cap.yml") {
          expect({ permissions, run: step.run }).toEqual({ permissions: {}, run: "true" });
        }
      }
    }
    for (const line of source.split("\n").filter((one) => one.includes("uses:"))) {
      expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    expect(source).not.toMatch(name === "aispend-cap.yml" ? /checkout/ : /checkout|secrets\./);
    expect(Object.keys(on)).not.toContain("push");
  },
);

it("documents every input and output, and nothing that is not there", () => {
  const { inputs, outputs } = readManifest();
  const guide = text("action.md");
  const listed = (heading: string): string[] =>
    [
      ...(guide.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "").matchAll(
        /^\| `([\w-]+)` \|/gm,
      ),
    ].map(([, name = ""]) => name);
  expect(listed("Inputs")).toEqual(Object.keys(inputs));
  expect(listed("Outputs")).toEqual(Object.keys(outputs));
});
