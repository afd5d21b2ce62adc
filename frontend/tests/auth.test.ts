import { expect, test } from "vitest";
import { endsSession } from "../src/auth/errors";

const named = (name: string) => Object.assign(new Error("…"), { name });

test.each([
  "NotAuthorizedException",
  "TokenRevokedException",
  "UserNotFoundException",
  "PasswordResetRequiredException",
  "UserNotConfirmedException",
  "RefreshTokenReuseException",
])("%s ends the session", (name) => {
  expect(endsSession(named(name))).toBe(true);
});

test.each(["NetworkError", "TooManyRequestsException", "InternalErrorException", "Unknown", "TypeError"])(
  "%s does not: the user stays signed in",
  (name) => {
    expect(endsSession(named(name))).toBe(false);
  },
);
