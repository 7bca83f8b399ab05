import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const KEY_BYTES = 16;
const PARTITIONS = 256;
const BUFFERED_BYTES = 8192;
const FILTER_BITS = 28;
const EXACT_KEYS = 200_000;
const READ_BYTES = 1 << 20;

/** Counts equal rows of one file: the first gets 1, the next equal one 2, wherever it stands. */
export interface Ordinals {
  /** `digest`: sha256 of the canonical row, 32 bytes. */
  next(digest: Buffer): number;
  close(): void;
}

interface Partition {
  descriptor: number | undefined;
  written: number;
  readonly buffer: Buffer;
  used: number;
}

/**
 * Exact, with memory that does not grow with the file. Equal rows may lie anywhere in it, so every
 * key (128 bits of the digest) is kept, but on disk: 16 bytes a row, in 256 files without names. A
 * filter of 32 MiB says for nearly every row that it was not there before; only where it cannot, the
 * one partition is searched. Rows up to some 130,000 never reach the disk.
 */
export function createOrdinals(folder = tmpdir(), bufferedBytes = BUFFERED_BYTES): Ordinals {
  const filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  const partitions = new Map<number, Partition>();
  const exact = new Map<string, number>();

  const partitionOf = (digest: Buffer): Partition => {
    const number = digest.readUInt8(31) % PARTITIONS;
    let partition = partitions.get(number);
    if (partition === undefined) {
      const buffer = Buffer.allocUnsafe(bufferedBytes);
      partition = { descriptor: undefined, written: 0, buffer, used: 0 };
      partitions.set(number, partition);
    }
    return partition;
  };

  const spill = (partition: Partition): void => {
    partition.descriptor ??= openUnnamed(folder);
    writeSync(partition.descriptor, partition.buffer, 0, partition.used, partition.written);
    partition.written += partition.used;
    partition.used = 0;
  };

  return {
    next(digest) {
      const partition = partitionOf(digest);
      const key = digest.subarray(KEY_BYTES);
      let ordinal = 1;
      if (wasMaybeSeen(filter, digest)) {
        const name = key.toString("latin1");
        ordinal = (exact.get(name) ?? countIn(partition, key)) + 1;
        // Only a cache: what is dropped here is counted again from the partition.
        if (exact.size >= EXACT_KEYS) exact.clear();
        if (ordinal > 1) exact.set(name, ordinal);
      }
      if (partition.used + KEY_BYTES > partition.buffer.length) spill(partition);
      partition.used += key.copy(partition.buffer, partition.used);
      return ordinal;
    },
    close() {
      for (const { descriptor } of partitions.values()) {
        if (descriptor !== undefined) closeSync(descriptor);
      }
      partitions.clear();
    },
  };
}

/** Without a name from the start, so that not even a kill leaves it behind. */
function openUnnamed(folder: string): number {
  const path = join(folder, `aispend-import-${randomBytes(12).toString("hex")}`);
  const descriptor = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return descriptor;
}

/** A Bloom filter with four bits a key, out of the half of the digest that is not the key. */
function wasMaybeSeen(filter: Uint32Array, digest: Buffer): boolean {
  let seen = true;
  for (let offset = 0; offset < KEY_BYTES; offset += 4) {
    const bit = digest.readUInt32LE(offset) >>> (32 - FILTER_BITS);
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    const bits = filter[word] ?? 0;
    if ((bits & mask) === 0) {
      seen = false;
      filter[word] = bits | mask;
    }
  }
  return seen;
}

/** One for all look-ups: a buffer each would be left to the collector by the thousand. */
const scratch = Buffer.allocUnsafe(READ_BYTES);

function countIn(partition: Partition, key: Buffer): number {
  let found = countKeys(partition.buffer.subarray(0, partition.used), key);
  if (partition.descriptor === undefined) return found;
  for (let position = 0; position < partition.written; ) {
    const wanted = Math.min(READ_BYTES, partition.written - position);
    const read = readSync(partition.descriptor, scratch, 0, wanted, position);
    if (read === 0) throw new Error("the partition is shorter than what was written to it");
    found += countKeys(scratch.subarray(0, read), key);
    position += read;
  }
  return found;
}

/** `keys` starts at a key's boundary; a match across one is none. */
function countKeys(keys: Buffer, key: Buffer): number {
  let found = 0;
  for (let at = keys.indexOf(key); at >= 0; at = keys.indexOf(key, at + 1)) {
    if (at % KEY_BYTES === 0) found += 1;
  }
  return found;
}
