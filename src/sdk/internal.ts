/** What the other rooms of this package need of the SDK. A file of its own, since types are withheld from users by whole statements. */
export { createAuth } from "./auth.ts";
export { remoteClient } from "./configure.ts";
export { DEFINITION, type TaskDefinition } from "./definition.ts";
export { type Client, type Host, host, type MetadataScope, type RunScope, type WaitRequest } from "./host.ts";
export { createKeys } from "./keys.ts";
export { validPayload } from "./payload.ts";
export { createQueues } from "./queues.ts";
export { createRuns } from "./runs.ts";
export { internalTask, isTask } from "./task.ts";
export { createTasks } from "./tasks.ts";
