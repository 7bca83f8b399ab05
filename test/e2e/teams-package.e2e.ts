import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { appManifest, appPackage, manifestProblems } from "#apps/teams/manifest/app-package.ts";
import { readZip } from "#test/teams/read-zip.ts";

const OPTIONS = { appId: "11111111-2222-4333-8444-555555555555", url: "https://ai.acme.example" };
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aispend-teams-"));
});
afterAll(() => rm(folder, { recursive: true }));

const Commands = z.object({
  bots: z.array(
    z.object({
      botId: z.string(),
      commandLists: z.array(z.object({ commands: z.array(z.object({ title: z.string() })) })),
    }),
  ),
});

test("the manifest of an installation passes Microsoft's own schema", async () => {
  const manifest = await appManifest(OPTIONS);
  expect(await manifestProblems(manifest)).toEqual([]);
  expect(manifest).toMatchObject({ manifestVersion: "1.30", id: OPTIONS.appId });
  const [bot] = Commands.parse(manifest).bots;
  expect(bot?.botId).toBe(OPTIONS.appId);
  expect(bot?.commandLists.length).toBeLessThanOrEqual(3);
});

test("an id or address that is wrong is refused with what to give", async () => {
  await expect(appManifest({ ...OPTIONS, appId: "my app" })).rejects.toThrow(/\/id/);
  await expect(appManifest({ ...OPTIONS, url: "acme" })).rejects.toThrow(/websiteUrl/);
});

test("what the schema refuses is found: a command too many, a field unknown", async () => {
  const manifest = await appManifest(OPTIONS);
  const commands = Array.from({ length: 13 }, (_, index) => ({ title: `command ${index}` }));
  const bots = [
    { botId: OPTIONS.appId, scopes: ["team"], commandLists: [{ scopes: ["team"], commands }] },
  ];
  expect(await manifestProblems({ ...manifest, bots })).toEqual([
    expect.stringContaining("/bots/0/commandLists/0/commands"),
  ]);
  expect(await manifestProblems({ ...manifest, nonsense: 1 })).not.toEqual([]);
});

test("the package holds the manifest and two icons of the sizes Teams asks for", async () => {
  const files = readZip(await appPackage(OPTIONS));
  expect([...files.keys()]).toEqual(["manifest.json", "color.png", "outline.png"]);
  const text = files.get("manifest.json")?.toString("utf8") ?? "";
  expect(JSON.parse(text)).toEqual(await appManifest(OPTIONS));
  expect(pngSize(files.get("color.png"))).toEqual([192, 192]);
  expect(pngSize(files.get("outline.png"))).toEqual([32, 32]);
});

test("the same input makes the same bytes", async () => {
  expect((await appPackage(OPTIONS)).equals(await appPackage(OPTIONS))).toBe(true);
});

test("the script writes the package, and says what is wrong instead of a trace", async () => {
  const out = join(folder, "aispend-teams.zip");
  const run = (appId: string, file: string) =>
    script(["--app-id", appId, "--url", OPTIONS.url, "--out", file]);
  const [done, wrong] = await Promise.all([run(OPTIONS.appId, out), run("x", `${out}.wrong`)]);
  expect(done).toMatchObject({ code: 0, stdout: `${out}\n` });
  expect((await readFile(out)).equals(await appPackage(OPTIONS))).toBe(true);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("--app-id is a GUID");
  expect(wrong.stderr).not.toContain("    at ");
});

async function script(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ["--import", "tsx", "apps/teams/manifest/build-package.ts", ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, command)) };
  } catch (error) {
    return Failed.parse(error);
  }
}

const Failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

function pngSize(png: Buffer | undefined): number[] {
  return png === undefined ? [] : [png.readUInt32BE(16), png.readUInt32BE(20)];
}
