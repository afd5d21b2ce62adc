import { keyOf } from "../store/known";
import { listView, openTodoID } from "../store/route";
import type { Section, SectionName } from "../store/sections";
import { Row } from "./Row";
import { TrashRow } from "./TrashRow";

const HEADINGS: Record<SectionName, string> = {
  overdue: "Overdue",
  today: "Today",
  tomorrow: "Tomorrow",
  week: "This week",
  later: "Later",
  undated: "No date",
  completed: "Completed",
  trash: "Deleted",
};

export function SectionView({ section }: { section: Section }) {
  const { name, todos } = section;
  const id = `section-${name}`;
  return (
    <section class={`section is-${name}`} aria-labelledby={id}>
      <h2 id={id}>{HEADINGS[name]}</h2>
      <ul class="rows">
        {todos.map((todo) =>
          name === "trash" ? (
            <TrashRow key={keyOf(todo.todoID)} todo={todo} />
          ) : (
            <Row
              key={keyOf(todo.todoID)}
              todo={todo}
              section={name}
              view={listView.value}
              isOpen={openTodoID.value === todo.todoID}
            />
          ),
        )}
      </ul>
    </section>
  );
}
