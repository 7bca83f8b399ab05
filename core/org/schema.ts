import { z } from "zod";
import { BudgetEntry, Targets } from "./budget-schema.ts";
import { InventoryPolicy } from "./inventory-policy-schema.ts";
import {
  AttributionRule,
  PaymentMethod,
  Prices,
  ProviderAccount,
  ProviderKey,
  SeatPlan,
  UsageSource,
} from "./inventory-schema.ts";
import { AllowedModels, KeyPolicyFile } from "./key-policy-schema.ts";
import { ListedRepository } from "./listed-repository-schema.ts";
import { ChannelRef, DayText, Key, Label, PersonRef, Said, ScopePath } from "./name-schema.ts";
import { ARCHETYPES, CHANNEL_KINDS, PERSON_DETAILS, WEEKDAYS } from "./words.ts";

const ClockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is not a time: write it as "20:00", in quotes');

/** When reports go out, on the wall clock of the organisation. */
export const ReportTimes = z.strictObject({
  showback: z
    .strictObject({
      weekday: z.enum(WEEKDAYS).default("monday"),
      at: ClockTime.default("09:00"),
    })
    .prefault({}),
  review: z
    .strictObject({
      working_day: z
        .int()
        .min(1)
        .max(15)
        .default(1)
        .describe("Of the month, Monday to Friday: 1 is its first."),
      at: ClockTime.default("09:00"),
    })
    .prefault({}),
});
export type ReportTimes = z.infer<typeof ReportTimes>;

const Settings = z.strictObject({
  key: Key,
  name: Label,
  time_zone: z
    .string()
    .min(1)
    .max(64)
    .default("UTC")
    .describe("Days, weeks and months begin in this zone, such as Europe/Berlin."),
  accountable_for_ai_cost: PersonRef.describe("The one person who answers for AI cost as a whole."),
  retention: z
    .strictObject({
      entry_months: z.int().min(1).max(240).default(13),
      hour_days: z.int().min(15).max(3_660).default(60),
      person_days: z.int().min(1).max(3_660).default(90),
    })
    .prefault({}),
  privacy: z
    .strictObject({
      person_detail: z.enum(PERSON_DETAILS).default("self"),
      basis: Said.optional().describe("Why people may be named; required for `named`."),
    })
    .prefault({}),
  approvals: z
    .strictObject({
      self_approval: z
        .boolean()
        .default(false)
        .describe("Approve one's own requests; each is marked on the card and in the audit log."),
    })
    .prefault({}),
  quiet_hours: z.strictObject({ from: ClockTime, until: ClockTime }).optional(),
  key_policy: KeyPolicyFile.optional(),
  reports: ReportTimes.optional(),
  inventory: InventoryPolicy.optional(),
});

const Person = z.strictObject({
  key: PersonRef,
  name: Label.optional(),
  email: z.email("is not an e-mail address").max(254).optional(),
  github: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, "is not a GitHub login")
    .optional(),
  delegates: z
    .array(
      z.strictObject({
        to: PersonRef,
        from: DayText,
        until: DayText.describe("The last day."),
      }),
    )
    .max(50)
    .optional(),
  left_on: DayText.optional().describe("First day on which this person is gone."),
});

const People = z.union([PersonRef, z.array(PersonRef).min(1).max(50)]);

/** Who holds each function here; what is not named is inherited. */
const Functions = z.strictObject({
  finance: People.optional(),
  engineering: People.optional(),
  governance: People.optional(),
  product: People.optional(),
  security: People.optional(),
  procurement: People.optional(),
});

const Letters = z.enum(["R", "A", "C", "I", "AR", "RA"]);

const RaciRow = z.strictObject({
  finance: Letters.optional(),
  engineering: Letters.optional(),
  governance: Letters.optional(),
  product: Letters.optional(),
  security: Letters.optional(),
  procurement: Letters.optional(),
});
export type RaciRowFile = z.infer<typeof RaciRow>;

/** Rows that differ from the parent's (at the root: from the default); a row is replaced whole. */
const Raci = z.strictObject({
  set_ai_budget: RaciRow.optional(),
  attribute_spend: RaciRow.optional(),
  apply_levers: RaciRow.optional(),
  define_outcome: RaciRow.optional(),
  run_evaluation_gate: RaciRow.optional(),
  set_cost_policy: RaciRow.optional(),
  review_kpis: RaciRow.optional(),
});

const Channels = z
  .partialRecord(z.enum(CHANNEL_KINDS), ChannelRef)
  .describe("Rooms for one kind of message, before `channel`.");

const responsibility = {
  functions: Functions.optional(),
  raci: Raci.optional(),
  on_call: People.optional(),
  channel: ChannelRef.optional(),
  channels: Channels.optional(),
};

const models = AllowedModels.optional().describe(
  "Models that keys may use here and below, with * for anything; without a list, the parent's.",
);

const scope = {
  key: Key,
  name: Label.optional(),
  cost_centre: Label.optional(),
  archetype: z.enum(ARCHETYPES).optional(),
  models,
  members: z
    .array(PersonRef)
    .max(5_000)
    .optional()
    .describe("Who works here, beside those who hold a function: they may ask for keys."),
  ...responsibility,
};

const Agent = z.strictObject(scope);
const Project = z.strictObject({ ...scope, agents: z.array(Agent).max(2_000).optional() });
const Team = z.strictObject({ ...scope, projects: z.array(Project).max(2_000).optional() });

const Product = z.strictObject({
  key: Key,
  name: Label.optional(),
  part_of: Key.optional().describe("Key of the product that this one belongs to."),
  projects: z.array(ScopePath).max(2_000).optional(),
  workflows: z.array(Label).max(2_000).optional(),
});

/** aispend.yaml of an organisation. */
export const OrganisationFile = z.strictObject({
  organisation: Settings,
  people: z.array(Person).min(1).max(50_000),
  models,
  ...responsibility,
  teams: z.array(Team).max(5_000).optional(),
  products: z.array(Product).max(2_000).optional(),
  accounts: z.array(ProviderAccount).max(1_000).optional(),
  keys: z.array(ProviderKey).max(20_000).optional(),
  payment_methods: z.array(PaymentMethod).max(1_000).optional(),
  seat_plans: z.array(SeatPlan).max(1_000).optional(),
  sources: z.array(UsageSource).max(200).optional(),
  attribution_rules: z.array(AttributionRule).max(2_000).optional(),
  prices: Prices.optional(),
  budgets: z
    .array(BudgetEntry)
    .max(10_000)
    .optional()
    .describe("Without this section budgets are set in chat alone."),
  targets: Targets.optional(),
  repositories: z.array(ListedRepository).max(2_000).optional(),
});
export type OrganisationFile = z.infer<typeof OrganisationFile>;

export type PersonFile = z.infer<typeof Person>;
export type ResponsibilityFile = Pick<
  OrganisationFile,
  "functions" | "raci" | "on_call" | "channel" | "channels"
>;

/** The JSON Schema by which editors check and complete aispend.yaml. */
export function organisationJsonSchema(): object {
  return {
    ...z.toJSONSchema(OrganisationFile, { io: "input", target: "draft-7" }),
    title: "aispend.yaml",
  };
}
