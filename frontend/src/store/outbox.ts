/** Every change goes through here: shown at once, sent in order, kept until the service has answered. */
import { computed, signal } from "@preact/signals";
import { SessionEnded, sleep, Unreachable } from "../api/http";
import * as database from "./database";
import { nameOf } from "./names";
import { online } from "./network";
import type { Operation } from "./operations";
import { perform, type Result } from "./perform";
import { keysFrom, read, write } from "./storage";

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
/** Something waited for the network, not only for a service that was busy. */
let wasOffline = false;
/** Its call is under way: too late to take it back. */
let sendingId: string | null = null;
/** Operations on their way into the database. */
const saving = new Map<string, Promise<boolean>>();
/** Operations on their way out of it. */
const removing = new Set<string>();

export function listenToOutbox(given: Listener): void {
  listener = given;
}

export async function openOutbox(sub: string): Promise<void> {
  if (owner !== null) closeOutbox();
  owner = sub;
  // What an earlier page left has been waiting already, whoever begins to send it while it is being read.
  isWaiting.value = true;
  wasOffline = true;
  const left = await adopt(sub);
  if (owner !== sub) return;
  if (left === 0) finish();
  void drain();
}

/** From memory only. An answer that is still under way finds nobody who waits for it. */
export function closeOutbox(): void {
  owner = null;
  operations.value = [];
  isWaiting.value = false;
  wasOffline = false;
  caughtUp = 0;
  pause = SHORTEST_PAUSE;
  clearTimeout(wakeUp);
}

/** A page that is being closed aborts what it has begun to write: this is written before the next line runs. */
export function saveInTime(): void {
  for (const operation of operations.peek()) {
    const key = inTime(operation.id);
    if (saving.has(operation.id) || read(key)) write(key, operation);
  }
}

/** What a page had to leave there goes where the rest is. Without room it stays, until it has been sent: see `drop`. */
async function rescue(sub: string): Promise<void> {
  for (const key of keysLeftInTime(sub)) {
    const operation = read<Operation>(key);
    if (operations.value.some(({ id }) => inTime(id) === key)) continue;
    if (!operation || (await database.put("outbox", operation.id, operation))) write(key, null);
  }
}

const inTime = (id: string) => `outbox/${id}`;
const keysLeftInTime = (sub: string) => keysFrom(inTime(`${sub}/`));

export async function hasOutboxOf(sub: string): Promise<boolean> {
  return keysLeftInTime(sub).length > 0 || (await database.all("outbox", `${sub}/`)).length > 0;
}

export async function removeOutboxOf(sub: string): Promise<void> {
  for (const key of keysLeftInTime(sub)) write(key, null);
  await database.removeAll("outbox", `${sub}/`);
}

/** Reads what is on the disk: another tab may have left it there, or have changed it. Answers how many there are. */
async function adopt(sub: string): Promise<number> {
  await rescue(sub);
  const before = new Set(operations.value.map(({ id }) => id));
  const kept = (await database.all<Operation>("outbox", `${sub}/`)).map(named);
  if (owner !== sub) return 0;
  const next = new Map(operations.value.map((operation) => [operation.id, operation]));
  for (const operation of kept) {
    const { id } = operation;
    const ours = next.get(id);
    // Something may have been done, amended or withdrawn while the disk was being read.
    if (removing.has(id) || (ours ? saving.has(id) : before.has(id))) continue;
    if (!ours || JSON.stringify(ours) !== JSON.stringify(operation)) next.set(id, operation);
  }
  const merged = [...next.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (merged.some((operation, i) => operation !== operations.value[i])) operations.value = merged;
  return kept.length;
}

/** Resolves before it has been sent: true if the operation would survive the page. */
export async function enqueue(operation: Operation): Promise<boolean> {
  operations.value = [...operations.value, operation];
  const isOnDisk = await save(operation);
  void drain();
  return isOnDisk;
}

function save(operation: Operation): Promise<boolean> {
  const saved = database.put("outbox", operation.id, operation).finally(() => {
    if (saving.get(operation.id) === saved) saving.delete(operation.id);
  });
  saving.set(operation.id, saved);
  return saved;
}

/** Takes back what has not been sent; false if it is under way or done. */
export function withdraw(find: (operation: Operation) => boolean): boolean {
  const position = operations.value.findIndex(find);
  const operation = operations.value[position];
  if (!operation || operation.id === sendingId || (position === 0 && !isWaiting.value)) return false;
  void drop(operation);
  return true;
}

async function drop(operation: Operation): Promise<void> {
  forget(operation.id);
  // The page may have come back from where it was closed, or its writing have reached the disk all the same.
  write(inTime(operation.id), null);
  removing.add(operation.id);
  await saving.get(operation.id);
  await database.remove("outbox", operation.id);
  removing.delete(operation.id);
}

function forget(id: string): void {
  operations.value = operations.value.filter((each) => each.id !== id);
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
  const sub = owner;
  running ??= alone(sendAll).finally(() => {
    running = null;
    // Something may have come while the lock was being given back; or somebody, whose queue has not been looked at.
    if (owner && (owner !== sub || (operations.value.length > 0 && !isWaiting.value))) void drain();
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
  if (!sub) return;
  for (let id = await nextId(sub); id && owner === sub; id = await nextId(sub)) {
    await saving.get(id);
    const isGone = await database.isGone("outbox", id);
    if (owner !== sub) return;
    // Another tab may have sent it while this one was waiting.
    if (isGone) forget(id);
    const [first] = operations.value;
    if (first?.id === id && !(await sendOne(first, sub))) return;
  }
  if (owner === sub) finish();
}

async function nextId(sub: string): Promise<string | undefined> {
  await adopt(sub);
  return operations.value[0]?.id;
}

function finish(): void {
  isWaiting.value = false;
  if (wasOffline && caughtUp > 0) listener.onCaughtUp(caughtUp);
  wasOffline = false;
  caughtUp = 0;
}

/** False when the rest must wait. */
async function sendOne(operation: Operation, sub: string): Promise<boolean> {
  sendingId = operation.id;
  const result = await perform(operation);
  // What was done to a new to-do in another tab meanwhile must learn its name too.
  await adopt(sub);
  sendingId = null;
  // Nobody else may see it. On the disk it stays, for its owner's next visit: sent again, it does no harm.
  if (owner !== sub) return false;
  if (result.kind === "later") {
    isWaiting.value = true;
    if (result.error instanceof Unreachable) {
      online.value = false;
      wasOffline = true;
    }
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

/** The service has named a to-do: so are the operations that wait for it. */
export function followNames(): void {
  amend(named);
}

/** Another tab has sent the creation of `local`. In memory only: what is on the disk is that tab's to change. */
export function followOtherTab(local: string): void {
  operations.value = operations.value.filter(({ kind, todoID }) => kind !== "create" || todoID !== local).map(named);
}

function named(operation: Operation): Operation {
  const todoID = nameOf(operation.todoID);
  return operation.kind === "create" || todoID === operation.todoID ? operation : { ...operation, todoID };
}
