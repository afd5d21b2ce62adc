import { computed, signal } from "@preact/signals";
import { SessionEnded, useTokens } from "../api/http";
import { eraseAccount } from "../api/todos";
import { auth } from "../auth";
import type { Identity } from "../auth/cognito";
import { read, write } from "./storage";

/** "elsewhere": left, or deleted, in another tab. Only who leaves or deletes here takes what is kept on this device along. */
export type Reason = "" | "ended" | "left" | "deleted" | "elsewhere";
export type Session = { state: "out"; reason: Reason } | ({ state: "in" } & Identity);

/** Who was signed in last, so that the list can be shown before, or without, any call. Not a secret. */
const KEY = "session";
/** There in place of the identity when the session has merely ended: the other tabs must not take that for leaving. */
interface Ended {
  hasEnded: true;
}

export const session = signal<Session>({ state: "out", reason: "" });
export const identity = computed<Identity | null>(() => (session.value.state === "in" ? session.value : null));
/** The address that was typed on one form, for the next. */
export const email = signal("");
/** Between registration and the first sign-in, so that nobody types it twice. In memory only. */
let passwordToGoOn = "";
/** The user's own choice is under way; a call that it leaves without tokens must not turn it into an end. */
let isLeaving = false;

export function startSession(): void {
  useTokens(tokenOf, endSessionOf, () => identity.peek()?.sub ?? "");
  addEventListener("storage", (event) => {
    if (event.key === KEY) followOtherTab();
  });
  const saved = read<Identity | Ended>(KEY);
  if (!saved) return;
  if ("hasEnded" in saved) {
    session.value = { state: "out", reason: "ended" };
    return;
  }
  session.value = { state: "in", ...saved };
  email.value = saved.email;
}

async function tokenOf({ renew, user }: { renew: boolean; user: string }): Promise<string> {
  const isCurrent = () => identity.peek()?.sub === user;
  if (!isCurrent()) throw new SessionEnded();
  try {
    const { accessToken, currentIdentity } = await auth();
    const token = await accessToken(renew);
    // Another tab may have signed in somebody else, whose list this one must not touch.
    if ((await currentIdentity())?.sub !== user || !isCurrent()) throw new SessionEnded();
    return token;
  } catch (error) {
    if (error instanceof SessionEnded) endSessionOf(user);
    throw error;
  }
}

/** Whoever has signed in meanwhile has a session of their own. */
function endSessionOf(user: string): void {
  if (identity.peek()?.sub === user && !isLeaving) endSession("ended");
}

function followOtherTab(): void {
  const saved = read<Identity | Ended>(KEY);
  passwordToGoOn = "";
  if (!saved || "hasEnded" in saved) {
    if (identity.peek() && !isLeaving) session.value = { state: "out", reason: saved ? "ended" : "elsewhere" };
  } else if (saved.sub !== identity.peek()?.sub) session.value = { state: "in", ...saved };
}

export function endSession(reason: "ended" | "left" | "deleted"): void {
  const user = identity.peek();
  if (!user) return;
  passwordToGoOn = "";
  const saved = read<Identity | Ended>(KEY);
  // Another tab may have signed in somebody else, of which this one has not heard yet.
  const isOurs = !saved || "hasEnded" in saved || saved.sub === user.sub;
  if (isOurs) write(KEY, reason === "ended" ? ({ hasEnded: true } satisfies Ended) : null);
  session.value = { state: "out", reason };
}

export async function signIn(address: string, password: string): Promise<"in" | "confirm"> {
  email.value = address;
  const { enter, currentIdentity } = await auth();
  if ((await enter(address, password)) === "CONFIRM_SIGN_UP") {
    passwordToGoOn = password;
    return "confirm";
  }
  const found = await currentIdentity();
  if (!found) throw new SessionEnded();
  write(KEY, found);
  passwordToGoOn = "";
  session.value = { state: "in", ...found };
  return "in";
}

export async function register(address: string, password: string): Promise<void> {
  email.value = address;
  await (await auth()).register(address, password);
  passwordToGoOn = password;
}

/** Signs in at once where the password is still known; else the answer is "sign-in". */
export async function confirmAddress(address: string, code: string): Promise<"in" | "sign-in"> {
  await (await auth()).confirm(address, code);
  if (!passwordToGoOn || address !== email.value) return "sign-in";
  await signIn(address, passwordToGoOn);
  return "in";
}

export async function resendCode(address: string): Promise<void> {
  email.value = address;
  await (await auth()).resend(address);
}

export async function requestReset(address: string): Promise<void> {
  email.value = address;
  await (await auth()).requestReset(address);
}

export async function resetPassword(address: string, code: string, password: string): Promise<void> {
  await (await auth()).reset(address, code, password);
  await signIn(address, password);
}

export async function changePassword(former: string, next: string): Promise<void> {
  await (await auth()).changePassword(former, next);
}

export async function signOut({ everywhere }: { everywhere: boolean }): Promise<void> {
  await leaving(async () => (await auth()).leave({ everywhere }));
  endSession("left");
}

/** The services first: without the account, nobody could ask them any more. */
export async function deleteAccount(): Promise<void> {
  const user = identity.peek();
  if (!user) return;
  await eraseAccount(user.sub);
  await leaving(async () => (await auth()).deleteAccount());
  endSession("deleted");
}

async function leaving(leave: () => Promise<void>): Promise<void> {
  isLeaving = true;
  try {
    await leave();
  } finally {
    isLeaving = false;
  }
}
