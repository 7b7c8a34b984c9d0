import { clientTask } from "./client-task.ts";
import { httpClients } from "./http-clients.ts";

export const httpTask = clientTask("http", httpClients);
