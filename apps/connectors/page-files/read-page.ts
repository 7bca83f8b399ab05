import type { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { expectation } from "../describe-issue.ts";

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
  throw unknownPage(title, index, `'${field}' ${issue === undefined ? "is wrong" : wrong(issue)}`);
}

/** A shape that says itself what is to be done is repeated; the library's own words are not. */
function wrong(issue: z.core.$ZodIssue): string {
  return issue.message.startsWith("Invalid ") ? expectation(issue) : issue.message;
}
