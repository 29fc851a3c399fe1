import { modelClassifier, train } from '@guichet/domain'
import { evaluateFiles, labelledFile } from '@guichet/cli'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import { median } from '../ground.ts'
import { findPublishedIntents, publishedIntents } from '../published.ts'

const targets = { accuracy: 89, seconds: 60, texts: 1_000 }

/** Measures the accuracy of a model trained on published questions, its training time, and how many texts it classifies per second. */
export async function classify({ effort }: Bench): Promise<readonly Figure[]> {
  const files = findPublishedIntents()
  if (files === undefined) {
    const reason = `needs ${publishedIntents.source}: say where its folder is in ${publishedIntents.variable}`
    return [
      skipped('classify-accuracy', '%', targets.accuracy, reason),
      skipped('classify-learn', 's', targets.seconds, reason),
      skipped('classify', 'texts/s', targets.texts, reason),
    ]
  }
  const { signal } = new AbortController()
  const { accuracy, seconds } = await evaluateFiles({ ...files, signal })
  const classifier = modelClassifier(train(await labelledFile(files.train, signal)))
  const texts = await labelledFile(files.test, signal)
  const rates: number[] = []
  for (let round = 0; round <= effort.rounds; round++) {
    const started = performance.now()
    let done = 0
    while (performance.now() - started < effort.seconds * 1_000) {
      await classifier.classify({ subject: texts[done++ % texts.length]?.text ?? '', body: '' })
    }
    if (round > 0) rates.push((done * 1_000) / (performance.now() - started))
  }
  return [
    figure('classify-accuracy', '%', accuracy * 100, { target: targets.accuracy }),
    figure('classify-learn', 's', seconds, { target: targets.seconds }),
    figure('classify', 'texts/s', median(rates), { target: targets.texts }),
  ]
}
