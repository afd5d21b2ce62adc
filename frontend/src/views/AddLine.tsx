import { useSignal } from "@preact/signals";
import { MAX_TITLE } from "../api/types";
import { formatDay, today } from "../store/dates";
import { listView } from "../store/route";
import { searchText } from "../store/search";
import { addTodo } from "../store/todos";
import { DateButton } from "./DateButton";
import { Icon } from "./icons";

export const ADD_ID = "add";

export function AddLine() {
  const title = useSignal("");
  // Whoever adds in the list of today means today.
  const usual = listView.value === "today" ? today.value : "";
  // Only a choice is kept: what is usual changes at midnight.
  const chosen = useSignal<string | null>(null);
  const due = chosen.value ?? usual;
  const add = (event: Event) => {
    event.preventDefault();
    if (!title.value.trim()) return;
    // A search would hide what is being added.
    searchText.value = "";
    addTodo({ title: title.value, ...(due ? { dateDue: due } : {}) });
    title.value = "";
    chosen.value = null;
    document.getElementById(ADD_ID)?.focus();
  };
  return (
    <form class="add-line" onSubmit={add}>
      <label class="visually-hidden" for={ADD_ID}>
        New to-do
      </label>
      <Icon name="plus" />
      <input
        id={ADD_ID}
        placeholder="Add a to-do"
        autocomplete="off"
        enterkeyhint="done"
        maxLength={MAX_TITLE}
        value={title.value}
        onInput={(event) => {
          title.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <DateButton
        label="Due date of the new to-do"
        text={due ? formatDay(due, today.value) : "Date"}
        value={due}
        onChange={(value) => {
          chosen.value = value;
        }}
      />
      <button type="submit" class="button primary" disabled={!title.value.trim()}>
        Add
      </button>
    </form>
  );
}
