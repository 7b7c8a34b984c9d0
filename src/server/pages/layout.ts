import { html } from "hono/html";

/** Text that is safe to show: `html` escapes whatever it is given that is none. */
export type Html = ReturnType<typeof html>;

/** One page. With `isLive` the browser asks again every few seconds: there is no script. */
export function layout(title: string, content: Html, { isLive = false }: { readonly isLive?: boolean } = {}): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    ${isLive ? html`<meta http-equiv="refresh" content="5">` : ""}
    <title>${title} · Perdure</title>
    <link rel="stylesheet" href="/pages.css">
  </head>
  <body>${content}</body>
</html>
`;
}

/** An instant, to the second, in UTC. */
export function time(instant: number): Html {
  const iso = new Date(instant).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")}</time>`;
}

/** How long something took, as people say it. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const STYLE = `:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
nav, form { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); vertical-align: top; }
code, pre, time { font: 13px/1.5 ui-monospace, monospace; }
pre { background: color-mix(in srgb, currentColor 6%, transparent); padding: 0.5rem 0.75rem; overflow: auto; max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
a { color: inherit; }
.completed { color: #1a7f37; } .failed, .error { color: #cf222e; } .executing { color: #0969da; } .waiting { color: #9a6700; }
`;
