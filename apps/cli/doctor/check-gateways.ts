import type { Pool } from "pg";
import { AispendError } from "#core/errors.ts";
import type { OpenDriver } from "#core/keys/driver.ts";
import { checkKeyGateway, listDeviations, listKeyGateways } from "#core/keys/key-gateway.ts";
import { listOrganizationZones } from "#core/schedule/service.ts";
import { type Finding, failed, fine, warning } from "./finding.ts";

const LOWERED =
  "The gateway made something else of it: look at its own limits, such as LiteLLM's " +
  "upperbound_key_generate_params.";

/** Gateways that are driven: whether they answer, and what makes their caps weaker than their class. */
export async function checkGateways(
  pool: Pool,
  openDriver: OpenDriver,
  now: Date,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { orgId } of await listOrganizationZones(pool)) {
    for (const gateway of await listKeyGateways(pool, orgId)) {
      const about = `gateway ${gateway.name}`;
      try {
        const driver = openDriver(gateway);
        const weak = await checkKeyGateway(pool, driver, gateway, now);
        if (weak.length === 0)
          found.push(fine(about, `${driver.enforcement}, ${driver.enforcementSaid}`));
        for (const { said, help } of weak)
          found.push(warning(about, `${driver.enforcement}: ${said}`, help));
      } catch (error) {
        if (!(error instanceof AispendError)) throw error;
        found.push(failed(about, error.message, error.help));
      }
    }
    for (const { name, gateway, drift, failure } of await listDeviations(pool, orgId)) {
      const said = failure === null ? drift.join("; ") : `could not be asked: ${failure}`;
      found.push(warning(`gateway ${gateway}`, `key ${name}: ${said}`, LOWERED));
    }
  }
  return found;
}
