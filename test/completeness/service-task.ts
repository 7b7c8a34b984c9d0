import { clientTask } from "./client-task.ts";
import { serviceClients } from "./service-clients.ts";

export const serviceTask = clientTask("service", serviceClients);
