/** The stand-ins and the API, called directly: for what a test needs and does not test. */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { AWS, FILES, TODOS, WEBSITE } from "./ports";

interface Tokens {
  AccessToken: string;
  RefreshToken: string;
}

export interface User {
  email: string;
  password: string;
}

export const PASSWORD = "Correct-horse-7";

export function newAddress(): string {
  return `${randomUUID().slice(0, 13)}@example.com`;
}

export async function createUser(): Promise<User> {
  const email = newAddress();
  await cognito("SignUp", {
    Username: email,
    Password: PASSWORD,
    UserAttributes: [{ Name: "email", Value: email }],
  });
  await cognito("ConfirmSignUp", { Username: email, ConfirmationCode: await codeFor(email) });
  return { email, password: PASSWORD };
}

/** The last code "sent" to the address. */
export async function codeFor(email: string): Promise<string> {
  const answer = await fetch(`${AWS}/_standin/code?username=${encodeURIComponent(email)}`);
  return ((await answer.json()) as { code: string }).code;
}

export async function tokensOf(email: string): Promise<Tokens> {
  const answer = await fetch(`${AWS}/_standin/tokens?username=${encodeURIComponent(email)}`, { method: "POST" });
  return (await answer.json()) as Tokens;
}

/** Whether a session that began before can go on. */
export async function canRenew({ RefreshToken }: Tokens): Promise<boolean> {
  const parameters = { AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: RefreshToken } };
  return cognito("InitiateAuth", parameters).then(
    () => true,
    () => false,
  );
}

/** Ends every session of the user, as another device would. */
export async function signOutEverywhere(email: string): Promise<void> {
  await cognito("GlobalSignOut", { AccessToken: (await tokensOf(email)).AccessToken });
}

async function cognito(operation: string, body: object): Promise<void> {
  const config = (await (await fetch(`${WEBSITE}/config.json`)).json()) as { clientId: string };
  const answer = await fetch(AWS, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(operation === "GlobalSignOut" ? body : { ClientId: config.clientId, ...body }),
  });
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
}

/** Too busy to look at a request, as the service may be where the machine is, it says when to ask again. */
async function insist(ask: () => Promise<Response>): Promise<Response> {
  for (let times = 1; ; times += 1) {
    const answer = await ask();
    const isRefused = answer.status === 503 && (await answer.clone().text()).includes("urn:problem-type:overloaded");
    if (!isRefused || times === 20) return answer;
    await setTimeout(1000 * Number(answer.headers.get("Retry-After")));
  }
}

export class Api {
  private constructor(private readonly token: string) {}

  static async of(user: User): Promise<Api> {
    return new Api((await tokensOf(user.email)).AccessToken);
  }

  /** The user's `sub`, as the token has it. */
  get sub(): string {
    return JSON.parse(Buffer.from(this.token.split(".")[1] as string, "base64url").toString()).sub as string;
  }

  async call<T>(method: string, path: string, body?: object, service = TODOS): Promise<T> {
    const sent = {
      method,
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    const answer = await insist(() => fetch(service + path, sent));
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  async add(fields: { title: string; dateDue?: string; notes?: string }): Promise<string> {
    return (await this.call<{ todoID: string }>("POST", "/me/todos", fields)).todoID;
  }

  /** A text file, uploaded as a browser would. */
  async attach(todoID: string, fileName: string, content: string): Promise<void> {
    const announced = { fileName, size: Buffer.byteLength(content), contentType: "text/plain" };
    const started = await this.call<{ file: { fileID: string }; upload: { url: string; fields: object } }>(
      "POST",
      `/${todoID}/files`,
      announced,
      FILES,
    );
    const form = new FormData();
    for (const [name, value] of Object.entries(started.upload.fields)) form.append(name, value as string);
    form.append("file", new Blob([content], { type: "text/plain" }), fileName);
    const sent = await fetch(started.upload.url, { method: "POST", body: form });
    if (!sent.ok) throw new Error(`upload: ${sent.status} ${await sent.text()}`);
    await this.call("POST", `/${todoID}/files/${started.file.fileID}/complete`, undefined, FILES);
  }

  async todos(status = "all"): Promise<{ todoID: string; title: string; notes: string; completed: boolean }[]> {
    return (await this.call<{ todos: [] }>("GET", `/me/todos?status=${status}`)).todos;
  }
}
