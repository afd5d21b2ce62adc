/** What is being written above the list: it outlives a look at another list, and a session that ends. */
import { computed, signal } from "@preact/signals";
import { identity } from "./session";

interface NewLine {
  title: string;
  /** Null as long as nobody has chosen: what is usual changes with the list, and at midnight. */
  dateDue: string | null;
}

const EMPTY: NewLine = { title: "", dateDue: null };
const written = signal({ ...EMPTY, owner: "" });
const owner = () => identity.value?.sub ?? "";

/** Nobody sees what another user has written. */
export const newLine = computed<NewLine>(() => (written.value.owner === owner() ? written.value : EMPTY));

export function writeNew(changes: Partial<NewLine>): void {
  written.value = { ...newLine.peek(), ...changes, owner: owner() };
}

export function clearNew(): void {
  writeNew(EMPTY);
}
