import type { z } from "zod";
import { didYouMean } from "../near.ts";
import { organisationJsonSchema } from "../schema.ts";
import type { FilePath } from "./yaml-lines.ts";

/** What is wrong at a place of the file, and what to write there. */
export interface FileFault {
  readonly path: FilePath;
  readonly message: string;
  readonly help: string;
  /** The fault may be an effect of others, when one of these parts of the file could not be read. */
  readonly reliesOn?: readonly string[];
}

type Issue = z.core.$ZodIssue;

/**
 * A fault for each thing that the schema refused; `value` is what was read, `schema` the JSON Schema
 * that says what could have been written.
 */
export function schemaFaults(
  issues: readonly Issue[],
  value: unknown,
  schema: () => object = organisationJsonSchema,
): FileFault[] {
  return issues
    .flatMap((issue) => flatten(issue, []))
    .flatMap((issue) => faultOf(issue, value, schema));
}

interface FlatIssue {
  readonly issue: Issue;
  readonly path: FilePath;
}

/** Of a union, the branch that came furthest: the one that was most likely meant. */
function flatten(issue: Issue, prefix: FilePath): FlatIssue[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === "symbol" ? "" : step))];
  if (issue.code !== "invalid_union") return [{ issue, path }];
  const branches = issue.errors.map((errors) => errors.flatMap((error) => flatten(error, path)));
  const near = branches.find((errors) =>
    errors.every((error) => error.path.length > path.length || error.issue.code !== "invalid_type"),
  );
  return near ?? [{ issue, path }];
}

function faultOf({ issue, path }: FlatIssue, root: unknown, schema: () => object): FileFault[] {
  const value = valueAt(root, path);
  const place = said(path, root);
  const field = path.at(-1) ?? "the file";
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `'${key}' is not known in ${place}`,
        help: knownHelp(key, path, schema),
      }));
    case "invalid_type":
      if (value === undefined || value === null) {
        return [{ path, message: `${place} is missing`, help: `Write ${field}: ...` }];
      }
      return [
        { path, message: `${place} is ${kindOf(value)}`, help: wantedHelp(field, issue, value) },
      ];
    case "invalid_value": {
      const names = issue.values.map(String);
      const near = didYouMean(String(value), names);
      const help = [near, `Write one of: ${names.join(", ")}.`].filter(Boolean).join(" ");
      return [{ path, message: `${place} '${shown(value)}' is not known`, help }];
    }
    case "too_big":
      return [{ path, message: `${place} is too large`, help: `At most ${issue.maximum}.` }];
    case "too_small":
      return [{ path, message: `${place} is too small`, help: `At least ${issue.minimum}.` }];
    case "invalid_union":
      return [{ path, message: `${place} has the wrong form`, help: unionHelp(path) }];
    default: {
      const text = typeof value === "string" ? ` '${shown(value)}'` : "";
      const [message, ...help] = `${place}${text} ${issue.message}`.split(": ");
      return [{ path, message: message ?? "", help: sentence(help.join(": ")) }];
    }
  }
}

function sentence(text: string): string {
  return text === "" ? "Correct it." : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function shown(value: unknown): string {
  const written = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const text = written.replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a group of fields" : `a ${typeof value} (${shown(value)})`;
}

function wantedHelp(field: string | number, issue: { expected: string }, value: unknown): string {
  if (issue.expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return `Put it in quotes, so that it stays as written: ${field}: "${value}"`;
  }
  const wanted: Record<string, string> = {
    array: "a list: one item a line, each beginning with -",
    object: "a group of fields, indented below it",
    int: "a whole number",
  };
  return `Write ${wanted[issue.expected] ?? `a ${issue.expected}`}.`;
}

function unionHelp(path: FilePath): string {
  if (path.at(-1) === "counts_for") {
    return "Write everything, nothing, or a list of provider, project and key.";
  }
  return path.includes("prices")
    ? "Write a decimal number."
    : "Write the key of a person, or a list.";
}

/** "teams[payments].projects[disputes].cost_centre": items by their key where they have one. */
export function said(path: FilePath, root: unknown): string {
  if (path.length === 0) return "the file";
  return path
    .map((step, index) => {
      if (typeof step !== "number") return index === 0 ? step : `.${step}`;
      const item = valueAt(root, path.slice(0, index + 1));
      const key = valueAt(item, ["key"]) ?? valueAt(item, ["source"]) ?? valueAt(item, ["id"]);
      return `[${typeof key === "string" ? key : step + 1}]`;
    })
    .join("");
}

export function valueAt(root: unknown, path: FilePath): unknown {
  let value = root;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  }
  return value;
}

function knownHelp(key: string, path: FilePath, schema: () => object): string {
  const known = knownKeys(path, schema);
  const near = didYouMean(key, known);
  return [near, known.length > 0 ? `Known here: ${known.join(", ")}.` : undefined]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** The fields that the published JSON Schema knows at a place of the file. */
function knownKeys(path: FilePath, schema: () => object): string[] {
  let nodes: unknown[] = [schema()];
  for (const step of path) {
    nodes = nodes
      .flatMap(alternatives)
      .map((node) => valueAt(node, typeof step === "number" ? ["items"] : ["properties", step]));
  }
  return nodes.flatMap(alternatives).flatMap((node) => {
    const properties = valueAt(node, ["properties"]);
    return properties !== null && typeof properties === "object" ? Object.keys(properties) : [];
  });
}

function alternatives(node: unknown): unknown[] {
  const choices = valueAt(node, ["anyOf"]);
  return Array.isArray(choices) ? choices : [node];
}
