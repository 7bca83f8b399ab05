import { loadInventory } from "#core/inventory/service.ts";
import { getVendor } from "#core/inventory/vendor-service.ts";
import type { Command } from "../command.ts";
import { joined } from "../grammar/words.ts";
import { requireInventorySight } from "../inventory/inventory-sight.ts";
import { pressVendor, vendorBody, vendorForm } from "../inventory/vendor-press.ts";
import { vendorsAnswer } from "../inventory/vendors-answer.ts";

/** Who is paid, and which of them is to be reviewed. */
export const vendors: Command<{ readonly name: string }> = {
  name: "vendors",
  usage: "vendors [NAME]",
  summary: "What a year costs at each; reviews due.",
  parse: (words) => ({ name: joined(words) }),
  async run(asking, { name }) {
    await requireInventorySight(asking);
    const found = await loadInventory(asking.pool, asking.org.id, asking.now);
    if (name === "") return vendorsAnswer(asking.org, found.vendors, found.today);
    return vendorBody(asking, found, getVendor(found.vendors, name));
  },
  presses: { vendor_decide: pressVendor },
  forms: { vendor_decide: vendorForm },
};
