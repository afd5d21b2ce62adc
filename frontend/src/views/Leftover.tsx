import { useRef } from "preact/hooks";
import type { TextField } from "../api/types";
import { formatDay } from "../store/dates";
import { discardText, leftoverOf, restoreWithText, saveAsNew, type Leftover as Text } from "../store/leftover";
import { isLocal } from "../store/operations";
import { operations } from "../store/outbox";
import { FIELD_NAMES } from "./ConflictView";
import { DETAILS_ID, useFocusAfter } from "./focus";

/** Text that was written into a to-do that is not there any more. */
export function Leftover({ todoID }: { todoID: string }) {
  const left = leftoverOf(todoID);
  return left && <KeptText todoID={todoID} left={left} />;
}

function KeptText({ todoID, left }: { todoID: string; left: Text }) {
  const part = useRef<HTMLElement>(null);
  useFocusAfter(part, () => () => document.getElementById(DETAILS_ID));
  const isRestoring = operations.value.some((operation) => operation.todoID === todoID);
  return (
    <section ref={part} class="details-body leftover" aria-labelledby="leftover-heading">
      <h2 id="leftover-heading">Your text is kept</h2>
      <p>
        You wrote this into{" "}
        <strong class="leftover-title" dir="auto">
          {left.title || "a to-do"}
        </strong>
        , and it was not saved.
      </p>
      <dl class="leftover-texts">
        {(Object.entries(left.texts) as [TextField, string][]).map(([field, text]) => (
          <div key={field}>
            <dt>{FIELD_NAMES[field]}</dt>
            <dd class="conflict-text" dir="auto">
              {(field === "dateDue" ? formatDay(text) : text) || <em>empty</em>}
            </dd>
          </div>
        ))}
      </dl>
      {isRestoring && <p role="status">Restoring …</p>}
      <div class="buttons">
        {!isLocal(todoID) && (
          <button
            type="button"
            class="button primary"
            aria-disabled={isRestoring}
            onClick={() => isRestoring || restoreWithText(todoID)}
          >
            Restore the to-do
          </button>
        )}
        <button type="button" class="button quiet" onClick={() => saveAsNew(todoID)}>
          Save as new
        </button>
        <button type="button" class="button danger-quiet" onClick={() => discardText(todoID)}>
          Discard
        </button>
      </div>
    </section>
  );
}
