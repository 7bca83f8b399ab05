import { statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { driverOpener } from "#apps/connectors/gateways/open-driver.ts";
import type { Config } from "#apps/server/config.ts";
import { openSecretBox } from "#apps/server/secret-key.ts";
import { AispendError } from "#core/errors.ts";
import { loadCatalogue } from "#core/pricing/price-book.ts";
import { daysBetween, parseDay, utcDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { configOf, withDatabase } from "../database.ts";
import { checkMail, checkSlack, checkTeams } from "../doctor/check-chat.ts";
import { checkClock, checkDatabase } from "../doctor/check-database.ts";
import { checkGateways } from "../doctor/check-gateways.ts";
import { checkOrganizations } from "../doctor/check-organization.ts";
import { type Finding, failed, fine, warning } from "../doctor/finding.ts";
import { type CommonOptions, JSON_OPTION } from "../options.ts";
import { report } from "../report.ts";

const PRICES_OLD_DAYS = 120;

export function addDoctor(program: Command, line: CommandLine): void {
  program
    .command("doctor")
    .description("check every connection and setting, and say what to do")
    .option(...JSON_OPTION)
    .action((options: CommonOptions) => report(line, options.json === true, () => examine(line)));
}

async function examine(line: CommandLine): Promise<Outcome> {
  const config = configOf(line);
  const findings: Finding[] = [
    fine("configuration", config.demonstration ? "nothing set: the embedded database" : "complete"),
    checkSecretKey(config),
    ...(await examineDatabase(line)),
    await checkSlack(config),
    checkTeams(config),
    ...(config.demonstration ? [] : [await checkMail(config)]),
    checkPrices(line.clock()),
  ];
  const states = new Set(findings.map(({ state }) => state));
  return {
    text: findings.map(said).join("\n"),
    json: { ok: !states.has("failed") && !states.has("unreachable"), findings },
    exitCode: states.has("unreachable") ? 3 : states.has("failed") ? 1 : 0,
  };
}

/** A database that cannot be had is a finding, and the rest is still looked at. */
async function examineDatabase(line: CommandLine): Promise<Finding[]> {
  try {
    return await withDatabase(line, async (database, config) => [
      ...(await checkDatabase(database, config)),
      await checkClock(database, line.clock),
      ...(await checkOrganizations(database.pool, line.clock())),
      ...(await checkGateways(
        database.pool,
        driverOpener(openSecretBox(config), line.clock),
        line.clock(),
      )),
    ]);
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    const { message, help, kind } = error;
    if (kind !== "unavailable") return [failed("database", message, help)];
    return [{ about: "database", state: "unreachable", said: message, help }];
  }
}

function checkSecretKey(config: Config): Finding {
  openSecretBox(config);
  if (config.secretKey !== undefined) {
    const count = config.secretKey.split(",").length;
    if (count === 1) return fine("secret key", "of AISPEND_SECRET_KEY");
    return warning(
      "secret key",
      `of AISPEND_SECRET_KEY, and ${count - 1} old that still open secrets`,
      "Once all processes have the new one: aispend db reseal, then take the old out.",
    );
  }
  const mode = statSync(join(config.home, "secret.key")).mode & 0o777;
  if (mode === 0o600)
    return fine("secret key", "made in AISPEND_HOME, readable to its owner alone");
  return warning(
    "secret key",
    `the file secret.key in AISPEND_HOME has mode ${mode.toString(8)}`,
    "chmod 600 it.",
  );
}

function checkPrices(now: Date): Finding {
  const { date } = loadCatalogue();
  const age = daysBetween(parseDay(date), utcDay(now));
  if (age <= PRICES_OLD_DAYS) return fine("prices", `the catalogue is of ${date}`);
  return warning(
    "prices",
    `the catalogue is of ${date}, ${age} days old: newer models are unpriced`,
    "Upgrade aispend, or add own prices to aispend.yaml.",
  );
}

const MARKS = { ok: "ok", warning: "warn", failed: "FAIL", unreachable: "FAIL" } as const;

function said({ about, state, said, help }: Finding): string {
  const first = `${MARKS[state].padEnd(5)} ${about}: ${said}`;
  return help === undefined ? first : `${first}\n      ${help}`;
}
