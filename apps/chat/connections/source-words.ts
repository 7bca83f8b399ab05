import type { SourceKind } from "#core/connections/schema.ts";

/** What a form asks of a source beside its key; the worker checks it with the provider. */
export interface SourceWords {
  readonly title: string;
  readonly key: string;
  readonly madeAt: string;
  readonly extra:
    | {
        readonly name: "baseUrl" | "organisation";
        readonly label: string;
        readonly hint: string;
      }
    | undefined;
  readonly pattern: RegExp | undefined;
}

/** apps/connectors has the same of each source (a test compares them); chat does not load it. */
export const SOURCE_WORDS: Readonly<Record<SourceKind, SourceWords>> = {
  openai: {
    title: "OpenAI",
    key: "admin API key (sk-admin-...), restricted to reading usage",
    madeAt: "https://platform.openai.com/settings/organization/admin-keys",
    extra: undefined,
    pattern: /^sk-admin-\S{10,}$/,
  },
  anthropic: {
    title: "Anthropic",
    key: "Admin API key (sk-ant-admin01-...)",
    madeAt: "https://console.anthropic.com/settings/admin-keys",
    extra: undefined,
    pattern: /^sk-ant-admin\S{10,}$/,
  },
  openrouter: {
    title: "OpenRouter",
    key: "management key (sk-or-v1-...)",
    madeAt: "https://openrouter.ai/settings/management-keys",
    extra: undefined,
    pattern: /^sk-or-\S{10,}$/,
  },
  cursor: {
    title: "Cursor",
    key: "Admin API key",
    madeAt: "https://cursor.com/dashboard, Settings, Cursor Admin API Keys",
    extra: undefined,
    pattern: undefined,
  },
  copilot: {
    title: "GitHub Copilot",
    key: "token that may read Copilot seats and billing of the organisation",
    madeAt: "https://github.com/settings/personal-access-tokens",
    extra: { name: "organisation", label: "Organisation", hint: "The GitHub organisation" },
    pattern: /^(gh[a-z]_|github_pat_)\S{10,}$/,
  },
  litellm: {
    title: "LiteLLM",
    key: "key of a proxy_admin_viewer, or the master key",
    madeAt: "your LiteLLM proxy, as an admin: POST /user/new with user_role proxy_admin_viewer",
    extra: { name: "baseUrl", label: "Address", hint: "Such as https://litellm.example.com" },
    pattern: /^sk-\S{4,}$/,
  },
};
