import { clientTask } from "./client-task.ts";
import { modelClients } from "./model-clients.ts";

export const modelTask = clientTask("model", modelClients);
