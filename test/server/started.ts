import { Writable } from "node:stream";
import { type Environment, readConfig } from "#apps/server/config.ts";
import { createLogger } from "#apps/server/log.ts";
import { type RunningServer, startServer } from "#apps/server/start.ts";

export interface Started extends RunningServer {
  /** Everything logged so far, as it would be written. */
  readonly log: () => string;
}

/** The whole server in this process, on a port of its own. */
export async function start(
  environment: Environment,
  workingFolder: string,
  clock = () => new Date(),
): Promise<Started> {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const server = await startServer({
    config: readConfig({ PORT: "0", AISPEND_HOME: workingFolder, ...environment }, workingFolder),
    clock,
    logger: createLogger("debug", destination),
    workingFolder,
    say: (line) => lines.push(line),
    onConsoleAnswer: () => lines.push("console answered"),
  });
  return { ...server, log: () => lines.join("") };
}
