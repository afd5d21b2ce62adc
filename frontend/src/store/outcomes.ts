/** What follows when the service has answered an operation. */
import { ApiError, reasonOf } from "../api/http";
import type { Texts, Todo } from "../api/types";
import { conflicts, drafts, followVersion, moveDraft, setConflict, setDraft } from "./drafts";
import { forgetTodos, known, learn, rememberFormerId } from "./known";
import { keepTyped, takeTyped, tryAgain } from "./leftover";
import { isPinned, pin, replaceInLists } from "./lists";
import { rememberName } from "./names";
import { announce, notify } from "./notices";
import { clashes, type Operation } from "./operations";
import { amend, followNames, followOtherTab, operations } from "./outbox";
import type { Result } from "./perform";
import { go, openTodoID, view } from "./route";
import { type News, tellOtherTabs } from "./tabs";
import { followDeleted, shorten } from "./todos";

export function onDone(operation: Operation, result: Result): void {
  if (result.kind === "done") succeed(operation, result.todo, result.wasMerged);
  else if (result.kind === "conflict") keepBoth(operation, result.theirs, result.fields);
  else if (result.kind === "refused") takeBack(operation, result.error);
}

function succeed(operation: Operation, todo: Todo, wasMerged: boolean): void {
  const former = known.peek().get(operation.todoID)?.version;
  const isNew = operation.kind === "create";
  if (isNew) {
    name(operation.todoID, todo);
    followNames();
  }
  learn([todo]);
  tellOtherTabs({ todo, former: isNew ? operation.todoID : undefined });
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

/** What another tab has sent may have begun in this one, and be open here. */
export function hear({ todo, former }: News): void {
  if (former !== undefined) {
    name(former, todo);
    followOtherTab(former);
  }
  learn([todo]);
  pin(todo.todoID);
}

function name(local: string, todo: Todo): void {
  rememberName(local, todo.todoID);
  rememberFormerId(todo.todoID, local);
  moveDraft(local, todo.todoID, todo.version);
  followDeleted(local, todo.todoID);
  replaceInLists(local, todo.todoID);
  if (isPinned(local)) pin(todo.todoID);
  if (openTodoID.peek() === local) go(view.peek(), todo.todoID, { replace: true });
}

function keepBoth(operation: Operation, theirs: Todo, fields: (keyof Texts)[]): void {
  if (operation.kind !== "edit") return;
  learn([theirs]);
  const former = conflicts.peek()[theirs.todoID];
  // What was typed while this was under way belongs to the question too: the answer replaces all of it.
  const typed = takeTyped(operation);
  setConflict(theirs.todoID, {
    theirs,
    mine: { ...former?.mine, ...typed.fields },
    fields: [...new Set([...(former?.fields ?? []), ...fields, ...clashes(typed.fields, typed.base, theirs)])],
  });
  setDraft(theirs.todoID, null);
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
    keepTyped(operation);
    notify(`“${title}” could not be added. ${reason}`, {
      isError: true,
      action: { label: "Try again", run: () => tryAgain(operation) },
    });
    return;
  }
  if (operation.kind !== "edit") {
    if (isGone) forgetTodos([operation.todoID]);
    const what = operation.kind === "trash" ? "deleted" : "restored";
    notify(`“${title}” could not be ${what}. ${isGone ? "It is not there any more." : reason}`, { isError: true });
    return;
  }
  // First kept, then forgotten: nothing may be in neither place.
  const isKept = keepTyped(operation);
  if (isGone) {
    forgetTodos([operation.todoID]);
    tellOfDeletion(operation, isKept);
    return;
  }
  const kept = operation.changes.completed === undefined ? " Your text is kept here, unsaved." : "";
  notify(`The change of “${title}” was not saved. ${reason}${kept}`, { isError: true });
}

/** What can be done with the text is said where the to-do was: see ../views/Leftover. */
function tellOfDeletion({ todoID, title }: Operation, isKept: boolean): void {
  const isOpen = openTodoID.peek() === todoID;
  notify(`“${shorten(title)}” was deleted elsewhere.${isKept ? " Your text is kept." : ""}`, {
    isError: true,
    ...(isKept && !isOpen ? { action: { label: "Show", run: () => go(view.peek(), todoID) } } : {}),
  });
}
