import { conflicts, drafts } from "../store/drafts";
import { isWaiting, operations } from "../store/outbox";
import { isFull } from "../store/storage";

export function SaveState({ todoID }: { todoID: string }) {
  return <p class="save-state">{stateOf(todoID)}</p>;
}

function stateOf(todoID: string): string {
  if (conflicts.value[todoID]) return "Waiting for your choice";
  if (drafts.value[todoID]) return isFull.value ? "Not saved, and no space to keep it" : "Kept on this device";
  if (operations.value.some((operation) => operation.todoID === todoID)) {
    return isWaiting.value ? "Waiting for the network" : "Saving …";
  }
  return "Saved";
}
