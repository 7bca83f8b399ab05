import type { Command } from "commander";
import { deliverCharges } from "#apps/server/ingest/charges.ts";
import { AispendError } from "#core/errors.ts";
import { ChargeCategory } from "#core/ledger/charge-schema.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { type CreditBalance, listCreditBalances } from "#core/ledger/prepaid.ts";
import { formatUsd } from "#core/money.ts";
import type { Directory } from "#core/org/directory.ts";
import { didYouMean } from "#core/org/near.ts";
import { utcDay } from "#core/time.ts";
import { type ActorOptions, AS_OPTION, actorOf, CODE_OPTION } from "../actor.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface ChargeOptions extends ActorOptions {
  provider: string;
  item: string;
  amount?: string;
  quantity?: string;
  unitPrice?: string;
  month?: string;
  day?: string;
  from?: string;
  to?: string;
  expires?: string;
  account?: string;
  id?: string;
  note?: string;
  team?: string;
  project?: string;
  workflow?: string;
}

const AT_TOP = { action: "connect_source", scopeId: 0 } as const;

export function addCharge(program: Command, line: CommandLine): void {
  program
    .command("charge")
    .description("book an invoice line, credit or refund by hand; the same again changes nothing")
    .argument("<category>", ChargeCategory.options.join(", "))
    .requiredOption("--provider <name>", "who is paid")
    .requiredOption("--item <text>", "what for, as the invoice names it")
    .option("--amount <usd>", "dollars above 0; credits and refunds are taken off")
    .option("--quantity <number>", "in place of an amount, with --unit-price")
    .option("--unit-price <usd>", "dollars each")
    .option("--month <month>", "2026-11")
    .option("--day <day>", "2026-11-22")
    .option("--from <day>", "first day of a period")
    .option("--to <day>", "its last day")
    .option("--expires <day>", "of prepaid credit")
    .option("--account <id>", "the provider's account")
    .option("--id <id>", "the invoice line's own id")
    .option("--note <text>", "kept with prepaid credit")
    .option("--team <team>", "whose it is")
    .option("--project <project>", "whose it is")
    .option("--workflow <workflow>", "what it is for")
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((category: string, options: ChargeOptions) =>
      report(line, options.json === true, () => charge(line, category, options)),
    );
}

export function addCredits(program: Command, line: CommandLine): void {
  program
    .command("credits")
    .description("prepaid credit: bought, drawn by usage, left, and until when it lasts")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => credits(line, options)),
    );
}

function given(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function charge(line: CommandLine, category: string, options: ChargeOptions): Promise<Outcome> {
  const { provider, item, amount, quantity, unitPrice, month, day, from, to } = options;
  const { expires: expiresOn, account, id: externalId, note, team, project, workflow } = options;
  const fields = { provider, item, amount, quantity, unitPrice, month, day, from, to };
  const tags = given({ team, project, workflow });
  const sent = { category, ...given({ ...fields, expiresOn, account, externalId, note }), tags };
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    await actorOf(line, pool, org, options, AT_TOP);
    requireScope(org, "team", team);
    requireScope(org, "project", project);
    const { clock } = line;
    const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
    const token = { id: 0, orgId: org.orgId, scopes: undefined };
    const delivery = await deliverCharges({ pool, clock, ledger }, token, [sent], new Set());
    const [problem] = delivery.problems;
    const text =
      problem !== undefined
        ? problem.reason
        : delivery.duplicates > 0
          ? "It is booked already; nothing was changed."
          : "Booked.";
    return { text, json: delivery, exitCode: problem === undefined ? 0 : 1 };
  });
}

/** What is misspelt would be booked to nobody; throws `scope_unknown`. */
function requireScope(org: Directory, kind: "team" | "project", name: string | undefined): void {
  if (name === undefined) return;
  const all = [...org.scopes.values()].filter((scope) => scope.kind === kind);
  const known = (org.scopesByName.get(name.toLowerCase()) ?? []).some((one) => one.kind === kind);
  if (known) return;
  throw new AispendError("scope_unknown", `there is no ${kind} '${name}'`, {
    kind: "not_found",
    help:
      didYouMean(
        name,
        all.map(({ key }) => key),
      ) ?? "aispend org export lists them.",
  });
}

/** What is used up after it expires is not used up: some of it is lost. */
function untilSaid({ nextExpiry, usedUpOn }: CreditBalance): string {
  const expiry = nextExpiry === undefined ? "" : `, expires ${nextExpiry}`;
  if (usedUpOn === undefined) return expiry;
  return nextExpiry !== undefined && usedUpOn > nextExpiry
    ? `${expiry}: not used up by then at this pace`
    : `, used up on ${usedUpOn} at this pace${expiry}`;
}

function credits(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const balances = await listCreditBalances(pool, orgId, utcDay(line.clock()));
    const lines = balances.map((one) => {
      const account = one.account === "" ? "" : ` (${one.account})`;
      const until = untilSaid(one);
      const [bought, drawn, left] = [one.bought, one.drawn, one.left].map((nano) =>
        formatUsd(nano),
      );
      const balance = `${left} left of ${bought}, ${drawn} drawn`;
      return `${one.provider}${account}: ${balance}${until}`;
    });
    const text = lines.length === 0 ? "No credit was paid for ahead." : lines.join("\n");
    return { text, json: balances };
  });
}
