import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { formatUsd, nanoUsd, usdDecimal } from "#core/money.ts";
import {
  findStatement,
  NO_COST_CENTRE,
  type Statement,
  type StatementFormat,
  statementText,
} from "#core/showback/statement.ts";
import { addMonths, localDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { readMonth } from "../read-month.ts";
import { report } from "../report.ts";

interface StatementOptions extends CommonOptions {
  costCentre?: string;
  format: StatementFormat;
  output?: string;
}

export function addStatement(program: Command, line: CommandLine): void {
  program
    .command("statement")
    .description("what each cost centre spent in a month, with exact decimals")
    .argument("<month>", "YYYY-MM, a month that is over")
    .option("--cost-centre <name>", "this one alone; none for what has none")
    .addOption(
      new Option("--format <format>", "how to write it").choices(["csv", "focus"]).default("csv"),
    )
    .option("--output <file>", "write to a file instead of standard output")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((month: string, options: StatementOptions) =>
      report(line, options.json === true, () => statement(line, month, options)),
    );
}

function statement(line: CommandLine, text: string, options: StatementOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { orgId, key, name, timeZone } = org;
    const month = readMonth(text, localDay(line.clock(), timeZone));
    const period = { start: month, end: addMonths(month, 1) };
    const found = await findStatement(pool, orgId, period, options.costCentre);
    const { format } = options;
    const written = statementText(found, { period, format, issuer: { key, name } });
    const { lines, total } = found;
    const json = { month: text, lines: lines.length, total: usdDecimal(total), currency: "USD" };
    if (options.output === undefined) {
      // The statement is the output: a summary beside it would break whoever reads it.
      if (options.json !== true) return { text: written, json };
      return { text: "", json: { ...json, statement: lines.map(jsonLine) } };
    }
    const file = resolve(line.workingFolder, options.output);
    writeFileSync(file, written);
    const rows = lines.length === 1 ? "1 line" : `${lines.length} lines`;
    const centres = [...totalsByCentre(lines)].map(
      ([centre, cost]) => `  ${centre}  ${formatUsd(nanoUsd(cost))}`,
    );
    const said = `${formatUsd(total)} in ${rows} of ${text}, written to ${file}.`;
    return {
      text: [said, ...centres].join("\n"),
      json: { ...json, file },
    };
  });
}

/** Amounts as exact decimals, as in the file. */
function jsonLine(line: Statement["lines"][number]): object {
  return { ...line, listCost: usdDecimal(line.listCost), cost: usdDecimal(line.cost) };
}

function totalsByCentre(lines: Statement["lines"]): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { costCentre, cost } of lines) {
    const centre = costCentre ?? NO_COST_CENTRE;
    totals.set(centre, (totals.get(centre) ?? 0n) + cost);
  }
  return totals;
}
