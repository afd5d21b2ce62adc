import type { Todo } from "../api/types";
import { formatDay, toDay } from "../store/dates";
import { restoreTodo } from "../store/todos";
import { keepFocusNear } from "./focus";
import { Icon } from "./icons";

export function TrashRow({ todo }: { todo: Todo }) {
  return (
    <li class="row is-trashed" data-todo={todo.todoID}>
      <span class="trash-text">
        <span class="row-title" dir="auto">
          {todo.title}
        </span>
        <span class="row-extras">Deleted: {formatDay(toDay(new Date(todo.dateDeleted)))}</span>
      </span>
      <button
        type="button"
        class="button quiet"
        aria-label={`Restore: ${todo.title}`}
        onClick={(event) => {
          keepFocusNear(event.currentTarget);
          restoreTodo(todo);
        }}
      >
        <Icon name="restore" />
        Restore
      </button>
    </li>
  );
}
