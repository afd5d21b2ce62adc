/** Opens and closes what belongs to whoever is signed in. */
import { effect, untracked } from "@preact/signals";
import type { Todo } from "../api/types";
import * as database from "./database";
import { today } from "./dates";
import { closeDrafts, hasDraftsOf, openDrafts, removeDraftsOf } from "./drafts";
import { closeFiles, isUploading } from "./files";
import { forgetEverything, known, learn } from "./known";
import { abortOthers, currentList, forgetLists, loadMore, pin, reload, showFormer } from "./lists";
import { forgetNames } from "./names";
import { online, watchNetwork } from "./network";
import { clearNotices, notify } from "./notices";
import {
  closeOutbox,
  drain,
  hasOutboxOf,
  listenToOutbox,
  openOutbox,
  operations,
  removeOutboxOf,
  retryNow,
  saveInTime,
} from "./outbox";
import { hear, onDone } from "./outcomes";
import { clearSearch } from "./search";
import { compare } from "./sections";
import { type Reason, session } from "./session";
import { closeTabs, openTabs } from "./tabs";
import { forgetDeleted, saveAllDrafts } from "./todos";

/** Enough to read offline, and little enough to be written in one go. */
const MOST_KEPT = 500;
const SECONDS_UNTIL_KEPT = 1;
/** Whoever comes back after this long sees the list as it is now. */
const SECONDS_UNTIL_STALE = 30;

let opened: string | null = null;
/** What was kept on this device has been read; before, a list would be asked for twice. */
let isReady = false;
let readAt = 0;

export function watchAccount(): void {
  listenToOutbox({
    onDone,
    onCaughtUp: (count) => notify(`Back online: ${count === 1 ? "one change" : `${count} changes`} sent.`),
  });
  watchNetwork();
  effect(() => {
    const now = session.value;
    // Untracked: only the session opens and closes; what these two read must not call them again.
    untracked(() => void (now.state === "in" ? open(now.sub) : close(now.reason)));
  });
  watchLists();
  watchOutbox();
  watchReturn();
  keepLastList();
}

async function open(sub: string): Promise<void> {
  if (opened === sub) return;
  // Somebody else's list must not be seen for a moment. The same user finds theirs as it was.
  forgetUser();
  opened = sub;
  isReady = false;
  openDrafts(sub);
  openTabs(sub, hear);
  const former = (await database.get<Todo[]>("lists", sub)) ?? [];
  if (opened !== sub) return;
  // Before anything is shown: a list without what was not sent would let one write on from an older text.
  await openOutbox(sub);
  if (opened !== sub) return;
  learn(former);
  showFormer(former);
  isReady = true;
  await refresh();
}

async function close(reason: Reason): Promise<void> {
  const sub = opened;
  opened = null;
  forgetUser();
  // A session that has merely ended returns to what it was; who leaves, leaves nothing on this machine. Nor in a tab
  // other than the one where they left, which cannot reach its names.
  if (reason !== "ended") forgetNames();
  if (sub && (reason === "left" || reason === "deleted")) await removeTraces(sub);
}

/** Everything in memory that the next user must not see, or set off: at once, before anything is awaited. */
function forgetUser(): void {
  closeOutbox();
  closeFiles();
  closeDrafts();
  closeTabs();
  forgetLists();
  forgetEverything();
  forgetDeleted();
  clearNotices();
  clearSearch();
}

/** Whether leaving would lose something: of this tab, of another one, or something that the user has yet to decide. */
export async function hasUnsent(): Promise<boolean> {
  const sub = opened;
  if (!sub) return false;
  return operations.peek().length > 0 || isUploading() || hasDraftsOf(sub) || (await hasOutboxOf(sub));
}

async function removeTraces(sub: string): Promise<void> {
  removeDraftsOf(sub);
  await removeOutboxOf(sub);
  await database.remove("lists", sub);
}

/** A list that comes into view for the first time, or after a while, is asked for. */
function watchLists(): void {
  effect(() => {
    const list = currentList.value;
    if (session.value.state !== "in") return;
    untracked(() => abortOthers(list));
    // A former visit's list is read again from the start; see `open` for the first.
    queueMicrotask(() => {
      if (list.peek().cursor === null && !list.peek().isLoading && opened && isReady) void reload(list, today.peek());
    });
  });
}

/** What an earlier page or another tab left unsent is in no list of the service's yet. */
function watchOutbox(): void {
  effect(() => {
    for (const { todoID } of operations.value) untracked(() => pin(todoID));
  });
}

export async function refresh(): Promise<void> {
  readAt = Date.now();
  await reload(currentList.peek(), today.peek());
}

export function loadNextPage(): void {
  void loadMore(currentList.peek(), today.peek());
}

function comeBack(): void {
  // A tab that has been closed meanwhile may have left something unsent.
  void drain();
  if (Date.now() - readAt > SECONDS_UNTIL_STALE * 1000) void refresh();
}

function watchReturn(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") saveAllDrafts();
    else if (opened) comeBack();
  });
  addEventListener("pagehide", () => {
    saveAllDrafts();
    saveInTime();
  });
  // The one thing that cannot be kept for the next visit.
  addEventListener("beforeunload", (event) => {
    if (isUploading()) event.preventDefault();
  });
  addEventListener("online", () => {
    if (opened) void retryNow().then(refresh);
  });
  // The network may come back without an event; a call that works says so too.
  effect(() => {
    if (online.value && opened) void untracked(drain);
  });
}

function keepLastList(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const todos = known.value;
    if (!opened || (todos.size === 0 && !isReady)) return;
    const sub = opened;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const kept = [...todos.values()].filter((todo) => !todo.dateDeleted).sort(compare);
      if (opened === sub) void database.put("lists", sub, kept.slice(0, MOST_KEPT));
    }, SECONDS_UNTIL_KEPT * 1000);
  });
}
