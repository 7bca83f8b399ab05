import { stat } from "node:fs/promises";
import { AispendError } from "#core/errors.ts";
import { type Account, run } from "./run.ts";

const NAME = "postgres";

/**
 * The account that the server runs as. An ordinary user runs it; root does as the owner of an
 * existing database, else as `postgres`, which is created where it is missing.
 */
export async function serverAccount(
  dataFolder: string,
  log: (line: string) => void,
): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const data = await stat(dataFolder).catch(() => undefined);
  if (data !== undefined && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  return (await lookUp()) ?? (await create(log));
}

async function lookUp(): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([run("id", ["-u", NAME], {}), run("id", ["-g", NAME], {})]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

async function create(log: (line: string) => void): Promise<Account> {
  const args = [
    "--system",
    "--user-group",
    "--no-create-home",
    "--shell",
    "/usr/sbin/nologin",
    NAME,
  ];
  const made = await run("useradd", args, {}).catch((error: Error) => ({
    code: null,
    output: error.message,
  }));
  // Two starts at once may both try; what counts is that the account is there.
  const account = await lookUp();
  if (account === undefined) {
    throw new AispendError(
      "server_account_missing",
      `PostgreSQL does not run as root, and no account '${NAME}' could be created: ${made.output}`,
      { kind: "unavailable", help: "Run aispend as an ordinary user, or set DATABASE_URL." },
    );
  }
  log(`created the system account '${NAME}' (uid ${account.uid}): PostgreSQL does not run as root`);
  return account;
}

/** Whether the account can enter the folder; permission bits alone do not tell (ACLs, groups). */
export async function canEnter(account: Account | undefined, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  const entered = await run("/bin/sh", ["-c", 'cd "$1"', "sh", folder], { account });
  return entered.code === 0;
}
