import { join } from "node:path";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { aborted, unlessAborted } from "./aborted.ts";
import { type Changes, createChanges } from "./changes.ts";
import type { DevView } from "./dev-view.ts";
import { readDotEnv } from "./dot-env.ts";
import { PERDURE_FOLDER } from "./folder.ts";
import { isOther, type Project, readProject, versionsFolder } from "./project.ts";
import { pruneVersions } from "./prune-versions.ts";
import { type ServeOptions, type Serving, serve } from "./serve.ts";
import { announce, findRunning, removeServerFile } from "./server-file.ts";
import { watchedOf, watchedWhole } from "./watched.ts";

export interface DevelopOptions {
  /** The project's folder. */
  readonly root: string;
  readonly server: ServeOptions;
  readonly view: DevView;
  /** Aborts when it shall end. */
  readonly asked: AbortSignal;
}

/**
 * Serves a project, and takes over each change of its files until it is asked to end.
 *
 * @throws {PerdureError} `TASK_FILES_MISSING` for what is no project, `SERVER_RUNNING`, `PROJECT_GONE`, and what `serve` throws; everything is
 * closed then.
 */
export async function develop(options: DevelopOptions): Promise<void> {
  const { root, server, view, asked } = options;
  const running = await findRunning(root);
  if (running !== undefined) throw perdureError("SERVER_RUNNING", { root, url: running.url, pid: running.pid });
  const broken = new AbortController();
  const ending = AbortSignal.any([asked, broken.signal]);
  const ended = aborted(ending);
  let change = new AbortController();
  const changes = createChanges({
    env: server.env,
    onChange: () => change.abort(),
    vital: [root, join(root, PERDURE_FOLDER)],
    onGone: (path) => broken.abort(perdureError("PROJECT_GONE", { path })),
    onProblem: (error) => view.problem(error),
  });
  const rounds = createRounds(options, changes);
  try {
    while (!ending.aborted) {
      change = new AbortController();
      const changed = aborted(change.signal);
      await rounds.next(AbortSignal.any([change.signal, ending]));
      await Promise.race([changed, ended]);
    }
    broken.signal.throwIfAborted();
  } finally {
    changes.close();
    await rounds.close();
  }
}

/** One look at the project after the other: what it is now becomes what is served. */
function createRounds({ root, server, view }: DevelopOptions, changes: Changes) {
  const { env } = server;
  let serving: Serving | undefined;
  let current: Project | undefined;
  let isBroken = false;
  return {
    /** When the signal aborts, all is as it was: another look follows, or none. */
    async next(signal: AbortSignal): Promise<void> {
      const beganAt = env.monotonic();
      const project = await look(signal);
      if (project === undefined) return;
      if (serving === undefined) {
        serving = await open(project);
        view.ready(project, serving.url, env.monotonic() - beganAt);
      } else if (isBroken || isOther(project, current)) {
        if (!(await take(serving, project, signal))) return;
        view.version(project, env.monotonic() - beganAt);
      }
      [current, isBroken] = [project, false];
      await prune(serving, project).catch(view.problem);
    },
    async close(): Promise<void> {
      if (serving === undefined) return;
      view.stopping();
      removeServerFile(root, process.pid);
      await view.settled();
      await serving.stop();
    },
  };

  /** The project as it is; undefined when it cannot be used so, which has been told, or the signal aborted. */
  async function look(signal: AbortSignal): Promise<Project | undefined> {
    const since = env.now();
    const isFirst = current === undefined && !isBroken;
    // Before it is read: what changes while we read makes another round.
    changes.follow(isBroken ? watchedWhole(root, current) : watchedOf(root, current), since);
    try {
      const project = await unlessAborted(read(signal), signal);
      changes.follow(watchedOf(root, project), since);
      return project;
    } catch (error) {
      if (isFirst && isPerdureError(error, "TASK_FILES_MISSING")) throw error;
      if (!signal.aborted) refuse(error, since);
      return undefined;
    }
  }

  async function read(signal: AbortSignal): Promise<Project> {
    const { variables, forTasks } = readDotEnv(root);
    const environment = { ...variables, ...process.env };
    return readProject({ root, env, environment, alsoGiven: forTasks, signal });
  }

  async function open(project: Project): Promise<Serving> {
    const opened = await serve(project, server);
    const { secretKey } = server;
    const startedAt = new Date(env.now()).toISOString();
    announce(root, { url: opened.url, secretKey, pid: process.pid, startedAt }, server.onEvent);
    opened.node.onRunNews((news) => view.news(news, opened.node));
    return opened;
  }

  /** @returns Whether it is served now. */
  async function take(to: Serving, project: Project, signal: AbortSignal): Promise<boolean> {
    try {
      await to.use(project, signal);
      return true;
    } catch (error) {
      if (!signal.aborted) refuse(error, env.now());
      return false;
    }
  }

  async function prune({ node }: Serving, { built }: Project): Promise<void> {
    await pruneVersions(versionsFolder(root), [built.version.id, ...(await node.listOpenVersions())]);
  }

  function refuse(error: unknown, since: number): void {
    isBroken = true;
    changes.follow(watchedWhole(root, current), since);
    view.broken(error, serving !== undefined);
  }
}
