type Variables = Readonly<Record<string, string | undefined>>;

/** What programs need in order to find their way. */
const ALWAYS = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "SystemRoot", "NODE_ENV", "NODE_EXTRA_CA_CERTS"];

/**
 * The environment of a process that loads users' code, to index it or to run it: what it cannot do without and what was named for
 * its tasks. A list of what may pass, since nobody can list every key, password and address that must not.
 */
export function childEnvironment(ours: Variables, named: readonly string[]): Record<string, string> {
  const allowed = new Set([...ALWAYS, ...named]);
  const passed = Object.entries(ours).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (allowed.has(entry[0]) || entry[0].startsWith("LC_")),
  );
  return Object.fromEntries(passed);
}
