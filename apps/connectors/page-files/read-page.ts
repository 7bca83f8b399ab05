import type { z } from "zod";
import { AispendError } from "#core/errors.ts";

export function unknownPage(title: string, index: number, what: string): AispendError {
  const message = `page ${index + 1} is none of ${title}'s usage or cost reports: ${what}`;
  return new AispendError("page_unknown", message, {
    help: "Nothing was imported. docs/connect.md says which answers to save.",
  });
}

/** A saved answer as the fields we read. Throws `page_unknown`; the values are not repeated. */
export function readPage<Shape extends z.ZodType>(
  shape: Shape,
  page: unknown,
  title: string,
  index: number,
): z.infer<Shape> {
  const read = shape.safeParse(page);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  throw unknownPage(title, index, `'${field}' ${issue?.message ?? "is wrong"}`);
}
