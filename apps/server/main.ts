import { AispendError } from "#core/errors.ts";
import { readProcessConfig } from "./config.ts";
import { runServer } from "./run.ts";

try {
  const workingFolder = process.cwd();
  await runServer({
    config: readProcessConfig(workingFolder),
    clock: () => new Date(),
    workingFolder,
    say: (line) => process.stdout.write(`${line}\n`),
  });
} catch (error) {
  if (!(error instanceof AispendError)) throw error;
  process.stderr.write(`${[error.message, error.help].filter(Boolean).join("\n")}\n`);
  process.exitCode = error.kind === "unavailable" ? 3 : 1;
}
