import { z } from "zod";
import { Discount, OwnPrice, RegionalUplift } from "#core/pricing/schema.ts";
import { DayText, Key, Label, PersonRef, Said, ScopePath } from "./name-schema.ts";
import { PROCUREMENTS } from "./words.ts";

const owned = {
  owner: PersonRef.optional().describe("Person who answers for it; without one it is ownerless."),
  cost_centre: Label.optional(),
  approved_use: Said.optional().describe("What it may be used for."),
};

/** How it is bought, until when, and by what it is paid. */
const bought = {
  procurement: z.enum(PROCUREMENTS).optional().describe("How it is bought."),
  contract: z
    .strictObject({
      from: DayText.optional(),
      until: DayText.optional().describe("The last day; it is told of in time."),
      notice_days: z
        .int()
        .min(0)
        .max(730)
        .optional()
        .describe("Days before the end by which notice is given, or it renews itself."),
    })
    .optional(),
  payment_method: Key.optional().describe("Key of one of the payment methods."),
};

export const ProviderAccount = z.strictObject({
  key: Key,
  name: Label.optional(),
  provider: Label,
  id: Label.optional().describe("The account as usage feeds name it, such as org-abc123."),
  ...owned,
  ...bought,
  projects: z
    .array(
      z.strictObject({
        id: Label.describe("The provider's own project or workspace."),
        scope: ScopePath,
      }),
    )
    .max(5_000)
    .optional(),
});

export const ProviderKey = z
  .strictObject({
    key: Key,
    name: Label.optional(),
    provider: Label,
    account: Key.optional().describe("Key of one of the accounts."),
    id: Label.optional().describe("The provider's own id of the key. Never the secret."),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "is not a sha256 in 64 lower-case hex digits")
      .optional(),
    scope: ScopePath.optional(),
    ...owned,
  })
  .refine((key) => (key.id === undefined) !== (key.sha256 === undefined), {
    message: "needs either id or sha256, and not both",
  });

export const PaymentMethod = z.strictObject({
  key: Key,
  name: Label.optional().describe("Such as Card ending 4242; never a card number."),
  provider: Label.optional(),
  ...owned,
});

export const SeatPlan = z.strictObject({
  key: Key,
  name: Label.optional(),
  provider: Label,
  account: Key.optional(),
  seats: z.int().min(0).max(10_000_000).optional(),
  scope: ScopePath.optional(),
  ...owned,
  ...bought,
});

/** A pattern: the text itself, where `*` stands for anything. Case does not matter. */
const Pattern = z.string().min(1).max(256);

export const CountedTraffic = z
  .strictObject({
    provider: Pattern.optional(),
    project: Pattern.optional().describe("The provider's own project or workspace."),
    key: Pattern.optional().describe("sha256 of a key, or the provider's own id of it."),
  })
  .refine((traffic) => Object.keys(traffic).length > 0, {
    message: "names no provider, project or key",
  });
export type CountedTraffic = z.infer<typeof CountedTraffic>;

export const CountsFor = z.union([
  z.literal(["everything", "nothing"]),
  z.array(CountedTraffic).min(1).max(1_000),
]);
export type CountsFor = z.infer<typeof CountsFor>;

export const UsageSource = z.strictObject({
  source: Pattern.describe("As usage names it: litellm, otlp, import:*"),
  counts_for: CountsFor.describe(
    "The traffic this source counts. Everywhere else it is kept as a trace and enters no total.",
  ),
});

export const RuleConditions = z
  .strictObject({
    provider: Pattern.optional(),
    model: Pattern.optional(),
    key: Pattern.optional(),
    account: Pattern.optional(),
    native_project: Pattern.optional(),
    team: Pattern.optional(),
    project: Pattern.optional(),
    agent: Pattern.optional(),
    workflow: Pattern.optional(),
    product: Pattern.optional(),
    feature: Pattern.optional(),
    environment: Pattern.optional(),
    customer: Pattern.optional(),
  })
  .refine((when) => Object.keys(when).length > 0, { message: "names no condition" });
export type RuleConditions = z.infer<typeof RuleConditions>;

export const RuleSets = z.strictObject({
  workflow: Label.optional(),
  product: Label.optional(),
  feature: Label.optional(),
  environment: Label.optional(),
});
export type RuleSets = z.infer<typeof RuleSets>;

export const AttributionRule = z
  .strictObject({
    key: Key,
    when: RuleConditions.describe("All of them hold at once; * stands for anything."),
    scope: ScopePath.optional(),
    ...RuleSets.shape,
  })
  .refine(({ key: _key, when: _when, ...sets }) => Object.keys(sets).length > 0, {
    message: "sets nothing: name a scope, workflow, product, feature or environment",
  });

export const Prices = z.strictObject({
  own: z.array(OwnPrice).max(5_000).optional(),
  discounts: z.array(Discount).max(500).optional(),
  regional_uplifts: z.array(RegionalUplift).max(500).optional(),
});
