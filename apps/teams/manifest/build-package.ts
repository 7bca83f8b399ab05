// Makes the app package that is uploaded to Teams:
//   npx tsx apps/teams/manifest/build-package.ts --app-id GUID --url https://... [--out FILE]
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { AispendError } from "#core/errors.ts";
import { appPackage } from "./app-package.ts";

const USAGE = "build-package.ts --app-id GUID --url https://... [--out aispend-teams.zip]\n";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      "app-id": { type: "string" },
      url: { type: "string" },
      out: { type: "string", default: "aispend-teams.zip" },
    },
  });
  const { "app-id": appId, url, out } = values;
  if (appId === undefined || url === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  try {
    await writeFile(out, await appPackage({ appId, url }));
    process.stdout.write(`${out}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    process.stderr.write(`${error.message}\n${error.help ?? ""}\n`);
    return 1;
  }
}

process.exitCode = await main();
