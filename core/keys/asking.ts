import { scrub } from "../audit/opaque.ts";
import type { BudgetPeriod } from "../budgets/schema.ts";
import { AispendError } from "../errors.ts";
import type { Day } from "../time.ts";
import { KeyName } from "./schema.ts";

/** What a person asks for. */
export interface KeyAsk {
  readonly scopeId: number;
  /** The one who answers for it; the requester where it is for themselves. */
  readonly ownerId: number;
  readonly service?: string | undefined;
  /** Made from the service, job or scope where it is not said. */
  readonly name?: string | undefined;
  readonly useCase: string;
  readonly environment?: string | undefined;
  readonly ciJob?: string | undefined;
  readonly models: readonly string[];
  readonly capAmount: bigint;
  readonly capPeriod: BudgetPeriod;
  readonly untilDay?: Day | undefined;
}

const LABEL = /^[\p{L}\p{N}][\p{L}\p{N} ._/:@-]{0,79}$/u;
const MODEL = /^[A-Za-z0-9*][A-Za-z0-9*._:/@-]{0,127}$/;
const MAX_MODELS = 50;
const MAX_CAP = 1_000_000_000_000_000_000n;

function invalid(code: string, message: string, help: string): AispendError {
  return new AispendError(code, message, { help });
}

function label(text: string | undefined, field: string): string | undefined {
  const said = text?.trim() ?? "";
  if (said === "") return undefined;
  if (LABEL.test(said) && scrub(said) === said) return said;
  throw invalid(
    "label_invalid",
    `the ${field} '${scrub(said).slice(0, 40)}' is not a name`,
    "Write up to 80 letters, digits, spaces and . _ / : -",
  );
}

/** "ci-tag-disputes" from "CI: tag disputes". */
export function nameStem(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50)
    .replace(/-+$/, "");
  return plain === "" ? "key" : plain;
}

/** The first of "stem", "stem-2", "stem-3" ... that is free. */
export function freeName(stem: string, taken: readonly string[]): string {
  const used = new Set(taken);
  if (!used.has(stem)) return stem;
  let number = 2;
  while (used.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

function requireName(name: string | undefined): string | undefined {
  const said = name?.trim().toLowerCase() ?? "";
  if (said === "") return undefined;
  if (KeyName.safeParse(said).success && !said.startsWith("sk-") && scrub(said) === said) {
    return said;
  }
  throw invalid(
    "key_name_invalid",
    `'${scrub(said).slice(0, 70)}' cannot be the name of a key`,
    "Write up to 63 of a-z, 0-9, dot, dash and underscore, such as ci-tag-disputes.",
  );
}

/**
 * The request in order, with what looks like a secret or an address taken out of free text. Throws
 * with the field that is wrong.
 */
export function requireAsk(ask: KeyAsk, today: Day): KeyAsk {
  const useCase = scrub(ask.useCase).trim();
  if (useCase === "" || useCase.length > 500) {
    throw invalid("use_case_missing", "say what the key is for", "Write 1 to 500 characters.");
  }
  if (ask.capAmount <= 0n || ask.capAmount > MAX_CAP) {
    throw invalid("cap_invalid", "a cap is an amount above $0, up to $1 billion", "Write 200.");
  }
  const models = [...new Set(ask.models.map((model) => model.trim()))].filter((one) => one !== "");
  const wrong = models.find((model) => !MODEL.test(model));
  if (wrong !== undefined || models.length > MAX_MODELS) {
    throw invalid(
      "models_invalid",
      wrong === undefined ? "those are too many models" : `'${scrub(wrong)}' is not a model`,
      `Name up to ${MAX_MODELS} models, such as claude-haiku-4-5.`,
    );
  }
  if (ask.untilDay !== undefined && ask.untilDay <= today) {
    throw invalid("expiry_past", `${ask.untilDay} is not after today`, "Choose a later day.");
  }
  return {
    ...ask,
    useCase,
    models,
    name: requireName(ask.name),
    service: label(ask.service, "service"),
    environment: label(ask.environment, "environment"),
    ciJob: label(ask.ciJob, "CI job"),
  };
}
