/** The door to ./cognito, the largest part of the website: the first screen is drawn before it has arrived. */
let loading: Promise<typeof import("./cognito")> | undefined;

export function auth(): Promise<typeof import("./cognito")> {
  loading ??= import("./cognito").then(
    (module) => {
      module.configure();
      return module;
    },
    (error: unknown) => {
      // A failed load must not stay failed.
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
