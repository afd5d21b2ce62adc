/** Cognito through Amplify; nothing else in the website knows of either. Loaded when first needed: see ./index. */
import {
  cognitoUserPoolsTokenProvider,
  confirmResetPassword,
  confirmSignUp,
  deleteUser,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
  updatePassword,
} from "@aws-amplify/auth/cognito";
import { Amplify, ConsoleLogger, fetchAuthSession } from "@aws-amplify/core";
import { SessionEnded, Unreachable } from "../api/http";
import { config } from "../config";
import { endsSession } from "./errors";

export interface Identity {
  sub: string;
  email: string;
}

export function configure(): void {
  // It would write to the console at every start of a local stage.
  ConsoleLogger.LOG_LEVEL = "NONE";
  const authConfig = {
    Cognito: {
      userPoolId: config.userPoolId,
      userPoolClientId: config.clientId,
      ...(config.cognitoEndpoint ? { userPoolEndpoint: config.cognitoEndpoint } : {}),
    },
  };
  // The package that would connect these two by itself also brings identity pools and analytics.
  cognitoUserPoolsTokenProvider.setAuthConfig(authConfig);
  Amplify.configure({ Auth: authConfig }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

/** Who is signed in according to this browser; null if nobody. Raises Unreachable, SessionEnded. */
export async function currentIdentity(): Promise<Identity | null> {
  const payload = (await tokens(false))?.idToken?.payload;
  return payload ? { sub: String(payload.sub), email: String(payload.email) } : null;
}

/** An access token: it names the user to the services without saying their e-mail address. */
export async function accessToken(renew: boolean): Promise<string> {
  const token = (await tokens(renew))?.accessToken;
  if (!token) throw new SessionEnded();
  return token.toString();
}

async function tokens(renew: boolean) {
  try {
    return (await fetchAuthSession({ forceRefresh: renew })).tokens;
  } catch (error) {
    // Anything else passes, a throttled or broken Cognito too: no reason to sign anybody out.
    throw endsSession(error) ? new SessionEnded() : new Unreachable();
  }
}

/** Raises Amplify's AuthError; `CONFIRM_SIGN_UP` means that the address has not been confirmed yet. */
export async function enter(email: string, password: string): Promise<"DONE" | "CONFIRM_SIGN_UP"> {
  // Amplify refuses to sign in over what is left of a former session.
  await forget();
  const { nextStep } = await signIn({
    username: email,
    password,
    options: { authFlowType: config.authFlow },
  });
  if (nextStep.signInStep === "DONE" || nextStep.signInStep === "CONFIRM_SIGN_UP") return nextStep.signInStep;
  throw new Error("This account needs a step that this website does not offer. Reset the password to go on.");
}

export async function register(email: string, password: string): Promise<void> {
  await signUp({ username: email, password, options: { userAttributes: { email } } });
}

export async function confirm(email: string, code: string): Promise<void> {
  await confirmSignUp({ username: email, confirmationCode: code });
}

export async function resend(email: string): Promise<void> {
  await resendSignUpCode({ username: email });
}

export async function requestReset(email: string): Promise<void> {
  await resetPassword({ username: email });
}

export async function reset(email: string, code: string, newPassword: string): Promise<void> {
  await confirmResetPassword({ username: email, confirmationCode: code, newPassword });
}

export async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  await updatePassword({ oldPassword, newPassword });
}

export async function leave({ everywhere }: { everywhere: boolean }): Promise<void> {
  // Amplify swallows a refused or unsent GlobalSignOut: a fresh token, or the error of its renewal, comes first.
  if (everywhere) await accessToken(true);
  await signOut({ global: everywhere });
}

export async function deleteAccount(): Promise<void> {
  await deleteUser();
}

/** Clears this browser's tokens, without a call. */
export async function forget(): Promise<void> {
  await cognitoUserPoolsTokenProvider.authTokenStore.clearTokens();
}
