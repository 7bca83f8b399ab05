import { z } from "zod";
import { Key, Label, ScopePath } from "#core/org/name-schema.ts";

/** Whose calls a path makes: all of what is named holds at once. */
const subject = {
  scope: ScopePath.optional().describe("team, team/project or team/project/agent"),
  workflow: Label.optional(),
  feature: Label.optional(),
  prompt: Label.optional().describe("The prompt revision that calls carry; * stands for anything."),
};

export const Subject = z
  .strictObject(subject)
  .refine((one) => Object.values(one).some((value) => value !== undefined), {
    message: "names no scope, workflow, feature or prompt",
  });
export type Subject = z.infer<typeof Subject>;

/** Stars of a pattern multiply the ways to match it. */
const PathPattern = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\\\0\r\n]+$/, "is not a path pattern: write it with / and without \\")
  .refine((text) => (text.match(/\*+/g)?.length ?? 0) <= 8, "has more than 8 stars");

const Percent = z.number().min(0).max(100_000);
const Dollars = z.union([
  z.number().min(0).max(1e9),
  z.string().regex(/^\d{1,9}(?:\.\d{1,9})?$/, "is not an amount in dollars: write 500 or 0.002"),
]);
const Count = z.int().min(0).max(1_000_000_000);

const PerCall = z
  .strictObject({
    input: Count.describe("All of it, with what is read from the cache."),
    cached_input: Count.default(0),
    cache_write: Count.default(0),
    output: Count,
    reasoning: Count.default(0).describe("The part of output that is reasoning."),
  })
  .refine((one) => one.cached_input + one.cache_write <= one.input, {
    message: "has more cached tokens than input",
  })
  .refine((one) => one.reasoning <= one.output, { message: "has more reasoning than output" });

export const DeclaredVolume = z
  .strictObject({
    ...subject,
    model: Label,
    provider: Label.optional(),
    calls_per_month: z.int().min(1).max(1_000_000_000_000),
    tokens_per_call: PerCall.describe("The median call."),
    p90_tokens_per_call: PerCall.optional().describe("What nine of ten calls stay below."),
    average_tokens_per_call: PerCall.optional().describe("Where it is known: the month uses it."),
  })
  .refine(
    ({ scope, workflow, feature, prompt }) => Boolean(scope ?? workflow ?? feature ?? prompt),
    {
      message: "names no scope, workflow, feature or prompt",
    },
  );
export type DeclaredVolume = z.infer<typeof DeclaredVolume>;

const action = z.enum(["warn", "fail"]).default("warn");

export const PolicyRule = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("month_increase"), above: Dollars, action }),
  z.strictObject({ rule: z.literal("month_increase_percent"), above: Percent, action }),
  z.strictObject({ rule: z.literal("call_increase"), above: Dollars, action }),
  z.strictObject({ rule: z.literal("call_increase_percent"), above: Percent, action }),
  z.strictObject({ rule: z.literal("budget_crossing"), action }),
  z.strictObject({ rule: z.literal("unpriced_model"), action }),
  z.strictObject({
    rule: z.literal("models"),
    allow: z.array(z.string().min(1).max(200)).min(1).max(500),
    action,
  }),
  z.strictObject({ rule: z.literal("prompt_tokens"), above: Count, action }),
  z.strictObject({ rule: z.literal("eval_regression"), action }),
]);
export type PolicyRule = z.infer<typeof PolicyRule>;

const Mapping = z
  .strictObject({ path: PathPattern, ...subject })
  .refine(
    ({ scope, workflow, feature, prompt }) => Boolean(scope ?? workflow ?? feature ?? prompt),
    { message: "names no scope, workflow, feature or prompt" },
  );

export const Repository = z.strictObject({
  organisation: Key.optional().describe("Needed where a server knows the repository twice."),
  project: ScopePath.optional().describe("Whose figures a path without a mapping takes."),
  paths: z.array(Mapping).max(1_000).default([]).describe("The first that matches decides."),
  volumes: z.array(DeclaredVolume).max(500).default([]),
  snapshot: z.strictObject({ max_age_days: z.int().min(1).max(3_660).default(90) }).prefault({}),
  policy: z.array(PolicyRule).max(50).default([]),
});
export type Repository = z.infer<typeof Repository>;

/** aispend.yaml of a repository: it maps paths to scopes and says nothing else. */
export const RepositoryFile = z.strictObject({ repository: Repository });

/** The JSON Schema by which editors check and complete a repository's aispend.yaml. */
export function repositoryJsonSchema(): object {
  return {
    ...z.toJSONSchema(RepositoryFile, { io: "input", target: "draft-7" }),
    title: "aispend.yaml of a repository",
  };
}
