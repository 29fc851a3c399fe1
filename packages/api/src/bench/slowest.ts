import { percentile } from './statistics.ts'

/** The 95th percentile over all questions, in milliseconds, each asked so many times after two that do not count. */
export async function slowest<Q>(
  times: number,
  questions: readonly Q[],
  ask: (question: Q) => Promise<unknown>,
): Promise<number> {
  const took: number[] = []
  for (let time = -2; time < times; time++) {
    for (const question of questions) {
      const started = performance.now()
      await ask(question)
      if (time >= 0) took.push(performance.now() - started)
    }
  }
  return percentile(took, 0.95)
}
