import type { z } from "zod";
import { type Answered, garbled } from "./session.ts";

/** The answer as the fields we read; everything else in it is dropped. Throws `source_garbled`. */
export function readShape<Shape extends z.ZodType>(
  shape: Shape,
  { body }: Answered,
  title: string,
  path: string,
): z.infer<Shape> {
  const read = shape.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  throw garbled(title, path, `'${field}' ${issue?.code ?? "is wrong"}`);
}
