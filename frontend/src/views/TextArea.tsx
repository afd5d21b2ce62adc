import { useEffect, useRef } from "preact/hooks";
import type { TextField, Todo } from "../api/types";
import { drafts, type } from "../store/drafts";
import { problemWith, saveDraft } from "../store/todos";
import { TITLE_ID } from "./focus";

/** Long enough not to save in the middle of a word, short enough not to be waited for. */
const PAUSE = 1500;

interface Props {
  todo: Todo;
  field: Exclude<TextField, "dateDue">;
  label: string;
  isLocked: boolean;
}

const PLACEHOLDERS = { title: "", description: "What is it about?", notes: "Write anything you want to keep" };

export function TextArea({ todo, field, label, isLocked }: Props) {
  const value = drafts.value[todo.todoID]?.fields[field] ?? todo[field];
  const problem = isLocked ? null : problemWith(field, value);
  const id = field === "title" ? TITLE_ID : `details-${field}`;
  const save = useSaving(todo.todoID);
  return (
    <div class={`text-field is-${field}`}>
      <label for={id} class={field === "title" ? "visually-hidden" : ""}>
        {label}
      </label>
      <textarea
        id={id}
        dir="auto"
        rows={field === "title" ? 1 : field === "notes" ? 5 : 2}
        value={value}
        placeholder={PLACEHOLDERS[field]}
        readOnly={isLocked}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onInput={(event) => {
          // A title is one line; what is pasted into it becomes one.
          const text = event.currentTarget.value;
          type(todo, field, field === "title" ? text.replace(/[\r\n]+/g, " ") : text);
          save.soon();
        }}
        onBlur={save.now}
        onKeyDown={(event) => {
          const isDone = event.key === "Enter" && (field === "title" || event.ctrlKey || event.metaKey);
          if (!isDone || event.isComposing) return;
          event.preventDefault();
          save.now();
        }}
      />
      {problem && (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

export function useSaving(todoID: string): { soon: () => void; now: () => void } {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(todoID);
  latest.current = todoID;
  const now = () => {
    clearTimeout(timer.current);
    saveDraft(latest.current);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    now,
    soon: () => {
      clearTimeout(timer.current);
      timer.current = setTimeout(now, PAUSE);
    },
  };
}
