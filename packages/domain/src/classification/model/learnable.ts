import type { ClassificationSettings } from '../settings.ts'
import type { Example } from './train.ts'

/** The examples that a model may learn from: of categories that have enough of them, and none when they are too few together. */
export function learnable(
  examples: readonly Example[],
  { minimumExamples, minimumPerCategory }: ClassificationSettings['learning'],
): readonly Example[] {
  const counts = new Map<string, number>()
  for (const { category } of examples) counts.set(category, (counts.get(category) ?? 0) + 1)
  const kept = examples.filter(({ category }) => (counts.get(category) ?? 0) >= minimumPerCategory)
  const categories = [...counts.values()].filter((count) => count >= minimumPerCategory).length
  return kept.length >= minimumExamples && categories >= 2 ? kept : []
}
