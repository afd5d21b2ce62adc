/** One way to call both services: the token, errors as exceptions, patience where the service asks for it. */

export interface Problem {
  type?: string;
  detail?: string;
  /** The gateway's own refusals carry only this. */
  message?: string;
  requestId?: string;
  errors?: { field: string; detail: string }[];
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** Seconds, where the service named them. */
    readonly retryAfter: number | null,
  ) {
    super(explain(status, problem));
  }

  /** Worth sending again unchanged. */
  get isTemporary(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** No answer came: no network, or the service cannot be reached. */
export class Unreachable extends Error {
  override message = "There is no connection right now.";
}

/** The user must sign in again. */
export class SessionEnded extends Error {
  override message = "Your session has ended. Please sign in again.";
}

export interface Answer<T> {
  status: number;
  body: T;
}

interface Options {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Raises SessionEnded when `user` is not the one who is signed in any more. */
type TokenSource = (options: { renew: boolean; user: string }) => Promise<string>;

const SECONDS_TO_ANSWER = 30;
const ATTEMPTS = 3;
const LONGEST_WAIT = 10;

let tokenSource: TokenSource = () => Promise.reject(new SessionEnded());
let whenRefused = (_user: string) => {};
let currentUser = () => "";

/** `onRefused` is called when a service does not take even a fresh token; `whose` says who is signed in. */
export function useTokens(
  source: TokenSource,
  onRefused: (user: string) => void = () => {},
  whose: () => string = () => "",
): void {
  tokenSource = source;
  whenRefused = onRefused;
  currentUser = whose;
}

/** Raises ApiError, Unreachable, SessionEnded, or an AbortError when `signal` says so. */
export async function call<T>(url: string, options: Options = {}): Promise<Answer<T>> {
  // A call stays its user's, though somebody else may sign in before it has been sent, or sent again.
  const user = currentUser();
  const isRead = (options.method ?? "GET") === "GET";
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce<T>(url, options, user);
    } catch (error) {
      const wait = error instanceof ApiError && error.isTemporary ? (error.retryAfter ?? attempt) : null;
      // Of what was too much at once, nothing was done: that may be sent again whatever it is.
      const attempts = isRead || (error instanceof ApiError && error.status === 429) ? ATTEMPTS : 1;
      if (wait === null || wait > LONGEST_WAIT || attempt >= attempts) throw error;
      await sleep(wait * 1000, options.signal);
    }
  }
}

async function callOnce<T>(url: string, options: Options, user: string): Promise<Answer<T>> {
  let answer = await send(url, options, await tokenSource({ renew: false, user }));
  // This machine's clock may be wrong, or the token revoked: a fresh one decides.
  if (answer.status === 401) answer = await send(url, options, await tokenSource({ renew: true, user }));
  if (answer.status === 401) {
    whenRefused(user);
    throw new SessionEnded();
  }
  if (!answer.ok) throw await toError(answer);
  return { status: answer.status, body: (await bodyOf(answer, options.signal)) as T };
}

/** An answer that was cut off, or a café's sign-in page in its place, says nothing of what the service has done. */
async function bodyOf(answer: Response, signal: AbortSignal | undefined): Promise<unknown> {
  if (answer.status === 204) return undefined;
  try {
    return await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  }
}

async function send(url: string, options: Options, token: string): Promise<Response> {
  const timeout = AbortSignal.timeout(SECONDS_TO_ANSWER * 1000);
  try {
    return await fetch(url, {
      method: options.method ?? "GET",
      headers: {
        Authorization: `Bearer ${token}`,
        ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: options.signal ? either(options.signal, timeout) : timeout,
      credentials: "omit",
      cache: "no-store",
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable();
  }
}

/** AbortSignal.any, which Safari has only since 17.4. */
function either(first: AbortSignal, second: AbortSignal): AbortSignal {
  if ("any" in AbortSignal) return AbortSignal.any([first, second]);
  const controller = new AbortController();
  for (const signal of [first, second]) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener("abort", () => controller.abort(signal.reason), { signal: controller.signal });
  }
  return controller.signal;
}

async function toError(answer: Response): Promise<ApiError> {
  const problem = (await answer.json().catch(() => ({}))) as Problem;
  const seconds = Number(answer.headers.get("Retry-After") ?? Number.NaN);
  return new ApiError(answer.status, problem, Number.isFinite(seconds) ? seconds : null);
}

function explain(status: number, problem: Problem): string {
  if (problem.errors?.length) return problem.errors.map((error) => error.detail).join(" ");
  if (problem.detail) return problem.detail;
  if (status === 413) return "That is more than the service takes.";
  if (status === 429) return "Too many requests at once. It will be tried again.";
  if (status >= 500) return "The service has a problem right now.";
  return problem.message ?? `The service refused it (${status}).`;
}

export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What to tell the user. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message : "Something went wrong.";
}
