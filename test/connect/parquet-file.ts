import { gzipSync } from "node:zlib";

type Column = { readonly name: string; readonly values: readonly string[] | readonly number[] };

/** Thrift's compact protocol, as far as a Parquet footer needs it. */
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

type Field = readonly [id: number, type: number, bytes: number[]];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  bytes.push(left);
  return bytes;
}

const integer = (value: number): number[] => varint(value * 2);
const binary = (text: string): number[] => [
  ...varint(Buffer.byteLength(text)),
  ...Buffer.from(text),
];

function struct(fields: readonly Field[]): number[] {
  let last = 0;
  const bytes = fields.flatMap(([id, type, body]) => {
    const header = ((id - last) << 4) | type;
    last = id;
    return [header, ...body];
  });
  return [...bytes, 0];
}

function list(type: number, items: readonly number[][]): number[] {
  const header =
    items.length < 15 ? [(items.length << 4) | type] : [0xf0 | type, ...varint(items.length)];
  return [...header, ...items.flat()];
}

const BYTE_ARRAY = 6;
const DOUBLE = 5;
const GZIP = 2;

function plain(values: Column["values"]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      if (typeof value === "number") {
        const eight = Buffer.alloc(8);
        eight.writeDoubleLE(value);
        return eight;
      }
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return Buffer.concat([length, Buffer.from(value)]);
    }),
  );
}

/** One row group of required columns of texts and doubles, gzip inside, as AWS exports can be. */
export function parquetFile(columns: readonly Column[]): Buffer {
  const rows = columns[0]?.values.length ?? 0;
  const parts: Buffer[] = [Buffer.from("PAR1")];
  let offset = 4;
  const chunks = columns.map(({ name, values }) => {
    const page = plain(values);
    const packed = gzipSync(page);
    const header = struct([
      [1, I32, integer(0)],
      [2, I32, integer(page.length)],
      [3, I32, integer(packed.length)],
      [
        5,
        STRUCT,
        struct([
          [1, I32, integer(rows)],
          [2, I32, integer(0)],
          [3, I32, integer(3)],
          [4, I32, integer(3)],
        ]),
      ],
    ]);
    const start = offset;
    parts.push(Buffer.from(header), packed);
    offset += header.length + packed.length;
    const type = typeof values[0] === "number" ? DOUBLE : BYTE_ARRAY;
    const metadata = struct([
      [1, I32, integer(type)],
      [2, LIST, list(I32, [integer(0)])],
      [3, LIST, list(BINARY, [binary(name)])],
      [4, I32, integer(GZIP)],
      [5, I64, integer(rows)],
      [6, I64, integer(page.length + header.length)],
      [7, I64, integer(packed.length + header.length)],
      [9, I64, integer(start)],
    ]);
    return {
      type,
      chunk: struct([
        [2, I64, integer(start)],
        [3, STRUCT, metadata],
      ]),
    };
  });
  const footer = footerOf(columns, chunks, offset, rows);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, Buffer.from(footer), length, Buffer.from("PAR1")]);
}

function footerOf(
  columns: readonly Column[],
  chunks: readonly { readonly type: number; readonly chunk: number[] }[],
  offset: number,
  rows: number,
): number[] {
  const root = struct([
    [4, BINARY, binary("schema")],
    [5, I32, integer(columns.length)],
  ]);
  const elements = columns.map(({ name }, index) =>
    struct([
      [1, I32, integer(chunks[index]?.type ?? 0)],
      [3, I32, integer(0)],
      [4, BINARY, binary(name)],
      ...(chunks[index]?.type === BYTE_ARRAY ? [[6, I32, integer(0)] as const] : []),
    ]),
  );
  const group = struct([
    [
      1,
      LIST,
      list(
        STRUCT,
        chunks.map(({ chunk }) => chunk),
      ),
    ],
    [2, I64, integer(offset)],
    [3, I64, integer(rows)],
  ]);
  return struct([
    [1, I32, integer(2)],
    [2, LIST, list(STRUCT, [root, ...elements])],
    [3, I64, integer(rows)],
    [4, LIST, list(STRUCT, [group])],
  ]);
}
