import { AispendError } from "#core/errors.ts";
import type { AppendOptions } from "#core/ledger/prepare.ts";
import type { AppendOutcome } from "#core/ledger/schema.ts";
import type { ImportDependencies, ImportRequest, ImportSummary } from "../file-import.ts";
import { addTo, BATCH_ROWS, type Batch, createBatches, emptyBatch } from "./batches.ts";
import type { Checkpoint, Tally } from "./checkpoint.ts";
import { createCsvRows } from "./csv-rows.ts";
import { createJsonRows } from "./jsonl-rows.ts";
import { describeMapping, type Mapping, resolveMapping, wantedColumns } from "./mapping.ts";
import { type FileFormat, type OpenFile, readPieces } from "./open-file.ts";
import { createOrdinals, type Ordinals } from "./ordinals.ts";
import { rowIdentity } from "./row-identity.ts";
import type { RowSink } from "./row-sink.ts";
import { rowReader } from "./row-to-event.ts";
import { createTally } from "./tally.ts";

export interface RunOptions {
  readonly request: ImportRequest;
  readonly file: OpenFile;
  readonly format: FileFormat;
  readonly source: string;
  readonly saveProgress: (progress: Omit<Checkpoint, "purpose">) => Promise<void>;
}

type Run = Omit<ImportSummary, "source" | "dryRun">;

/** Of the rows that a checkpoint says are stored, these at either end are sent again to see. */
const PROBED_ROWS = 1000;

/**
 * Reads the file through and appends its rows. With `stored`, the tally of an earlier run, its rows
 * are passed over: only their identities are counted. Throws `checkpoint_stale` where the ledger
 * turns out not to have them: it may be another one, or restored from before.
 */
export async function importRows(
  deps: ImportDependencies,
  options: RunOptions,
  stored: Tally | undefined,
): Promise<Run> {
  const { request, file } = options;
  const ordinals = createOrdinals();
  const reading = createReading(deps, options, stored?.rows ?? 0, ordinals);
  const tally = createTally(stored, request.onProblem);
  const started = deps.clock().getTime();
  let position = { bytes: 0, digest: () => "" };
  const deliver = deliverTo(deps, request);
  const batches = createBatches(
    request.batchRows ?? BATCH_ROWS,
    deliver,
    async (outcomes, batch) => {
      tally.settled(outcomes, batch.lines, batch.rows.at(-1) ?? 0);
      await options.saveProgress({
        bytes: position.bytes,
        digest: position.digest(),
        tally: tally.now,
      });
    },
  );
  const report = () => {
    const seconds = (deps.clock().getTime() - started) / 1000;
    request.onProgress?.(progressOf(position.bytes, file.bytes, reading.rows, seconds));
  };
  const rows = reading.source(batches.waiting, tally.unreadable);
  let probed = false;
  const probe = async (ended: boolean): Promise<void> => {
    if (probed || stored === undefined || (!ended && reading.rows < stored.rows)) return;
    probed = true;
    const outcomes = await deliver(reading.probes);
    if (!outcomes.some((outcome) => outcome.state === "appended")) return;
    throw new AispendError("checkpoint_stale", "the ledger lacks rows that were stored before");
  };
  try {
    await readPieces(file, request.signal, async (piece, at) => {
      rows.push(piece);
      position = at;
      await probe(false);
      if (batches.full()) await batches.send(false);
      report();
    });
    const interrupted = request.signal?.aborted === true;
    if (!interrupted) rows.end();
    await probe(!interrupted);
    await batches.send(true);
    report();
    return {
      ...(interrupted ? tally.now : tally.whole(reading.rows)),
      ...reading.described(),
      problems: tally.problems,
      resumedAfterRow: stored?.rows ?? 0,
      interrupted,
    };
  } finally {
    ordinals.close();
  }
}

function deliverTo(deps: ImportDependencies, request: ImportRequest) {
  const options: AppendOptions = { costFrom: request.cost ?? "price" };
  const { ledger } = deps;
  return (batch: Batch): Promise<AppendOutcome[]> =>
    request.dryRun === true
      ? ledger.preview(request.orgId, batch.events, options)
      : ledger.append(request.orgId, batch.events, options);
}

function progressOf(bytes: number, totalBytes: number, rows: number, seconds: number) {
  const secondsLeft = bytes === 0 ? undefined : (seconds * (totalBytes - bytes)) / bytes;
  return {
    bytes,
    totalBytes,
    rows,
    rowsPerSecond: seconds === 0 ? 0 : rows / seconds,
    secondsLeft,
  };
}

/** The pure half of an import: text to rows, rows to events. */
function createReading(
  deps: ImportDependencies,
  { request, format, source, file }: RunOptions,
  skipped: number,
  ordinals: Ordinals,
) {
  let mapping: Mapping | undefined;
  let rows = 0;
  const probes = emptyBatch();
  const isProbe = (row: number) => row <= PROBED_ROWS || row > skipped - PROBED_ROWS;
  return {
    probes,
    get rows() {
      return rows;
    },
    described() {
      if (mapping !== undefined) {
        return { mapping: describeMapping(mapping), ignoredColumns: mapping.ignored };
      }
      throw new AispendError("file_empty", `'${file.path}' has no rows`, {
        help: "The first line of a CSV file names its columns.",
      });
    },
    source(events: Batch, refuse: (row: number, line: number, reason: string) => void) {
      let take: ((cells: readonly string[], line: number) => void) | undefined;
      const sink: RowSink = {
        columns(names) {
          mapping = resolveMapping(request.map ?? [], names);
          const read = rowReader(mapping, names, source, deps.endUserId);
          const identify = mapping.origins.has("id") ? undefined : rowIdentity(names, ordinals);
          take = (cells, line) => {
            rows += 1;
            // Also of a row that is passed over or refused: equal rows keep their numbers.
            const id = identify?.(cells);
            if (rows <= skipped && !isProbe(rows)) return;
            const reading = read(cells);
            if (reading.state === "refused") {
              if (rows > skipped) refuse(rows, line, reading.reason);
              return;
            }
            if (id !== undefined) reading.event.externalId = id;
            addTo(rows > skipped ? events : probes, reading.event, rows, line);
          };
        },
        row: (cells, line) => take?.(cells, line),
        bad(line, reason) {
          rows += 1;
          if (rows > skipped) refuse(rows, line, reason);
        },
      };
      const wanted = wantedColumns(request.map ?? []);
      return format === "csv" ? createCsvRows(sink) : createJsonRows(sink, wanted);
    },
  };
}
