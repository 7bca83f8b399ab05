import { AispendError } from "#core/errors.ts";
import type { OpenDriver } from "#core/keys/driver.ts";
import { openCredential } from "#core/keys/key-gateway.ts";
import type { SecretBox } from "#core/org/secret-box.ts";
import type { Clock } from "#core/time.ts";
import { createAdminClient } from "./admin-client.ts";
import { anthropicDriver } from "./anthropic.ts";
import { litellmDriver } from "./litellm.ts";
import { openaiDriver } from "./openai.ts";

const ANTHROPIC_VERSION = "2023-06-01";

/** Opens the driver of a gateway with the admin key that is sealed beside it. */
export function driverOpener(box: SecretBox, clock: Clock): OpenDriver {
  return (gateway) => {
    const { kind, baseUrl, project } = gateway;
    const secret = openCredential(box, gateway);
    const bearer = { authorization: `Bearer ${secret}` };
    switch (kind) {
      case "litellm":
        return litellmDriver(
          createAdminClient({ title: "LiteLLM", baseUrl, headers: bearer }),
          clock,
        );
      case "openai": {
        if (project === undefined) {
          throw new AispendError("project_missing", "OpenAI makes keys in a project", {
            help: "Add the gateway again with --project proj_...",
          });
        }
        return openaiDriver(
          createAdminClient({ title: "OpenAI", baseUrl, headers: bearer }),
          project,
        );
      }
      case "anthropic": {
        const headers = { "x-api-key": secret, "anthropic-version": ANTHROPIC_VERSION };
        return anthropicDriver(createAdminClient({ title: "Anthropic", baseUrl, headers }));
      }
    }
  };
}
