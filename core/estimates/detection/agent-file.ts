import { pattern, patternOfAnyCase } from "./pattern.ts";

/** Where coding agents keep what they are told. */
export const AGENT_FOLDERS = patternOfAnyCase`
    (?:^|/)(?:(?:\.|dot_)?claude(?:-config)?|\.opencode|\.codex|\.cursor|\.github|\.gemini
    |plugins?/[^/]+|[\w-]*agents?[\w-]*)/(?:agents?|commands?|skills|chatmodes|prompts|modes
    |subagents?|rules)/.+\.(?:md|mdc|toml)$|(?:^|/)agents?/[^/]+\.md$`;

/**
 * What a coding agent is told with each call in a repository, with the marks of chezmoi where it
 * is kept for a home: `readonly_AGENTS.md`.
 */
export const AGENT_FILES = pattern`
    ^(?:(?:readonly|private|create|dot)_)*(?:claude|agents?|gemini|qwen|copilot-instructions
    |(?:claude|agents)\.local)\.md$|^\.(?:cursor|windsurf|cline|roo|goose|llm|ai|augment
    |trae)?(?:rules|hints)$`;

/** Instructions that agents read by themselves, wherever they are run. */
export function isAgentFile(path: string): boolean {
  return AGENT_FILES.test(path.slice(path.lastIndexOf("/") + 1).toLowerCase());
}
