/**
 * After which entries a performance is cut: after each, or after `most` of them, spread evenly and with the first and the last.
 *
 * @param entries - Of the undisturbed performance.
 * @param most - At least 1.
 */
export function chooseCuts(entries: number, most: number): readonly number[] {
  if (entries <= most) return Array.from({ length: entries }, (_, i) => i + 1);
  if (most === 1) return [entries];
  return Array.from({ length: most }, (_, i) => 1 + Math.round((i * (entries - 1)) / (most - 1)));
}
