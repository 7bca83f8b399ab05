import { crc32 } from "node:zlib";

export interface ZipFile {
  name: string;
  bytes: Buffer;
}

/** 1 January 1980, the first day a zip can say: the same files make the same bytes. */
const DOS_DATE = 0x0021;
const VERSION = 20;

/** A zip of stored (not compressed) files: a few kilobytes of icons gain nothing by deflate. */
export function zip(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name, "utf8");
    const local = Buffer.concat([localHeader(file, name), name, file.bytes]);
    central.push(Buffer.concat([centralHeader(file, name, offset), name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...locals, directory, end(files.length, directory.length, offset)]);
}

/** Version, flags, method, time, date, checksum, both sizes, length of the name, no extra field. */
function common(file: ZipFile, name: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc32(file.bytes), 10);
  fields.writeUInt32LE(file.bytes.length, 14);
  fields.writeUInt32LE(file.bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(file: ZipFile, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from("PK\u0003\u0004", "latin1"), common(file, name)]);
}

function centralHeader(file: ZipFile, name: Buffer, offset: number): Buffer {
  const made = Buffer.alloc(2);
  made.writeUInt16LE(VERSION, 0);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from("PK\u0001\u0002", "latin1"), made, common(file, name), rest]);
}

function end(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const fields = Buffer.alloc(18);
  fields.writeUInt16LE(count, 4);
  fields.writeUInt16LE(count, 6);
  fields.writeUInt32LE(directoryBytes, 8);
  fields.writeUInt32LE(directoryOffset, 12);
  return Buffer.concat([Buffer.from("PK\u0005\u0006", "latin1"), fields]);
}
