import { run } from "./program.ts";

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
// Who reads only the head of an export closes the pipe: that is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  process.exitCode = await run(
    {
      environment: process.env,
      workingFolder: process.cwd(),
      clock: () => new Date(),
      out: process.stdout,
      err: process.stderr,
      interrupted: interrupted.signal,
      exitCode: 0,
    },
    process.argv.slice(2),
  );
} catch (error) {
  // A fault of ours. Its trace is for whoever mends it, and shown on request alone.
  const fault = error instanceof Error ? error : new Error(String(error));
  const trace = process.env.AISPEND_LOG_LEVEL === "debug" ? fault.stack : fault.message;
  process.stderr.write(`Something went wrong here: ${trace}\n`);
  process.stderr.write("Please report it, with what AISPEND_LOG_LEVEL=debug shows.\n");
  process.exitCode = 1;
}
