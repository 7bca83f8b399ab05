/** Every command has --json; those about an organisation have --org. */
export interface CommonOptions {
  json?: boolean;
  org?: string;
}

export const JSON_OPTION = ["--json", "print JSON for machines"] as const;
export const ORG_OPTION = [
  "--org <key>",
  "the organisation, where there are several or no aispend.yaml here",
] as const;
