import { access } from "node:fs/promises";

/** Whether something is at this path, as far as this process may know. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
