import { Unreachable } from "../api/http";

const SENTENCES: Record<string, string> = {
  UserNotConfirmedException: "This address has not been confirmed yet.",
  UsernameExistsException: "There is already an account with this address. Sign in, or reset the password.",
  CodeMismatchException: "That is not the code we sent. Please check it.",
  ExpiredCodeException: "That code is no longer valid. Ask for a new one.",
  LimitExceededException: "Too many tries. Please wait a few minutes.",
  TooManyRequestsException: "Too many tries. Please wait a moment.",
  TooManyFailedAttemptsException: "Too many tries. Please wait a few minutes.",
  CodeDeliveryFailureException: "The e-mail with the code could not be sent. Please check the address.",
  PasswordHistoryPolicyViolationException: "You have used this password before. Please choose another one.",
};

/** Cognito's ways to say that this session can never be renewed: those after which Amplify drops the tokens itself. */
const ENDS = [
  "NotAuthorizedException",
  "TokenRevokedException",
  "UserNotFoundException",
  "PasswordResetRequiredException",
  "UserNotConfirmedException",
  "RefreshTokenReuseException",
  // Amplify's own word for tokens without the one that renews them.
  "UserUnAuthenticatedException",
];

export function endsSession(error: unknown): boolean {
  return ENDS.some((name) => nameOf(error).startsWith(name));
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** A sentence for whoever is filling in the form. */
export function explain(error: unknown): string {
  const name = nameOf(error);
  if (name === "NetworkError" || error instanceof Unreachable) return "There is no connection right now. Try again.";
  if (name in SENTENCES) return SENTENCES[name] as string;
  // Cognito's own sentence names the broken rule, or says that e-mail address or password is wrong.
  if (error instanceof Error && error.message) {
    return error.message.replace("Incorrect username or password.", "E-mail address or password is wrong.");
  }
  return "Something went wrong. Please try again.";
}
