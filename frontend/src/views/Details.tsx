import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, reasonOf } from "../api/http";
import type { Todo } from "../api/types";
import { formatTime } from "../store/dates";
import { adoptions, conflicts } from "../store/drafts";
import { keyOf } from "../store/known";
import { online } from "../store/network";
import { isLocal } from "../store/operations";
import { deleteTodo, fetchTodo, findTodo, saveDraft, setCompleted } from "../store/todos";
import { ConflictView } from "./ConflictView";
import { closeDetails } from "./closing";
import { DueField } from "./DueField";
import { Files } from "./Files";
import { DETAILS_ID, useFocusAfter } from "./focus";
import { Icon } from "./icons";
import { Leftover } from "./Leftover";
import { isNarrow } from "./media";
import { SaveState } from "./SaveState";
import { TextArea } from "./TextArea";
import { TryAgain } from "./TryAgain";

export function Details({ todoID }: { todoID: string }) {
  const todo = findTodo(todoID);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // Reached by its address, by back, or on a phone: nothing else on the page has the focus.
    if (document.activeElement === document.body) panel.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section
      id={DETAILS_ID}
      class="details"
      ref={panel}
      tabIndex={-1}
      aria-label="Details"
      {...(isNarrow.value ? { role: "dialog" as const, "aria-modal": true } : {})}
    >
      {todo && !todo.dateDeleted ? (
        <Editor key={keyOf(todo.todoID)} todo={todo} />
      ) : (
        <Missing key={todoID} todoID={todoID} isDeleted={todo !== undefined} />
      )}
    </section>
  );
}

function Editor({ todo }: { todo: Todo }) {
  const { todoID } = todo;
  // Opening saves what an earlier page had no time for; closing, or opening another one, what was typed here.
  const latest = useRef(todoID);
  latest.current = todoID;
  useEffect(() => saveDraft(latest.current), [adoptions.value]);
  useEffect(() => () => saveDraft(latest.current), []);
  const body = useRef<HTMLDivElement>(null);
  // Deleted elsewhere, in the middle of a word.
  useFocusAfter(body, () => () => document.getElementById(DETAILS_ID));
  const conflict = conflicts.value[todoID];
  return (
    <>
      <div class="details-head">
        <button type="button" class="icon-button" aria-label="Close details" onClick={closeDetails}>
          <Icon name={isNarrow.value ? "back" : "close"} />
        </button>
        <SaveState todoID={todoID} />
        <button
          type="button"
          class="icon-button"
          aria-label="Delete this to-do"
          onClick={() => {
            closeDetails();
            deleteTodo(todo);
          }}
        >
          <Icon name="trash" />
        </button>
      </div>
      <div ref={body} class="details-body">
        {conflict && <ConflictView todoID={todoID} conflict={conflict} />}
        <div class="details-title">
          <label class="tick">
            <input
              type="checkbox"
              checked={todo.completed}
              aria-label={todo.completed ? "Reopen this to-do" : "Complete this to-do"}
              onChange={(event) => setCompleted(todo, event.currentTarget.checked)}
            />
          </label>
          <TextArea todo={todo} field="title" label="Title" isLocked={!!conflict} />
        </div>
        <DueField todo={todo} isLocked={!!conflict} />
        <TextArea todo={todo} field="description" label="Description" isLocked={!!conflict} />
        <TextArea todo={todo} field="notes" label="Notes" isLocked={!!conflict} />
        <Files key={todoID} todoID={todoID} isLocal={isLocal(todoID)} />
        <p class="details-dates">
          Created {formatTime(todo.dateCreated)}
          {todo.completed && todo.dateCompleted && <>, completed {formatTime(todo.dateCompleted)}</>}
        </p>
      </div>
    </>
  );
}

function Missing({ todoID, isDeleted }: { todoID: string; isDeleted: boolean }) {
  const error = useSignal("");
  const isGone = useSignal(false);
  const attempt = useSignal(0);
  // Asked again when the network is back, and when the user says so.
  const turn = `${online.value} ${attempt.value}`;
  useEffect(() => {
    error.value = "";
    if (isDeleted || isLocal(todoID)) isGone.value = true;
    else {
      fetchTodo(todoID).catch((reason: unknown) => {
        // Known once, it stays so without a network: text that is kept must not go out of view.
        if (reason instanceof ApiError && reason.status === 404) isGone.value = true;
        error.value = reasonOf(reason);
      });
    }
  }, [todoID, isDeleted, error, isGone, turn]);
  const text = isGone.value ? "This to-do is not in your list any more." : error.value || "Loading …";
  return (
    <>
      <div class="details-head">
        <button type="button" class="icon-button" aria-label="Close details" onClick={closeDetails}>
          <Icon name={isNarrow.value ? "back" : "close"} />
        </button>
        <p role="status">{text}</p>
        {error.value && !isGone.value && <TryAgain onClick={() => attempt.value++} />}
      </div>
      {isGone.value && <Leftover todoID={todoID} />}
    </>
  );
}
