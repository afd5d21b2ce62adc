import { Component } from "preact";
import { keyOf } from "../store/known";
import type { ListView } from "../store/route";
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

interface Props {
  section: Section;
  view: ListView;
  openTodoID: string | null;
}

/** A class, to be drawn again only when something in it has changed. */
export class SectionView extends Component<Props> {
  override shouldComponentUpdate({ section, view, openTodoID }: Props): boolean {
    const former = this.props;
    if (view !== former.view || openTodoID !== former.openTodoID) return true;
    const { todos } = former.section;
    return section.todos.length !== todos.length || section.todos.some((todo, index) => todo !== todos[index]);
  }

  render() {
    const { section, view, openTodoID } = this.props;
    const { name, todos } = section;
    const id = `section-${name}`;
    return (
      <section class={`section is-${name}`} aria-labelledby={id}>
        <h2 id={id}>{HEADINGS[name]}</h2>
        <ul class="rows" onClickCapture={refuseSecondClick}>
          {todos.map((todo) =>
            name === "trash" ? (
              <TrashRow key={keyOf(todo.todoID)} todo={todo} />
            ) : (
              <Row
                key={keyOf(todo.todoID)}
                todo={todo}
                section={name}
                view={view}
                isOpen={openTodoID === todo.todoID}
              />
            ),
          )}
        </ul>
      </section>
    );
  }
}

/** A row that goes makes room for the next one, which the second click of a double click would hit. */
function refuseSecondClick(event: MouseEvent): void {
  if (event.detail < 2 || (event.target as Element).closest("a")) return;
  event.preventDefault();
  event.stopPropagation();
}
