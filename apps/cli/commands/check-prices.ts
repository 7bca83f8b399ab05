import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { saidCounted } from "#apps/chat/said/said-count.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import {
  compareList,
  type ListCheck,
  readLiteLlmPrices,
  readModelsDev,
} from "#core/pricing/other-lists.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { keepDisagreements } from "#core/pricing/price-events.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import type { CommonOptions } from "../options.ts";
import { organizationOf } from "../organization.ts";

export interface CheckOptions extends CommonOptions {
  litellm?: string;
  modelsDev?: string;
  dryRun?: boolean;
}

const LISTS = [
  { name: "LiteLLM", option: "litellm", read: readLiteLlmPrices },
  { name: "models.dev", option: "modelsDev", read: readModelsDev },
] as const;

const MAX_BYTES = 50_000_000;
const PATIENCE_MS = 30_000;

async function textOf(line: CommandLine, where: string): Promise<string> {
  if (/^http:\/\//i.test(where)) {
    throw new AispendError("list_unsafe", `${where} is not read over plain http`, {
      help: "Name an https address, or download the file and name its path.",
    });
  }
  if (!/^https:\/\//.test(where)) return readFile(resolve(line.workingFolder, where), "utf8");
  const response = await fetch(where, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) {
    throw new AispendError("list_unreachable", `${where} answered ${response.status}`, {
      kind: "unavailable",
      help: "Download the file and name its path.",
    });
  }
  const text = await response.text();
  if (text.length > MAX_BYTES) throw new AispendError("list_too_large", `${where} is over 50 MB`);
  return text;
}

async function readList(
  line: CommandLine,
  where: string,
  read: (json: unknown) => ReturnType<typeof readModelsDev>,
) {
  const text = await textOf(line, where);
  try {
    return read(JSON.parse(text));
  } catch (cause) {
    throw new AispendError("list_invalid", `${where} is not such a price list`, {
      cause,
      help: "--litellm wants model_prices_and_context_window.json, --models-dev wants api.json.",
    });
  }
}

/** Compares published lists with the catalogue; exit 1 when a figure differs by more than 1%. */
export async function checkPrices(line: CommandLine, options: CheckOptions): Promise<Outcome> {
  const wanted = LISTS.flatMap((list) => {
    const where = options[list.option];
    return where === undefined ? [] : [{ ...list, where }];
  });
  if (wanted.length === 0) {
    throw new AispendError("list_missing", "name a list: --litellm FILE or --models-dev FILE", {
      help: "Each is a file or an https address.",
    });
  }
  const book = buildPriceBook(loadCatalogue());
  const checks: { name: string; check: ListCheck }[] = [];
  for (const { name, where, read } of wanted) {
    const listed = await readList(line, where, read);
    checks.push({ name, check: compareList(book, name, listed, line.clock()) });
  }
  if (options.dryRun !== true) await keep(line, options, checks);
  const found = checks.flatMap(({ check }) => check.found);
  const text = [
    ...checks.map(
      ({ name, check }) =>
        `${name}: ${saidCounted(BigInt(check.compared), "price")} compared; more than 1% apart: ` +
        `${check.found.length}.`,
    ),
    ...found.map(
      (one) =>
        `  ${one.provider} ${one.model} ${one.unit}: $${one.ours} here, $${one.theirs} there`,
    ),
    ...(found.length === 0
      ? []
      : ["Nothing was changed. Compare with an invoice; write what you pay into aispend.yaml."]),
  ].join("\n");
  return { text, json: { checks }, exitCode: found.length === 0 ? 0 : 1 };
}

function keep(
  line: CommandLine,
  options: CheckOptions,
  checks: readonly { name: string; check: ListCheck }[],
): Promise<void> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const now = line.clock();
    await transaction(pool, async (tx) => {
      for (const { name, check } of checks) {
        await keepDisagreements(tx, { orgId, list: name, found: check.found, now });
      }
    });
  });
}
