/**
 * Writes genai-prices.json from the installed @pydantic/genai-prices. By hand, after an update of it:
 *   node --import tsx core/pricing/catalogue/build-catalogue.ts VERSION RELEASE-DAY
 */
import { writeFileSync } from "node:fs";
import { waitForUpdate } from "@pydantic/genai-prices";
import { invariant } from "#core/errors.ts";
import { Catalogue } from "#core/pricing/schema.ts";
import { catalogueText, walkCatalogue } from "./walk-catalogue.ts";

const [version, date] = process.argv.slice(2);
invariant(version !== undefined && date !== undefined, "usage: build-catalogue.ts VERSION DAY");
const catalogue = Catalogue.parse(walkCatalogue((await waitForUpdate()) ?? [], version, date));
writeFileSync(new URL("./genai-prices.json", import.meta.url), catalogueText(catalogue));
const count = catalogue.providers.reduce((sum, { models }) => sum + models.length, 0);
process.stdout.write(`${catalogue.providers.length} providers, ${count} models\n`);
