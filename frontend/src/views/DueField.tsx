import type { Todo } from "../api/types";
import { addDays, endOfWeek, formatDay, formatDayFully, today } from "../store/dates";
import { drafts, type } from "../store/drafts";
import { DateButton } from "./DateButton";
import { useSaving } from "./TextArea";

export function DueField({ todo, isLocked }: { todo: Todo; isLocked: boolean }) {
  const value = drafts.value[todo.todoID]?.fields.dateDue ?? todo.dateDue;
  const save = useSaving(todo.todoID);
  const choose = (day: string) => {
    type(todo, "dateDue", day);
    save.now();
  };
  const now = today.value;
  const choices: [string, string][] = [
    ["Today", now],
    ["Tomorrow", addDays(now, 1)],
    ["Next week", addDays(endOfWeek(now), 1)],
  ];
  const isOverdue = !todo.completed && value !== "" && value < now;
  return (
    <fieldset class={isOverdue ? "due-field is-overdue" : "due-field"} disabled={isLocked}>
      <legend class="visually-hidden">Due date</legend>
      <DateButton
        label={value ? `Due date, ${formatDayFully(value)}` : "Due date, none"}
        text={value ? `${isOverdue ? "Was due" : "Due"} ${formatDay(value, now)}` : "No date"}
        value={value}
        onChange={(day) => {
          // A year that is being typed is a valid date four times over.
          type(todo, "dateDue", day);
          save.soon();
        }}
      />
      {choices
        .filter(([, day]) => day !== value)
        .map(([label, day]) => (
          <button key={label} type="button" class="chip" onClick={() => choose(day)}>
            {label}
          </button>
        ))}
      {value && (
        <button type="button" class="chip" onClick={() => choose("")}>
          No date
        </button>
      )}
    </fieldset>
  );
}
