import type { Tags } from "#core/ledger/schema.ts";
import { plainText } from "./plain-text.ts";

const TAG_NAMES: Readonly<Record<string, keyof Tags>> = {
  team: "team",
  project: "project",
  agent: "agent",
  workflow: "workflow",
  product: "product",
  feature: "feature",
  environment: "environment",
  env: "environment",
  customer: "customer",
  person: "person",
};

const PREFIX = /^aispend[._-]/;
const MAX_LENGTH = 256;

/** The tag that a metadata name stands for: "team", "aispend_team" and "aispend.team" are the same. */
export function tagNameOf(name: string): keyof Tags | undefined {
  const bare = name.trim().toLowerCase().replace(PREFIX, "");
  return Object.hasOwn(TAG_NAMES, bare) ? TAG_NAMES[bare] : undefined;
}

/** The allow-listed entries of a metadata object; everything else in it may be content. */
export function tagsOfRecord(record: Readonly<Record<string, unknown>> | null | undefined): Tags {
  const tags: Tags = {};
  for (const [name, value] of Object.entries(record ?? {})) {
    const tag = tagNameOf(name);
    const text = tag === undefined ? undefined : plainText(value, MAX_LENGTH);
    if (tag !== undefined && text !== undefined) tags[tag] = text;
  }
  return tags;
}

/** The allow-listed ones of labels such as "team:payments" or "workflow=refunds". */
export function tagsOfLabels(labels: readonly unknown[]): Tags {
  const tags: Tags = {};
  for (const label of labels) {
    if (typeof label !== "string") continue;
    const at = label.search(/[:=]/);
    const tag = at < 1 ? undefined : tagNameOf(label.slice(0, at));
    const text = tag === undefined ? undefined : plainText(label.slice(at + 1), MAX_LENGTH);
    if (tag !== undefined && text !== undefined) tags[tag] = text;
  }
  return tags;
}
