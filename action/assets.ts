import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import type { Encoding } from "#core/estimates/detection/tokens.ts";

/** Large files of the bundle, unpacked when they are first asked for. */
export interface Assets {
  /** Mergeable ranks of a tokenizer: a token's text, or its bytes where they are no text. */
  readonly ranks: (encoding: Encoding) => (string | number[])[];
}

/** Beside the bundle, packed by build.ts. */
export function bundledAssets(folder: URL): Assets {
  return {
    ranks: (encoding) => {
      const packed = readFileSync(new URL(`${encoding}.json.br`, folder));
      return JSON.parse(brotliDecompressSync(packed).toString("utf8"));
    },
  };
}
