/**
 * The pages that people look at in a browser: the list of runs, and one run with its story. They read and change nothing, need no
 * script, and ask the same calls as everybody else.
 *
 * Whoever shows the secret key once gets a cookie instead (`session.ts`), which opens these pages and nothing of the API. Forms
 * that other sites send are refused before they get here (`check-origin.ts`), and no other site may show a page in a frame.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";
import { isPerdureError, perdureError } from "../../core/errors.ts";
import type { Admit, AppOptions } from "../app.ts";
import { checkHost, isForeign } from "../check-origin.ts";
import type { AppContext, Surroundings } from "../http/surroundings.ts";
import { type Html, layout, STYLE } from "./layout.ts";
import { runPage } from "./run-page.ts";
import { runsAsked, runsPage } from "./runs-page.ts";
import { createSessions, SESSION_MS } from "./session.ts";

const COOKIE = "perdure_session";
const EVENTS_SHOWN = 1_000;
/** Of a form with a key in it; whoever sends one has shown nothing yet. */
const FORM_BYTES = 4_096;
const TOO_LONG = "No secret key is as long as that.";

/** Nothing but our own style, forms to ourselves, and no frame around us. */
const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface PagesOptions extends Pick<AppOptions, "calls" | "env" | "secretKey" | "hosts"> {
  readonly admit: Admit;
}

export function createPages({ calls, env, secretKey, hosts, admit }: PagesOptions): Hono<Surroundings> {
  const sessions = createSessions(secretKey, env);
  const pages = new Hono<Surroundings>();
  const isSignedIn = (context: AppContext) => sessions.isOpen(getCookie(context, COOKIE));
  for (const path of ["/", "/runs/*", "/login", "/logout"]) {
    pages.use(path, async ({ req }, next) => {
      const host = req.header("host") ?? "";
      checkHost(host, hosts);
      const origin = req.header("origin");
      if (isForeign(origin, host)) throw perdureError("ORIGIN_REFUSED", { origin });
      await next();
    });
  }
  pages.get("/pages.css", (context) => context.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  pages.get("/login", () => show(loginPage()));
  pages.post(
    "/login",
    bodyLimit({ maxSize: FORM_BYTES, onError: () => show(loginPage(TOO_LONG), 413) }),
    async (context) => {
      const { key } = await context.req.parseBody();
      try {
        const caller = await admit(context, `Bearer ${String(key)}`);
        if (caller.kind !== "root") throw perdureError("ROOT_KEY_NEEDED", { call: "the pages" });
      } catch (error) {
        if (!isPerdureError(error)) throw error;
        return show(loginPage(error.sentence), error.status);
      }
      keepCookie(context, sessions.open(), SESSION_MS / 1_000);
      return context.redirect("/", 303);
    },
  );
  pages.post("/logout", (context) => {
    keepCookie(context, "", 0);
    return context.redirect("/login", 303);
  });
  pages.get("/", async (context) => {
    if (!isSignedIn(context)) return context.redirect("/login", 303);
    const asked = runsAsked(new URL(context.req.url).searchParams);
    return show(runsPage(asked, await calls.list(asked), env.now()));
  });
  pages.get("/runs/:runId", async (context) => {
    if (!isSignedIn(context)) return context.redirect("/login", 303);
    const runId = context.req.param("runId");
    const run = await calls.retrieve({ runId });
    const { events } = await calls.events({ runId, afterSeq: 0, limit: EVENTS_SHOWN });
    return show(runPage(run, events, { now: env.now(), isCut: events.length === EVENTS_SHOWN }));
  });
  pages.onError((error) => {
    if (!isPerdureError(error)) throw error;
    return show(errorPage(error.message), error.status);
  });
  return pages;
}

function keepCookie(context: AppContext, content: string, maxAge: number): void {
  // Behind something that speaks TLS for us, it says so.
  const secure = context.req.header("x-forwarded-proto") === "https" || context.req.url.startsWith("https:");
  setCookie(context, COOKIE, content, { httpOnly: true, sameSite: "Lax", path: "/", maxAge, secure });
}

async function show(page: Html, status = 200): Promise<Response> {
  return new Response(`${await page}`, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "cache-control": "no-store",
      // Without any referrer, browsers say of our own forms that they come from nowhere.
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    },
  });
}

function loginPage(problem?: string): Html {
  return layout(
    "Sign in",
    html`<h1>Perdure</h1>
      ${problem === undefined ? "" : html`<p class="error" role="alert">${problem}</p>`}
      <form action="/login" method="post">
        <input type="password" name="key" aria-label="Secret key" placeholder="Secret key" autocomplete="current-password" required autofocus>
        <button>Sign in</button>
      </form>`,
  );
}

function errorPage(problem: string): Html {
  return layout("Error", html`<nav><a href="/">Runs</a></nav><p class="error" role="alert">${problem}</p>`);
}
