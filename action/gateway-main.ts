import { text } from "node:stream/consumers";
import { CapOrder } from "./cap.ts";
import { startCapGateway } from "./cap-gateway.ts";

/** The gateway of one job, as a process of its own: it outlives the step that starts it. */
const order = CapOrder.parse(JSON.parse(await text(process.stdin)));
const { end } = await startCapGateway(order, () => new Date());
process.once("SIGTERM", () => {
  void end().then(() => process.exit(0));
});
