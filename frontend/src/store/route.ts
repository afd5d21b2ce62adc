/** Where the user is. The address says it, so that reload, back and a new sign-in return to it. */
import { computed, signal } from "@preact/signals";
import { nameOf } from "./names";

export const LIST_VIEWS = ["all", "today", "open", "completed", "trash"] as const;
export type ListView = (typeof LIST_VIEWS)[number];
export type View = ListView | "account";
/** What the signed-out screen shows; behind the #, so that the rest of the address stays. */
export const AUTH_SCREENS = ["sign-in", "register", "confirm", "forgot", "reset"] as const;
export type AuthScreen = (typeof AUTH_SCREENS)[number];

interface Route {
  view: View;
  todoID: string | null;
  authScreen: AuthScreen;
}

const PATHS: Record<View, string> = {
  all: "/",
  today: "/today",
  open: "/open",
  completed: "/completed",
  trash: "/trash",
  account: "/account",
};

function read(): Route {
  if (typeof location === "undefined") return { view: "all", todoID: null, authScreen: "sign-in" };
  const view = (Object.keys(PATHS) as View[]).find((each) => PATHS[each] === location.pathname) ?? "all";
  const screen = AUTH_SCREENS.find((each) => `#${each}` === location.hash) ?? "sign-in";
  const todoID = new URLSearchParams(location.search).get("todo");
  return { view, todoID: todoID && nameOf(todoID), authScreen: screen };
}

const route = signal(read());
export const view = computed(() => route.value.view);
export const listView = computed<ListView>(() => (route.value.view === "account" ? "all" : route.value.view));
export const openTodoID = computed(() => route.value.todoID);
export const authScreen = computed(() => route.value.authScreen);

export function watchAddress(): void {
  addEventListener("popstate", () => {
    route.value = read();
  });
}

export function pathTo(target: View, todoID: string | null = null): string {
  return PATHS[target] + (todoID ? `?todo=${encodeURIComponent(todoID)}` : "");
}

export function go(target: View, todoID: string | null = null, { replace = false } = {}): void {
  navigate(pathTo(target, todoID), replace);
}

export function goToAuth(screen: AuthScreen): void {
  const hash = screen === "sign-in" ? "" : `#${screen}`;
  navigate(location.pathname + location.search + hash, false);
}

function navigate(address: string, replace: boolean): void {
  if (address === location.pathname + location.search + location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  route.value = read();
}
