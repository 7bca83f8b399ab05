import { basename, resolve } from "node:path";
import { AispendError } from "#core/errors.ts";
import type { CostFrom } from "#core/ledger/draft.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { Clock } from "#core/time.ts";
import type { EndUserId } from "./end-user.ts";
import {
  checkpointPath,
  dropCheckpoint,
  findCheckpoint,
  purposeOf,
  saveCheckpoint,
  type Tally,
} from "./file-import/checkpoint.ts";
import { importRows, type RunOptions } from "./file-import/import-rows.ts";
import { type FileFormat, formatOf, openFile } from "./file-import/open-file.ts";

export interface ImportDependencies {
  readonly ledger: Pick<Ledger, "append" | "preview">;
  readonly clock: Clock;
  readonly endUserId: EndUserId;
}

export interface ImportProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly rows: number;
  /** Of this run, since it began. */
  readonly rowsPerSecond: number;
  /** Undefined until there is something to judge by. */
  readonly secondsLeft: number | undefined;
}

/** A row that is not in the ledger as the file has it. */
export interface ImportProblem {
  readonly line: number;
  readonly state: "refused" | "conflict";
  readonly reason: string;
}

export interface ImportRequest {
  readonly orgId: number;
  readonly file: string;
  /** By the file's name when absent; gzip is recognised by its content. */
  readonly format?: FileFormat;
  /** `field=column`, `field='constant'`, `field=` (mapping.ts); the rest goes by column names. */
  readonly map?: readonly string[];
  /** Part of each entry's identity; `import:` and the file's name when absent. */
  readonly source?: string;
  readonly cost?: CostFrom;
  /** In one transaction, 1 to 10,000; what is under way when the process dies is at most twice that. */
  readonly batchRows?: number;
  /** Says what would happen and writes nothing. */
  readonly dryRun?: boolean;
  /** Where an import that is cut off leaves how far it got; without it a rerun starts anew. */
  readonly checkpointFolder?: string;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Every problem as it is found; the summary has the first ones. */
  readonly onProblem?: (problem: ImportProblem) => void;
  /** Stops after what is under way; the summary then says `interrupted`. */
  readonly signal?: AbortSignal;
}

export interface ImportSummary extends Tally {
  readonly source: string;
  /** One line a field: "time = ts". */
  readonly mapping: readonly string[];
  readonly ignoredColumns: readonly string[];
  /** The first 20, in the order of the file. */
  readonly problems: readonly ImportProblem[];
  /** Rows that an earlier run had stored and this one passed over; 0 without one. */
  readonly resumedAfterRow: number;
  readonly interrupted: boolean;
  readonly dryRun: boolean;
}

/** The default source: the file's name without the ending of compression. */
export function sourceOfFile(file: string): string {
  return `import:${basename(file).replace(/\.gz$/i, "").slice(0, 120)}`;
}

/**
 * Imports a CSV or JSONL file. Good rows are stored and bad ones returned with their line; a rerun,
 * whole or after a kill, adds nothing twice, since every row has the same identity again.
 */
export async function importFile(
  deps: ImportDependencies,
  request: ImportRequest,
): Promise<ImportSummary> {
  const file = await openFile(request.file);
  const format = request.format ?? formatOf(request.file);
  const source = request.source ?? sourceOfFile(request.file);
  const purpose = purposeOf([
    request.orgId,
    resolve(request.file),
    source,
    format,
    request.cost ?? "price",
    ...(request.map ?? []),
  ]);
  const folder = request.dryRun === true ? undefined : request.checkpointFolder;
  const path = folder === undefined ? undefined : checkpointPath(folder, purpose);
  const checkpoint = path === undefined ? undefined : await findCheckpoint(path, purpose, file);
  const options: RunOptions = {
    request,
    file,
    format,
    source,
    saveProgress: async (progress) => {
      if (path !== undefined) await saveCheckpoint(path, { ...progress, purpose });
    },
  };
  const run = await importRows(deps, options, checkpoint?.tally).catch((error: unknown) => {
    if (!(error instanceof AispendError) || error.code !== "checkpoint_stale") throw error;
    return importRows(deps, options, undefined);
  });
  if (path !== undefined && !run.interrupted) await dropCheckpoint(path);
  return { ...run, source, dryRun: request.dryRun === true };
}
