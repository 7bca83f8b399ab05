import { run } from "./program.ts";

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
// Who reads only the head of an export closes the pipe: that is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

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
