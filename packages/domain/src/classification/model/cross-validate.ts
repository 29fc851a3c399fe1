import { chanceFrom, shuffle } from './chance.ts'
import type { Answer, Evaluation } from './evaluate.ts'
import { answering, evaluationOf } from './evaluate.ts'
import type { Example } from './train.ts'
import { training } from './train.ts'

/**
 * How a model would do on tickets that it has not seen: every part of the examples in turn is asked about after learning from the others.
 * Pauses every few milliseconds.
 */
export function* crossValidating(examples: readonly Example[], folds: number): Generator<void, Evaluation> {
  const order = Uint32Array.from(examples.keys())
  shuffle(order, chanceFrom(3))
  const fold = (place: number): number => (order[place] as number) % folds
  const answers: Answer[] = []
  for (let turn = 0; turn < folds; turn++) {
    const model = yield* training(examples.filter((_, place) => fold(place) !== turn))
    answers.push(
      ...(yield* answering(
        model,
        examples.filter((_, place) => fold(place) === turn),
      )),
    )
  }
  return evaluationOf(answers)
}
