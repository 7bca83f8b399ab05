import type { WebClientOptions } from "@slack/web-api";

/** How Slack is called, by the surface and by the outbox alike. */
export function webClientOptions(options: {
  slackApiUrl?: string | undefined;
  retries?: number;
}): WebClientOptions {
  const { slackApiUrl } = options;
  return {
    retryConfig: { retries: options.retries ?? 3, minTimeout: 500, maxTimeout: 5000 },
    timeout: 20_000,
    // What the arguments of a call name is never taken for an address.
    allowAbsoluteUrls: false,
    ...(slackApiUrl === undefined ? {} : { slackApiUrl: slackApiUrl.replace(/\/*$/, "/") }),
  };
}
