/** Other tabs of the same user show a saved change at once. */
import type { Todo } from "../api/types";
import { learn } from "./known";
import { pin } from "./lists";

let channel: BroadcastChannel | null = null;

export function openTabs(sub: string): void {
  closeTabs();
  if (typeof BroadcastChannel === "undefined") return;
  channel = new BroadcastChannel(`todos/${sub}`);
  channel.onmessage = (event: MessageEvent<Todo>) => {
    learn([event.data]);
    pin(event.data.todoID);
  };
}

export function closeTabs(): void {
  channel?.close();
  channel = null;
}

export function tellOtherTabs(todo: Todo): void {
  channel?.postMessage(todo);
}
