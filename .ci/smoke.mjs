// Starts the demonstration as a newcomer does, asks it three questions, uses the command line beside
// it, and ends it. Exits 1 with what went wrong. Run by the Node version that is to be tried.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const CLI = new URL("../apps/cli/aispend.mjs", import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), "aispend-smoke-"));
const environment = { ...process.env, AISPEND_HOME: join(folder, "home"), PORT: "0" };
for (const name of Object.keys(environment)) {
  if (/^(DATABASE_|SLACK_|TEAMS_|NODE_ENV$)/.test(name)) delete environment[name];
}
const options = { cwd: folder, env: environment };

function expect(condition, what) {
  if (!condition) throw new Error(what);
  process.stdout.write(`ok ${what}\n`);
}

const server = spawn(process.execPath, [CLI, "start"], options);
let output = "";
const url = await new Promise((resolve, reject) => {
  const limit = setTimeout(() => reject(new Error(`no URL in 120 s\n${output}`)), 120_000);
  server.once("exit", (code) => reject(new Error(`start ended with ${code}\n${output}`)));
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
      const found = /^http:\/\/\S+$/m.exec(output);
      if (found === null) return;
      clearTimeout(limit);
      resolve(found[0]);
    });
  }
});
try {
  expect((await fetch(`${url}/readyz`)).status === 200, `${process.version} is ready at its URL`);
  for (const text of ["team payments", "org", "help"]) {
    const response = await fetch(`${url}/console/ask`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }),
    });
    const answer = await response.json();
    expect(answer.state === "ok" && answer.demonstration, `answers ${text}: ${answer.title}`);
  }
  const run = promisify(execFile);
  const asked = await run(process.execPath, [CLI, "ask", "team payments", "--json"], options);
  expect(JSON.parse(asked.stdout).state === "ok", "the command line asks beside the server");
  const verified = await run(process.execPath, [CLI, "ledger", "verify"], options);
  expect(verified.stdout !== "", verified.stdout.split("\n")[0]);
  const usage = await run(process.execPath, [CLI, "nonsense"], options).catch((error) => error);
  expect(usage.code === 2, "an unknown command is wrong usage");
} finally {
  server.removeAllListeners("exit");
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const [code] = await ended;
  expect(code === 0, "ends by SIGTERM");
}
const removed = await promisify(execFile)(process.execPath, [CLI, "demo", "remove"], options);
expect(removed.stdout.startsWith("The demonstration is removed."), "removes the demonstration");
await rm(folder, { recursive: true, force: true });
