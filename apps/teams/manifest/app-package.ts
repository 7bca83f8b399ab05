import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ajvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { type ZipFile, zip } from "./zip.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const SCHEMA = "build/json-schemas/teams/v1.30/MicrosoftTeams.schema.json";

const Manifest = z.looseObject({
  id: z.string(),
  developer: z.looseObject({ websiteUrl: z.string() }),
  bots: z.array(z.looseObject({ botId: z.string() })).length(1),
});

export interface AppPackageOptions {
  /** The application (client) id of the bot's app registration. */
  appId: string;
  /** A page of yours that says who runs aispend and what is done with data; Teams links to it. */
  url: string;
}

/** The manifest of one installation. Throws `teams_manifest_invalid` with what the schema refuses. */
export async function appManifest(options: AppPackageOptions): Promise<Record<string, unknown>> {
  const template: unknown = JSON.parse(await readFile(join(FOLDER, "manifest.json"), "utf8"));
  const { id: _, developer, bots, ...rest } = Manifest.parse(template);
  const { url, appId } = options;
  const manifest = {
    ...rest,
    id: appId,
    developer: { ...developer, websiteUrl: url, privacyUrl: url, termsOfUseUrl: url },
    bots: bots.map((bot) => ({ ...bot, botId: appId })),
  };
  const problems = await manifestProblems(manifest);
  if (problems.length > 0) {
    throw new AispendError("teams_manifest_invalid", problems.join("; "), {
      help: "--app-id is a GUID from the app registration, --url starts with https://.",
    });
  }
  return manifest;
}

/** What Microsoft's own schema, as its package ships it, finds wrong. */
export async function manifestProblems(manifest: unknown): Promise<string[]> {
  compiled ??= compileSchema();
  const validate = await compiled;
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""}`);
}

/** Compiling the schema takes half a second, so it is done once. */
let compiled: ReturnType<typeof compileSchema> | undefined;

async function compileSchema() {
  const resolve = createRequire(import.meta.url).resolve;
  const root = dirname(resolve("@microsoft/app-manifest/package.json"));
  const schema: unknown = JSON.parse(await readFile(join(root, SCHEMA), "utf8"));
  const ajv = new ajvDraft04.default({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(z.record(z.string(), z.unknown()).parse(schema));
}

/** The zip that is uploaded to Teams. */
export async function appPackage(options: AppPackageOptions): Promise<Buffer> {
  const manifest = await appManifest(options);
  const icons = ["color.png", "outline.png"].map(
    async (name): Promise<ZipFile> => ({ name, bytes: await readFile(join(FOLDER, name)) }),
  );
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, "utf8");
  return zip([{ name: "manifest.json", bytes: text }, ...(await Promise.all(icons))]);
}
