import type { types } from "@slack/bolt";

/** In Slack since 2026-06-16, not yet in @slack/types. Pie charts are not used. */
export interface DataVisualizationBlock extends types.Block {
  type: "data_visualization";
  title: string;
  chart: {
    type: "bar" | "line";
    series: { name: string; data: { label: string; value: number }[] }[];
    axis_config: { categories: string[]; y_label?: string };
  };
}

export type SlackBlock = types.KnownBlock | DataVisualizationBlock;

/** A message as it is sent: `text` is the notification and what a screen reader reads. */
export interface SlackMessage {
  text: string;
  blocks?: SlackBlock[];
}

/** Slack's own types, named once: they come with Bolt. */
export type ActionsBlock = types.ActionsBlock;
export type AnyBlock = types.AnyBlock;
export type Button = types.Button;
export type ContextBlock = types.ContextBlock;
export type HomeView = types.HomeView;
export type InputBlock = types.InputBlock;
export type ModalView = types.ModalView;
export type MrkdwnElement = types.MrkdwnElement;
export type PlainTextElement = types.PlainTextElement;
export type PlainTextOption = types.PlainTextOption;
export type RichTextBlock = types.RichTextBlock;
export type SectionBlock = types.SectionBlock;
export type TableBlock = types.TableBlock;
