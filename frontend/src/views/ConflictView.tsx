import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { TextField, Texts } from "../api/types";
import { formatDay } from "../store/dates";
import type { Conflict } from "../store/drafts";
import { resolveConflict } from "../store/todos";
import { DETAILS_ID, useFocusAfter } from "./focus";

export const FIELD_NAMES: Record<TextField, string> = {
  title: "Title",
  description: "Description",
  notes: "Notes",
  dateDue: "Due date",
};

type Choice = "mine" | "theirs" | "both";

/** Both versions, side by side, until the user has decided: nothing is overwritten before. */
export function ConflictView({ todoID, conflict }: { todoID: string; conflict: Conflict }) {
  const choices = useSignal<Partial<Record<TextField, Choice>>>({});
  const form = useRef<HTMLFormElement>(null);
  // It stands above the text that is being written, perhaps out of view.
  useEffect(() => form.current?.scrollIntoView({ block: "nearest" }), []);
  useFocusAfter(form, () => () => document.getElementById(DETAILS_ID));
  const decide = (event: Event) => {
    event.preventDefault();
    const texts: Texts = { ...conflict.mine };
    for (const field of conflict.fields) texts[field] = decided(conflict, field, choices.value[field] ?? "mine");
    resolveConflict(todoID, texts);
  };
  return (
    <form ref={form} class="conflict" onSubmit={decide} aria-labelledby="conflict-heading">
      <h2 id="conflict-heading">Changed in two places</h2>
      <p>While you were writing, this to-do was also changed elsewhere. Which shall it be?</p>
      {conflict.fields.map((field) => (
        <fieldset key={field}>
          <legend>{FIELD_NAMES[field]}</legend>
          {optionsFor(field).map((option) => (
            <label key={option} class="conflict-option">
              <input
                type="radio"
                name={`conflict-${field}`}
                checked={(choices.value[field] ?? "mine") === option}
                onChange={() => {
                  choices.value = { ...choices.value, [field]: option };
                }}
              />
              <span>
                <strong>{LABELS[option]}</strong>
                {option !== "both" && <Version field={field} text={decided(conflict, field, option)} />}
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      <button type="submit" class="button primary">
        Keep this
      </button>
    </form>
  );
}

const LABELS: Record<Choice, string> = {
  mine: "Yours, from here",
  theirs: "The other one, already saved",
  both: "Both, one below the other",
};

function optionsFor(field: TextField): Choice[] {
  return field === "description" || field === "notes" ? ["mine", "theirs", "both"] : ["mine", "theirs"];
}

function decided({ mine, theirs }: Conflict, field: TextField, choice: Choice): string {
  const own = mine[field] ?? "";
  if (choice === "mine") return own;
  return choice === "theirs" ? theirs[field] : `${own}\n\n${theirs[field]}`;
}

function Version({ field, text }: { field: TextField; text: string }) {
  const shown = field === "dateDue" ? formatDay(text) : text;
  return (
    <span class="conflict-text" dir="auto">
      {shown || <em>empty</em>}
    </span>
  );
}
