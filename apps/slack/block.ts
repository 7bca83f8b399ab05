import type { Block, KnownBlock } from "@slack/types";

/** In Slack since 2026-06-16, not yet in @slack/types. Pie charts are not used. */
export interface DataVisualizationBlock extends Block {
  type: "data_visualization";
  title: string;
  chart: {
    type: "bar" | "line";
    series: { name: string; data: { label: string; value: number }[] }[];
    axis_config: { categories: string[]; y_label?: string };
  };
}

export type SlackBlock = KnownBlock | DataVisualizationBlock;

/** A message as it is sent: `text` is the notification and what a screen reader reads. */
export interface SlackMessage {
  text: string;
  blocks?: SlackBlock[];
}
