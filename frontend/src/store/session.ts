import { computed, signal } from "@preact/signals";
import { SessionEnded, useTokens } from "../api/http";
import { eraseAccount } from "../api/todos";
import { auth } from "../auth";
import type { Identity } from "../auth/cognito";
import { read, write } from "./storage";

export type Session = { state: "out"; reason: "" | "ended" | "left" | "deleted" } | ({ state: "in" } & Identity);

/** Who was signed in last, so that the list can be shown before, or without, any call. Not a secret. */
const KEY = "session";

export const session = signal<Session>({ state: "out", reason: "" });
export const identity = computed<Identity | null>(() => (session.value.state === "in" ? session.value : null));
/** The address that was typed on one form, for the next. */
export const email = signal("");
/** Between registration and the first sign-in, so that nobody types it twice. In memory only. */
let passwordToGoOn = "";

export function startSession(): void {
  useTokens(tokenOfThisUser, () => endSession("ended"));
  addEventListener("storage", (event) => {
    if (event.key === KEY) followOtherTab();
  });
  const saved = read<Identity>(KEY);
  if (!saved) return;
  session.value = { state: "in", ...saved };
  email.value = saved.email;
}

async function tokenOfThisUser({ renew }: { renew: boolean }): Promise<string> {
  const user = identity.peek();
  if (!user) throw new SessionEnded();
  try {
    const { accessToken, currentIdentity } = await auth();
    const token = await accessToken(renew);
    // Another tab may have signed in somebody else, whose list this one must not touch.
    if ((await currentIdentity())?.sub !== user.sub) throw new SessionEnded();
    return token;
  } catch (error) {
    if (error instanceof SessionEnded) endSession("ended");
    throw error;
  }
}

function followOtherTab(): void {
  const saved = read<Identity>(KEY);
  if (!saved) endSession("left");
  else if (saved.sub !== identity.peek()?.sub) session.value = { state: "in", ...saved };
}

export function endSession(reason: "ended" | "left" | "deleted"): void {
  if (session.peek().state === "out") return;
  // Only what the user ends themselves ends in the other tabs too: they notice the rest by their own next call.
  write(KEY, null);
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
  await (await auth()).leave({ everywhere });
  endSession("left");
}

/** The services first: without the account, nobody could ask them any more. */
export async function deleteAccount(): Promise<void> {
  const user = identity.peek();
  if (!user) return;
  await eraseAccount(user.sub);
  await (await auth()).deleteAccount();
  endSession("deleted");
}
