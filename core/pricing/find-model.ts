import { isVersionOf, type ModelName, readModelName } from "./model-name.ts";
import { isGateway, isReseller, isServer, makerOf, providerId } from "./provider-name.ts";
import type { Catalogue, CatalogueModel } from "./schema.ts";

interface ProviderIndex {
  readonly id: string;
  readonly fallback: readonly string[];
  readonly byName: ReadonlyMap<string, CatalogueModel>;
  /** Longest first: the most telling stem wins. */
  readonly stems: readonly { stem: string; model: CatalogueModel }[];
  readonly patterns: readonly { pattern: RegExp; model: CatalogueModel }[];
}

export type CatalogueIndex = ReadonlyMap<string, ProviderIndex>;

/** A model of the catalogue, and who serves it; `seller` is whose list holds the price. */
export type FoundModel = {
  readonly state: "found";
  readonly host: string;
  readonly seller: string;
  readonly model: CatalogueModel;
  readonly name: ModelName;
};

export type UnknownModel = {
  readonly state: "unknown";
  readonly host: string;
  readonly name: ModelName;
  readonly reason: string;
};

export function indexCatalogue(catalogue: Catalogue): CatalogueIndex {
  const index = new Map<string, ProviderIndex>();
  for (const provider of catalogue.providers) {
    const byName = new Map<string, CatalogueModel>();
    for (const model of provider.models) {
      for (const name of model.names) if (!byName.has(name)) byName.set(name, model);
    }
    const stems = provider.models
      .flatMap((model) => (model.stems ?? []).map((stem) => ({ stem, model })))
      .sort((a, b) => b.stem.length - a.stem.length);
    const patterns = provider.models.flatMap((model) =>
      (model.patterns ?? []).map((text) => ({ pattern: new RegExp(text), model })),
    );
    index.set(provider.id, {
      id: provider.id,
      fallback: provider.fallback ?? [],
      byName,
      stems,
      patterns,
    });
  }
  return index;
}

/**
 * Exact names first, then a stem followed by a version, then the catalogue's own patterns. No name
 * takes the price of another model because it begins alike (isVersionOf).
 */
function lookUp(
  index: CatalogueIndex,
  id: string,
  names: readonly string[],
): { seller: string; model: CatalogueModel } | undefined {
  const provider = index.get(id);
  if (provider === undefined) return undefined;
  for (const name of names) {
    const model =
      provider.byName.get(name) ??
      provider.stems.find(({ stem }) => isVersionOf(name, stem, id))?.model ??
      provider.patterns.find(({ pattern }) => pattern.test(name))?.model;
    if (model !== undefined) return { seller: id, model };
  }
  for (const other of provider.fallback) {
    const found = lookUp(index, other, names);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The places to look, in order: each a host and the spellings to try there. */
function candidates(
  provider: string | undefined,
  sent: string,
  name: ModelName,
): { host: string; names: readonly string[] }[] {
  const whole = [sent.trim().toLowerCase()];
  const { route, names } = name;
  if (isGateway(provider)) {
    const host = route ?? makerOf(names[0] ?? "");
    return host === undefined ? [] : [{ host, names }];
  }
  const host = providerId(provider ?? "");
  const own = [
    { host, names: whole },
    { host, names },
  ];
  // A reseller's "openai/x" is a name there. Elsewhere a prefix says who made the model ("anthropic/" on
  // Vertex), or, of one that only serves ("azure/" through OpenAI's SDK), where the call went.
  if (route === undefined || route === host || isReseller(host)) return own;
  const routed = { host: route, names };
  return isServer(route) ? [{ host, names: whole }, routed] : [...own, routed];
}

/**
 * The model of the catalogue behind a provider and a name as sent, or why there is none. Without a
 * provider, or with a gateway's name, the name's prefix or else the model's maker decides.
 */
export function findModel(
  index: CatalogueIndex,
  provider: string | undefined,
  sent: string,
): FoundModel | UnknownModel {
  const name = readModelName(sent);
  const places = candidates(provider, sent, name);
  const host = places.at(-1)?.host ?? (isGateway(provider) ? "" : providerId(provider ?? ""));
  if (name.opaque !== undefined) return { state: "unknown", host, name, reason: name.opaque };
  for (const place of places) {
    const found = lookUp(index, place.host, place.names);
    if (found !== undefined) return { state: "found", host: place.host, ...found, name };
  }
  const reason =
    host === ""
      ? `unknown model '${sent}': neither its name nor its provider says who serves it`
      : index.has(host)
        ? `unknown model '${sent}' of ${host}`
        : `no price list for provider '${host}'`;
  return { state: "unknown", host, name, reason };
}

/** Does the catalogue give this name the very entry that was found? */
export function isSameModel(index: CatalogueIndex, found: FoundModel, name: string): boolean {
  return lookUp(index, found.host, [name])?.model === found.model;
}
