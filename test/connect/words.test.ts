import { expect, it } from "vitest";
import { SOURCE_WORDS } from "#apps/chat/connections/source-words.ts";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import { SourceKind } from "#core/connections/schema.ts";

it("asks for the same key in chat as on the command line", () => {
  for (const kind of SourceKind.options) {
    const { title, key, madeAt, pattern, extra } = SOURCE_WORDS[kind];
    const source = SOURCES[kind];
    expect({ title, said: key, madeAt, pattern }).toEqual({
      title: source.title,
      ...source.credential,
    });
    const required = source.settings.filter((one) => one.required).map(({ name }) => name);
    expect(extra === undefined ? [] : [extra.name]).toEqual(required);
  }
});
