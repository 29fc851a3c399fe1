import { parentPort } from 'node:worker_threads'
import { eld } from 'eld/extrasmall'
import type { DetectionAnswer, DetectionQuestion } from './language-detector.ts'

eld.enableTextCleanup(true)

parentPort?.on('message', ({ id, text, among }: DetectionQuestion) => {
  eld.setLanguageSubset(among)
  const result = eld.detect(text)
  const detected = result.isReliable() ? { language: result.language, scores: result.getScores() } : undefined
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ id, detected } satisfies DetectionAnswer)
})
