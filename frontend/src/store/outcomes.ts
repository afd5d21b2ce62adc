/** What follows when the service has answered an operation. */
import { ApiError, reasonOf } from "../api/http";
import type { Texts, Todo } from "../api/types";
import { conflicts, drafts, followVersion, moveDraft, setConflict, setDraft } from "./drafts";
import { forgetTodos, known, learn, rememberFormerId } from "./known";
import { isPinned, pin, replaceInLists } from "./lists";
import { announce, notify } from "./notices";
import type { Operation } from "./operations";
import { amend, giveId, operations } from "./outbox";
import type { Result } from "./perform";
import { go, openTodoID, view } from "./route";
import { tellOtherTabs } from "./tabs";
import { addTodo, followDeleted, shorten } from "./todos";

export function onDone(operation: Operation, result: Result): void {
  if (result.kind === "done") succeed(operation, result.todo, result.wasMerged);
  else if (result.kind === "conflict") keepBoth(operation, result.theirs, result.fields);
  else if (result.kind === "refused") takeBack(operation, result.error);
}

function succeed(operation: Operation, todo: Todo, wasMerged: boolean): void {
  const former = known.peek().get(operation.todoID)?.version;
  if (operation.kind === "create") name(operation.todoID, todo);
  learn([todo]);
  tellOtherTabs(todo);
  // Where the outbox could not be kept on the disk, the draft was: no longer needed.
  if (operation.kind === "edit" && !drafts.peek()[todo.todoID] && !hasMore(operation)) setDraft(todo.todoID, null);
  if (wasMerged) notify(`“${shorten(todo.title)}” had been changed elsewhere too: both changes are in.`);
  if (former === undefined || todo.version !== former + 1) return;
  // Nobody else wrote in between, so what waits for `former` is still right for the new version.
  followVersion(todo.todoID, former, todo.version);
  amend((each) =>
    each.kind === "edit" && each.id !== operation.id && each.todoID === todo.todoID && each.version === former
      ? { ...each, version: todo.version }
      : each,
  );
}

/** Whether another edit of the same to-do is waiting, whose draft may be the one that is kept. */
function hasMore(operation: Operation): boolean {
  return operations.peek().some((each) => each.id !== operation.id && each.todoID === operation.todoID);
}

function name(local: string, todo: Todo): void {
  rememberFormerId(todo.todoID, local);
  giveId(local, todo);
  moveDraft(local, todo.todoID, todo.version);
  followDeleted(local, todo.todoID);
  replaceInLists(local, todo.todoID);
  if (isPinned(local)) pin(todo.todoID);
  if (openTodoID.peek() === local) go(view.peek(), todo.todoID, { replace: true });
}

function keepBoth(operation: Operation, theirs: Todo, fields: (keyof Texts)[]): void {
  if (operation.kind !== "edit") return;
  learn([theirs]);
  const { completed: _, ...mine } = operation.changes;
  const former = conflicts.peek()[theirs.todoID];
  setConflict(theirs.todoID, {
    theirs,
    mine: { ...former?.mine, ...mine },
    fields: [...new Set([...(former?.fields ?? []), ...fields])],
  });
  const text = `“${shorten(theirs.title)}” was changed elsewhere at the same time. Both versions are kept.`;
  // Where it is open, both versions are in view already.
  if (openTodoID.peek() === theirs.todoID) {
    announce(text);
    return;
  }
  notify(text, {
    isError: true,
    action: { label: "Compare", run: () => go(view.peek(), theirs.todoID) },
  });
}

function takeBack(operation: Operation, error: Error): void {
  const reason = reasonOf(error);
  const title = shorten(operation.title);
  const isGone = error instanceof ApiError && error.status === 404;
  if (operation.kind === "create") {
    notify(`“${title}” could not be added. ${reason}`, {
      isError: true,
      action: { label: "Try again", run: () => addTodo(operation.fields) },
    });
    return;
  }
  if (isGone) forgetTodos([operation.todoID]);
  if (operation.kind !== "edit") {
    const what = operation.kind === "trash" ? "deleted" : "restored";
    notify(`“${title}” could not be ${what}. ${isGone ? "It is not there any more." : reason}`, { isError: true });
    return;
  }
  const { completed, ...texts } = operation.changes;
  if (isGone) offerCopy(operation.title, texts);
  else {
    keepTyped(operation, texts);
    const kept = completed === undefined ? " Your text is kept here, unsaved." : "";
    notify(`The change of “${title}” was not saved. ${reason}${kept}`, { isError: true });
  }
}

function keepTyped(operation: Operation & { kind: "edit" }, texts: Texts): void {
  if (Object.keys(texts).length === 0) return;
  const draft = drafts.peek()[operation.todoID];
  setDraft(operation.todoID, {
    // What has been typed since is newer.
    fields: { ...texts, ...draft?.fields },
    base: { ...draft?.base, ...operation.base },
    version: operation.version ?? draft?.version ?? 0,
  });
}

function offerCopy(title: string, texts: Texts): void {
  const hasText = Object.keys(texts).length > 0;
  notify(`“${shorten(title)}” was deleted elsewhere.${hasText ? " Your text can become a new to-do." : ""}`, {
    isError: true,
    ...(hasText ? { action: { label: "Save as new", run: () => addTodo({ title, ...texts }) } } : {}),
  });
}
