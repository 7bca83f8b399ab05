import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const IMAGES = fileURLToPath(new URL("../docs/images/", import.meta.url));

/** Keeps a screenshot for the guides where there is none yet, or when UPDATE_GOLDEN=1 asks for it. */
export function keepPicture(name: string, png: Buffer): void {
  const path = `${IMAGES}${name}`;
  if (existsSync(path) && process.env.UPDATE_GOLDEN !== "1") return;
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(path, png);
}
