import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { readAudit, verifyAudit } from "#core/audit/service.ts";
import { AispendError } from "#core/errors.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report, toJson } from "../report.ts";

interface VerifyOptions extends CommonOptions {
  head?: string;
}

interface ExportOptions extends CommonOptions {
  output?: string;
}

export function addAudit(program: Command, line: CommandLine): void {
  const audit = program.command("audit").description("verify and export the audit log");
  audit
    .command("verify")
    .description("recompute the hash chain from its first entry")
    .option("--head <position:hash>", "a head published earlier: proves that no tail was cut")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: VerifyOptions) =>
      report(line, options.json === true, () => verify(line, options)),
    );
  audit
    .command("export")
    .description("write the whole log, one JSON object a line")
    .option("--output <file>", "write to a file instead of standard output")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: ExportOptions) =>
      report(line, options.json === true, () => exportAudit(line, options)),
    );
}

function verify(line: CommandLine, options: VerifyOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const found = await verifyAudit(pool, org.orgId, publishedHead(options.head));
    const json = { organisation: org.key, ok: found.state === "intact", ...found };
    if (found.state === "broken") {
      const { position, reason } = found;
      const text = `The audit log of ${org.key} is broken at entry ${position}: ${reason}.`;
      return { text, json, exitCode: 1 };
    }
    const head =
      found.head === undefined ? "" : `\nHead: ${found.head.position}:${found.head.hash}`;
    return {
      text: `The audit log of ${org.key} is intact: ${found.entries} entries.${head}`,
      json,
    };
  });
}

function publishedHead(text: string | undefined) {
  if (text === undefined) return undefined;
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AispendError("head_invalid", `'${text}' is no head of the log`, {
      help: "Write it as audit verify prints it: 42:9f2c...",
    });
  }
  return { position: BigInt(match[1]), hash: match[2] };
}

function exportAudit(line: CommandLine, options: ExportOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    let entries = 0;
    async function* lines(): AsyncGenerator<string> {
      for await (const entry of readAudit(pool, org.orgId)) {
        entries += 1;
        yield `${toJson(entry, 0)}\n`;
      }
    }
    const { output } = options;
    if (output === undefined) {
      await pipeline(Readable.from(lines()), line.out, { end: false });
      return { text: "", json: undefined };
    }
    await pipeline(Readable.from(lines()), createWriteStream(resolve(line.workingFolder, output)));
    return { text: `Wrote ${entries} entries to ${output}.`, json: { output, entries } };
  });
}
