/** Requests that were made more often than in the undisturbed run. */
export function repeated(asked: readonly string[], undisturbed: readonly string[]): readonly string[] {
  const left = [...asked];
  for (const one of undisturbed) if (left.includes(one)) left.splice(left.indexOf(one), 1);
  return left;
}
