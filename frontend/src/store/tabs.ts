/** Other tabs of the same user show a saved change at once. */
import type { Todo } from "../api/types";

export interface News {
  todo: Todo;
  /** The id that it had until now, where the service has just named it. */
  former?: string | undefined;
}

let channel: BroadcastChannel | null = null;

export function openTabs(sub: string, onNews: (news: News) => void): void {
  closeTabs();
  if (typeof BroadcastChannel === "undefined") return;
  // Not the channel of a former release's pages, which say less.
  channel = new BroadcastChannel(`news/${sub}`);
  channel.onmessage = (event: MessageEvent<News>) => onNews(event.data);
}

export function closeTabs(): void {
  channel?.close();
  channel = null;
}

export function tellOtherTabs(news: News): void {
  channel?.postMessage(news);
}
