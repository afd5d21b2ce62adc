import { Component } from "preact";
import type { Todo } from "../api/types";
import { formatDay, formatDayFully } from "../store/dates";
import { go, type ListView } from "../store/route";
import type { SectionName } from "../store/sections";
import { deleteTodo, setCompleted, shorten } from "../store/todos";
import { focusDetails, keepFocusNear } from "./focus";
import { Icon } from "./icons";
import { Link } from "./Link";

interface Props {
  todo: Todo;
  section: SectionName;
  view: ListView;
  isOpen: boolean;
}

/** The heading says these days already. */
const SAYS_ITS_DAY = new Set<SectionName>(["today", "tomorrow"]);

/** Characters; the rest would not fit on the line. */
const EXCERPT = 140;

/** A class, to be drawn again only when its to-do has changed: a list holds a thousand. */
export class Row extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { todo, section, view, isOpen } = this.props;
    return next.todo !== todo || next.isOpen !== isOpen || next.section !== section || next.view !== view;
  }

  render() {
    const { todo, section, view, isOpen } = this.props;
    const open = (event: MouseEvent) => {
      go(view, todo.todoID);
      focusDetails({ byKeyboard: event.detail === 0 });
    };
    return (
      <li class={rowClass(todo, isOpen)} data-todo={todo.todoID}>
        <label class="tick">
          <input
            type="checkbox"
            checked={todo.completed}
            aria-label={`${todo.completed ? "Reopen" : "Complete"}: ${todo.title}`}
            onChange={(event) => {
              keepFocusNear(event.currentTarget);
              setCompleted(todo, event.currentTarget.checked);
            }}
          />
        </label>
        <Link
          view={view}
          todoID={todo.todoID}
          class="row-link"
          onFollow={open}
          aria-current={isOpen ? "true" : undefined}
        >
          <span class="row-title" dir="auto">
            {todo.title}
          </span>
          <Extras todo={todo} section={section} />
        </Link>
        <button
          type="button"
          class="icon-button row-delete"
          aria-label={`Delete: ${todo.title}`}
          onClick={(event) => {
            keepFocusNear(event.currentTarget);
            deleteTodo(todo);
          }}
        >
          <Icon name="trash" />
        </button>
      </li>
    );
  }
}

function rowClass(todo: Todo, isOpen: boolean): string {
  return `row${todo.completed ? " is-completed" : ""}${isOpen ? " is-open" : ""}`;
}

function Extras({ todo, section }: { todo: Todo; section: SectionName }) {
  const showsDay = todo.dateDue !== "" && !SAYS_ITS_DAY.has(section);
  const excerpt = shorten((todo.description || todo.notes).slice(0, 2 * EXCERPT), EXCERPT);
  if (!showsDay && !excerpt) return null;
  return (
    <span class="row-extras">
      {showsDay && (
        <time class={section === "overdue" ? "due is-overdue" : "due"} dateTime={todo.dateDue}>
          <span aria-hidden="true">{formatDay(todo.dateDue)}</span>
          <span class="visually-hidden">, due {formatDayFully(todo.dateDue)}</span>
        </time>
      )}
      {todo.notes && (
        <span class="row-notes">
          <Icon name="notes" />
          <span class="visually-hidden">, has notes{todo.description ? "" : ":"} </span>
        </span>
      )}
      {excerpt && (
        <span class="row-description" dir="auto">
          {excerpt}
        </span>
      )}
    </span>
  );
}
