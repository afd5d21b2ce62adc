import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "./Dialog";
import { singleKeys } from "./keyboard";

export const isHelpOpen = signal(false);

const KEYS: [string, string[]][] = [
  ["Add a to-do", ["n"]],
  ["Search", ["/"]],
  ["Next, previous to-do", ["↓", "↑"]],
  ["Open the to-do", ["Enter"]],
  ["Complete or reopen it", ["x"]],
  ["Delete it", ["Delete"]],
  ["Undo the deletion", ["Ctrl", "z"]],
  ["Save what you are typing", ["Ctrl", "Enter"]],
  ["Close details, leave a field", ["Esc"]],
  ["All, Today, Open, Completed, Trash", ["1", "…", "5"]],
  ["This sheet", ["?"]],
];

export function Help() {
  // Whoever signs in next has not asked for it.
  useEffect(
    () => () => {
      isHelpOpen.value = false;
    },
    [],
  );
  if (!isHelpOpen.value) return null;
  return (
    <Dialog
      title="Keyboard shortcuts"
      onClose={() => {
        isHelpOpen.value = false;
      }}
    >
      <dl class="keys">
        {KEYS.map(([what, keys]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => {
            singleKeys.value = event.currentTarget.checked;
          }}
        />
        <span>Use the shortcuts of a single key</span>
      </label>
    </Dialog>
  );
}
