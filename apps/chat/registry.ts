import type { Command } from "./command.ts";
import { agent } from "./commands/agent.ts";
import { anomalies } from "./commands/anomalies.ts";
import { anomaly } from "./commands/anomaly.ts";
import { audit } from "./commands/audit.ts";
import { block, unblock } from "./commands/block.ts";
import { board } from "./commands/board.ts";
import { budget } from "./commands/budget.ts";
import { cap } from "./commands/cap.ts";
import { channel } from "./commands/channel.ts";
import { chargeback } from "./commands/chargeback.ts";
import { code } from "./commands/code.ts";
import { connect } from "./commands/connect.ts";
import { connections } from "./commands/connections.ts";
import { customer } from "./commands/customer.ts";
import { experiment } from "./commands/experiment.ts";
import { forecast } from "./commands/forecast.ts";
import { glass } from "./commands/glass.ts";
import { helpCommand } from "./commands/help.ts";
import { inventory } from "./commands/inventory.ts";
import { key } from "./commands/key.ts";
import { keys } from "./commands/keys.ts";
import { levers } from "./commands/levers.ts";
import { link } from "./commands/link.ts";
import { maturity } from "./commands/maturity.ts";
import { me } from "./commands/me.ts";
import { model } from "./commands/model.ts";
import { mute, quiet, unmute } from "./commands/mute.ts";
import { org } from "./commands/org.ts";
import { owners } from "./commands/owners.ts";
import { price } from "./commands/price.ts";
import { product } from "./commands/product.ts";
import { project } from "./commands/project.ts";
import { provider } from "./commands/provider.ts";
import { pulls } from "./commands/pulls.ts";
import { reconcile } from "./commands/reconcile.ts";
import { review } from "./commands/review.ts";
import { showback } from "./commands/showback.ts";
import { spend } from "./commands/spend.ts";
import { team } from "./commands/team.ts";
import { tools } from "./commands/tools.ts";
import { top } from "./commands/top.ts";
import { unattributed } from "./commands/unattributed.ts";
import { unit } from "./commands/unit.ts";
import { vendors } from "./commands/vendors.ts";
import { whatif } from "./commands/whatif.ts";
import { whoami } from "./commands/whoami.ts";
import { why } from "./commands/why.ts";
import { workflow } from "./commands/workflow.ts";

/** Every command of the chat, in the order of `help all`. A new command is a file and a line here. */
export const COMMANDS: readonly Command<unknown>[] = [
  team,
  org,
  me,
  why,
  top,
  owners,
  budget,
  forecast,
  whatif,
  anomalies,
  anomaly,
  levers,
  showback,
  chargeback,
  review,
  board,
  project,
  agent,
  model,
  provider,
  workflow,
  product,
  customer,
  key,
  keys,
  cap,
  block,
  unblock,
  glass,
  audit,
  spend,
  price,
  unit,
  experiment,
  pulls,
  unattributed,
  connect,
  connections,
  reconcile,
  inventory,
  vendors,
  tools,
  maturity,
  channel,
  mute,
  unmute,
  quiet,
  whoami,
  link,
  code,
  helpCommand(() => COMMANDS),
];
