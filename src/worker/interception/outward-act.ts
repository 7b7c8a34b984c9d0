/** A function or class of the platform that acts outward and whose effect cannot be recorded: a row of the tables beside this file. */
export interface OutwardAct {
  /** Where it is found; what is put in its place is put there. */
  readonly owner: object;
  readonly name: string;
  readonly form: "function" | "promising function" | "class";
  /** Of one place in the code, two acts of a kind are told once. */
  readonly kind: string;
  /** For people. No argument of a program, no content and no credential may be in it. */
  readonly what: (args: readonly unknown[], self: unknown) => string;
  /** False where this very call does not act outward. Default: it does. */
  readonly isOutward?: (args: readonly unknown[], self: unknown) => boolean;
  /** What it acts through. A run that was told of its opening is not told of its use. */
  readonly through?: (args: readonly unknown[], self: unknown) => unknown;
  /** What later acts of the run go through. */
  readonly opens?: (result: unknown, self: unknown) => readonly unknown[];
}
