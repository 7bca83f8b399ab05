import { AispendError } from "#core/errors.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";
import { createLogger } from "./log.ts";
import { untilSignal } from "./shutdown.ts";
import { startServer } from "./start.ts";

export interface RunOptions {
  config: Config;
  clock: Clock;
  workingFolder: string;
  /** A plain line to the operator. */
  say: (line: string) => void;
}

/** The life of the server's process: starts, says where it is, and ends in good order on a signal. */
export async function runServer(options: RunOptions): Promise<void> {
  const { config, say } = options;
  const signal = untilSignal();
  // The demonstration is read by a person: requests and routine would only bury the URL.
  const logger = createLogger(config.demonstration ? quieter(config.logLevel) : config.logLevel);
  let answered = false;
  const onConsoleAnswer = (): void => {
    if (answered) return;
    answered = true;
    const seconds = (performance.now() / 1000).toFixed(1);
    say(`First answer ${seconds} s after the command.`);
  };
  const server = await startServer({ ...options, logger, onConsoleAnswer });
  try {
    await requireReady(server.url);
  } catch (error) {
    // What listens would keep a process alive that has said that it does not work.
    await server.stop();
    throw error;
  }
  say(server.consoleOn ? "aispend is ready. Open:" : "aispend is ready:");
  say(server.url);
  if (server.gatewayUrl !== undefined) {
    say("Gateway for model calls:");
    say(server.gatewayUrl);
    if (server.consoleOn) say(CANNED);
  }
  if (config.demonstration && !server.consoleOn) say(NO_CONSOLE);
  const name = await signal;
  logger.info({ signal: name }, "stopping");
  await server.stop();
}

const CANNED =
  "Keys that are approved here get canned answers there, for clients of OpenAI, Anthropic and " +
  "Gemini.";

const NO_CONSOLE =
  "There is no demonstration here, so there is no chat page: write aispend.yaml, run " +
  "`aispend apply`, and set SLACK_* or TEAMS_* (README.md).";

function quieter(level: string): string {
  return level === "info" ? "warn" : level;
}

async function requireReady(url: string): Promise<void> {
  const response = await fetch(`${url}/readyz`);
  if (response.ok) return;
  throw new AispendError("not_ready", `the server is not ready: ${await response.text()}`, {
    kind: "unavailable",
    help: "Try: aispend doctor",
  });
}
