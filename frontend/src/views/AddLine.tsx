import { clearNew, newLine, writeNew } from "../store/adding";
import { formatDay, today } from "../store/dates";
import { notify } from "../store/notices";
import { listView } from "../store/route";
import { searchText } from "../store/search";
import { addTodo, addTodos, problemWith } from "../store/todos";
import { DateButton } from "./DateButton";
import { Icon } from "./icons";

export const ADD_ID = "add";

/** Of pasted text; more are a document and no list. */
const MOST_LINES = 100;

export function AddLine() {
  const { title, dateDue } = newLine.value;
  // Whoever adds in the list of today means today.
  const due = dateDue ?? (listView.value === "today" ? today.value : "");
  const isEmpty = !title.trim();
  const problem = isEmpty ? null : problemWith("title", title);
  const rest = due ? { dateDue: due } : {};
  const add = (event: Event) => {
    event.preventDefault();
    if (isEmpty || problem) return;
    // A search would hide what is being added.
    searchText.value = "";
    addTodo({ title, ...rest });
    clearNew();
    document.getElementById(ADD_ID)?.focus();
  };
  const paste = (event: ClipboardEvent) => {
    const titles = linesOf(event.clipboardData?.getData("text/plain") ?? "");
    if (titles.length < 2) return;
    event.preventDefault();
    if (titles.length > MOST_LINES) {
      notify(`These are ${titles.length} lines: paste at most ${MOST_LINES} at once.`, { isError: true });
      return;
    }
    const wrong = titles.map((each) => problemWith("title", each)).find(Boolean);
    if (wrong) {
      notify(`One of the lines is too long for a title. ${wrong}`, { isError: true });
      return;
    }
    searchText.value = "";
    addTodos(titles, rest);
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
        value={title}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? `${ADD_ID}-problem` : undefined}
        onInput={(event) => writeNew({ title: event.currentTarget.value })}
        onPaste={paste}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <DateButton
        label="Due date of the new to-do"
        text={due ? formatDay(due, today.value) : "Date"}
        value={due}
        onChange={(day) => writeNew({ dateDue: day })}
      />
      <button type="submit" class="button primary" disabled={isEmpty || problem !== null}>
        Add
      </button>
      {problem && (
        <p class="problem" id={`${ADD_ID}-problem`}>
          {problem}
        </p>
      )}
    </form>
  );
}

function linesOf(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(Boolean);
}
