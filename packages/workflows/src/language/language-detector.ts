import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { DetectedLanguage, LanguageDetector } from '@guichet/domain'

/** A text whose language the thread is asked for. */
export type DetectionQuestion = { readonly id: number; readonly text: string; readonly among: readonly string[] }

/** The answer to the question of this id. */
export type DetectionAnswer = { readonly id: number; readonly detected: DetectedLanguage | undefined }

type DetectorOptions = {
  /** How long an answer may take, in milliseconds; 5,000 by default: the first one waits for the thread. */
  readonly withinMs?: number
  /** After how many milliseconds without a question the thread ends; 60,000 by default. */
  readonly idleMs?: number
}

/** The languages that eld can tell. */
const languages: ReadonlySet<string> = new Set(
  (
    'am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl ' +
    'no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh'
  ).split(' '),
)

/** How much of a text is looked at, in UTF-16 units, and how many texts wait at most: what is beyond is not told. */
const most = { characters: 10_000, waiting: 200 } as const

/**
 * A detector of languages by eld, in a thread of its own: loaded for the first text, ended when there is none for a
 * while, and replaced when it does not answer in time.
 */
export function languageDetector({ withinMs = 5_000, idleMs = 60_000 }: DetectorOptions = {}): LanguageDetector & {
  stop(): Promise<void>
} {
  const waiting = new Map<number, (detected: DetectedLanguage | undefined) => void>()
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0
  let isStopped = false

  const end = async (): Promise<void> => {
    clearTimeout(idle)
    const ended = thread
    thread = undefined
    for (const answer of waiting.values()) answer(undefined)
    await ended?.terminate()
  }
  const start = (): Worker => {
    const started = new Worker(threadProgram(), { resourceLimits: { maxOldGenerationSizeMb: 256 } })
    const lost = (): void => {
      if (thread === started) void end()
    }
    started.on('message', ({ id, detected }: DetectionAnswer) => waiting.get(id)?.(detected))
    started.on('error', lost)
    started.on('exit', lost)
    return started
  }
  const rest = (): void => {
    if (waiting.size > 0) return
    thread?.unref()
    idle = setTimeout(() => void end(), idleMs).unref()
  }
  return {
    languages,
    detect: (text, among = []) => {
      if (isStopped || waiting.size >= most.waiting) return Promise.resolve(undefined)
      clearTimeout(idle)
      thread ??= start()
      thread.ref()
      const id = ++lastId
      return new Promise((resolve) => {
        const late = setTimeout(() => void end(), withinMs)
        waiting.set(id, (detected) => {
          clearTimeout(late)
          waiting.delete(id)
          rest()
          resolve(detected)
        })
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        thread?.postMessage({ id, text: text.slice(0, most.characters), among } satisfies DetectionQuestion)
      })
    },
    stop: () => {
      isStopped = true
      return end()
    },
  }
}

/** The compiled program of the thread, also where the sources run. */
function threadProgram(): string {
  const built = fileURLToPath(new URL('./detector-thread.js', import.meta.url))
  return existsSync(built) ? built : built.replace('/src/language/', '/dist/language/')
}
