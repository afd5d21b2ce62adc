/** Every change goes through here: shown at once, sent in order, kept until the service has answered. */
import { computed, signal } from "@preact/signals";
import { SessionEnded, sleep, Unreachable } from "../api/http";
import type { Todo } from "../api/types";
import * as database from "./database";
import { online } from "./network";
import { isLocal, type Operation } from "./operations";
import { perform, type Result } from "./perform";

export const operations = signal<readonly Operation[]>([]);
/** Waiting for the network, or for a service that has asked for time. */
export const isWaiting = signal(false);
export const isSending = computed(() => operations.value.length > 0 && !isWaiting.value);

export interface Listener {
  /** `operation` is off the list. */
  onDone: (operation: Operation, result: Result) => void;
  /** How many changes had waited and have now been sent. */
  onCaughtUp: (count: number) => void;
}

const SHORTEST_PAUSE = 2;
const LONGEST_PAUSE = 60;

let owner: string | null = null;
let listener: Listener = { onDone: () => undefined, onCaughtUp: () => undefined };
let running: Promise<void> | null = null;
let pause = SHORTEST_PAUSE;
let wakeUp: ReturnType<typeof setTimeout> | undefined;
let caughtUp = 0;
/** Operations on their way into the database. */
const saving = new Map<string, Promise<boolean>>();

export function listenToOutbox(given: Listener): void {
  listener = given;
}

export async function openOutbox(sub: string): Promise<void> {
  owner = sub;
  operations.value = [];
  const left = await database.all<Operation>("outbox", `${sub}/`);
  if (owner !== sub) return;
  const known = new Set(left.map((operation) => operation.id));
  // Something may have been done while the disk was being read.
  operations.value = [...left, ...operations.value.filter((operation) => !known.has(operation.id))];
  // What an earlier page left has been waiting already.
  isWaiting.value = left.length > 0;
  void drain();
}

export function closeOutbox(): void {
  owner = null;
  operations.value = [];
  clearTimeout(wakeUp);
}

/** Resolves before it has been sent: true if the operation would survive the page. */
export async function enqueue(operation: Operation): Promise<boolean> {
  operations.value = [...operations.value, operation];
  const isOnDisk = await save(operation);
  void drain();
  return isOnDisk;
}

function save(operation: Operation): Promise<boolean> {
  const saved = database.put("outbox", operation.id, operation).finally(() => saving.delete(operation.id));
  saving.set(operation.id, saved);
  return saved;
}

/** Takes back what has not been sent; false if it is under way or done. */
export function withdraw(find: (operation: Operation) => boolean): boolean {
  const position = operations.value.findIndex(find);
  const operation = operations.value[position];
  if (!operation || (position === 0 && !isWaiting.value)) return false;
  void drop(operation);
  return true;
}

async function drop(operation: Operation): Promise<void> {
  operations.value = operations.value.filter((each) => each.id !== operation.id);
  await saving.get(operation.id);
  await database.remove("outbox", operation.id);
}

/** Changes waiting operations: a new id or version of the to-do that they are for. */
export function amend(change: (operation: Operation) => Operation): void {
  operations.value = operations.value.map((operation) => {
    const amended = change(operation);
    if (amended !== operation) void save(amended);
    return amended;
  });
}

export function drain(): Promise<void> {
  running ??= alone(sendAll).finally(() => {
    running = null;
    // Something may have come while the lock was being given back.
    if (operations.value.length > 0 && !isWaiting.value && owner) void drain();
  });
  return running;
}

/** One tab at a time: two that sent the same operations would be refused by each other's versions. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (typeof navigator === "undefined" || !navigator.locks) return work();
  await navigator.locks.request("outbox", work);
}

async function sendAll(): Promise<void> {
  clearTimeout(wakeUp);
  const sub = owner;
  for (let operation = operations.value[0]; operation && sub && owner === sub; operation = operations.value[0]) {
    await saving.get(operation.id);
    // Another tab, opened while this was waiting, may have sent it.
    if (!(await database.get("outbox", operation.id))) {
      operations.value = operations.value.filter((each) => each.id !== operation?.id);
      continue;
    }
    if (!(await sendOne(operation))) return;
  }
  if (owner !== sub) return;
  if (isWaiting.value) {
    isWaiting.value = false;
    listener.onCaughtUp(caughtUp);
  }
  caughtUp = 0;
}

/** False when the rest must wait. */
async function sendOne(operation: Operation): Promise<boolean> {
  const result = await perform(operation);
  if (result.kind === "later") {
    isWaiting.value = true;
    if (result.error instanceof Unreachable) online.value = false;
    // After a new sign-in, the outbox is opened again.
    if (!(result.error instanceof SessionEnded)) tryAgainLater(result.seconds);
    return false;
  }
  if (isWaiting.value) caughtUp++;
  online.value = true;
  pause = SHORTEST_PAUSE;
  // In one go, so that nobody ever sees the list without the change.
  listener.onDone(operation, result);
  await drop(operation);
  return true;
}

function tryAgainLater(seconds: number | null): void {
  wakeUp = setTimeout(() => void drain(), (seconds ?? pause) * 1000);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

/** The network is back. */
export async function retryNow(): Promise<void> {
  clearTimeout(wakeUp);
  pause = SHORTEST_PAUSE;
  // The first moments of a new connection often still fail.
  await sleep(100);
  await drain();
}

/** What a to-do's operations are called while it has no id of the service's. */
export function giveId(local: string, todo: Todo): void {
  amend((operation) =>
    isLocal(operation.todoID) && operation.todoID === local && operation.kind !== "create"
      ? { ...operation, todoID: todo.todoID }
      : operation,
  );
}
