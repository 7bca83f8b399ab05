import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";

const CLI = createRequire(import.meta.url).resolve("@microsoft/m365agentsplayground/cli.js");
const LOOPBACK = fileURLToPath(new URL("./loopback-only.cjs", import.meta.url));

/** The tenant, and the account of whoever sits at the keyboard. */
export const PLAYGROUND = {
  tenantId: "00000000-0000-0000-0000-0000000000001",
  aadObjectId: "00000000-0000-0000-0000-0000000000020",
};

/** Another person at another keyboard: a playground of their own, of the same tenant. */
export const SECOND_SEAT = {
  aadObjectId: "00000000-0000-0000-0000-000000000029",
  cast: { currentUser: user(9, "Ada", "Byron"), personalChat: { id: "personal-chat-id-9" } },
};

/** Who is in the playground; it wants at least five people beside the one at the keyboard. */
const CAST = {
  version: "0.1.1",
  tenantId: PLAYGROUND.tenantId,
  bot: { id: "00000000-0000-0000-0000-00000000000011", name: "aispend" },
  currentUser: user(0, "Robin", "Reyes"),
  users: [
    user(1, "Sam", "Okafor"),
    user(2, "Noor", "Haddad"),
    user(3, "Mika", "Lind"),
    user(4, "Jo", "Tanaka"),
    user(5, "Ira", "Costa"),
  ],
  personalChat: { id: "personal-chat-id" },
  groupChat: { id: "group-chat-id", name: "Group Chat" },
  team: {
    id: "team-id",
    name: "payments",
    aadGroupId: "00000000-0000-0000-0000-000000000031",
    channels: [{ id: "channel-announcements-id", name: "Announcements" }],
  },
};

function user(index: number, givenName: string, surname: string) {
  const email = `${givenName.toLowerCase()}@acme.example`;
  return {
    id: `user-id-${index}`,
    name: `${givenName} ${surname}`,
    // Spelled so by the playground.
    userPrincipleName: email,
    aadObjectId: `00000000-0000-0000-0000-000000000002${index}`,
    givenName,
    surname,
    email,
  };
}

export interface Playground {
  url: string;
  close(): Promise<void>;
}

/**
 * Microsoft's Agents Playground, talking to the bot at `endpoint`. By itself it listens on every
 * interface; the preload keeps it on this machine.
 */
export async function startPlayground(
  endpoint: string,
  port: number,
  change: Partial<typeof CAST> = {},
): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), "aispend-playground-"));
  await writeFile(join(folder, ".m365agentsplayground.yml"), stringify({ ...CAST, ...change }));
  const args = [CLI, "start", "-e", endpoint, "-c", "msteams", "-p", String(port), "--dt"];
  const child = spawn(process.execPath, ["--require", LOOPBACK, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const close = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.kill()) await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: `http://127.0.0.1:${await listening(child)}/`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const read = (chunk: Buffer): void => {
      said += chunk.toString("utf8");
      const port = /Listening on (\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(port);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`the playground ended with ${code}: ${said}`)));
  });
}
