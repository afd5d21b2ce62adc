/** What differs between stages; read from /config.json at start, so that one build serves every stage. */
export interface Config {
  region: string;
  userPoolId: string;
  clientId: string;
  authFlow: "USER_SRP_AUTH" | "USER_PASSWORD_AUTH";
  /** Only off AWS. */
  cognitoEndpoint?: string;
  todosUrl: string;
  filesUrl: string;
  maxFileBytes: number;
  /** Bytes of all files of a user; said before the first upload, where it is known. */
  userFileQuota?: number;
  filesOrigin: string;
}

export let config: Config;

export async function loadConfig(): Promise<void> {
  const answer = await fetch("/config.json", { cache: "no-cache" });
  if (!answer.ok) throw new Error(`/config.json: ${answer.status}`);
  config = (await answer.json()) as Config;
}

/** For tests. */
export function setConfig(given: Config): void {
  config = given;
}
