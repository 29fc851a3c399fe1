import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { pipeline as piped } from 'node:stream/promises'
import split from 'split2'

/** What is put into the order of its time. */
export type Timed<T> = { readonly at: number; readonly value: T }

/** So many sorted files are merged at once: of each the next values are in memory. */
const maxRuns = 16

/** A value with its place among all of them. */
type Placed<T> = Timed<T> & { readonly place: number }

/**
 * Puts values into the order of their time, however many: at most `maxBytes` of them, as JSON, are in memory at once; the
 * others wait in sorted files of a temporary folder, which is removed in the end, and of which sixteen at most are read at once. Values of one time stay in the order in
 * which they came, or come in the opposite one when `newestFirst`. A value is read again as JSON has it.
 */
export async function* inTimeOrder<T>(
  values: AsyncIterable<Timed<T>>,
  { newestFirst = false, maxBytes = 32 * 1024 * 1024 }: { newestFirst?: boolean; maxBytes?: number } = {},
): AsyncGenerator<T> {
  const compare = (a: Placed<unknown>, b: Placed<unknown>): number =>
    a.at - b.at || (newestFirst ? b.place - a.place : a.place - b.place)
  const folder = await mkdtemp(join(tmpdir(), 'guichet-order-'))
  try {
    const runs: string[] = []
    let lines: { readonly key: Placed<undefined>; readonly text: string }[] = []
    const sorted = (): string[] => lines.sort((a, b) => compare(a.key, b.key)).map(({ text }) => text)
    let bytes = 0
    let place = 0
    for await (const { at, value } of values) {
      const placed: Placed<T> = { at, place: place++, value }
      const text = JSON.stringify(placed)
      lines.push({ key: { at, place: placed.place, value: undefined }, text })
      bytes += text.length
      if (bytes < maxBytes) continue
      const run = join(folder, String(place))
      await writeFile(
        run,
        sorted().map((line) => `${line}\n`),
      )
      runs.push(run)
      lines = []
      bytes = 0
      if (runs.length === maxRuns)
        runs.splice(0, maxRuns, await mergedInto(join(folder, `merged-${place}`), runs, compare))
    }
    const parsed = (text: string): Placed<T> => JSON.parse(text) as Placed<T>
    const last = sorted()
    lines = []
    const sources = [...runs.map((run) => readRun<T>(run)), fromLines(last, parsed)]
    for await (const { value } of merged(sources, compare)) yield value
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function* fromLines<T>(lines: readonly string[], parsed: (text: string) => Placed<T>): AsyncGenerator<Placed<T>> {
  for (const line of lines) yield parsed(line)
}

/** Merges sorted files into one, and removes them. */
async function mergedInto(
  file: string,
  runs: readonly string[],
  compare: (a: Placed<unknown>, b: Placed<unknown>) => number,
): Promise<string> {
  const values = merged(
    runs.map((run) => readRun<unknown>(run)),
    compare,
  )
  const lines = async function* (): AsyncGenerator<string> {
    for await (const value of values) yield `${JSON.stringify(value)}\n`
  }
  await piped(Readable.from(lines(), { highWaterMark: 1 }), createWriteStream(file))
  for (const run of runs) await rm(run)
  return file
}

/** Reads a sorted file, no further ahead than a part of it that is read at once. */
async function* readRun<T>(file: string): AsyncGenerator<Placed<T>> {
  const lines: AsyncIterable<string> = pipeline(
    createReadStream(file),
    split({ readableHighWaterMark: 1 }),
    () => undefined,
  )
  for await (const line of lines) yield JSON.parse(line) as Placed<T>
}

/** Takes the first of what the sources have next, again and again; there are few of them. */
async function* merged<T>(
  sources: readonly AsyncGenerator<Placed<T>>[],
  compare: (a: Placed<T>, b: Placed<T>) => number,
): AsyncGenerator<Placed<T>> {
  const heads = new Map<AsyncGenerator<Placed<T>>, Placed<T>>()
  const advance = async (source: AsyncGenerator<Placed<T>>): Promise<void> => {
    const next = await source.next()
    if (next.done) heads.delete(source)
    else heads.set(source, next.value)
  }
  try {
    for (const source of sources) await advance(source)
    for (;;) {
      let first: [AsyncGenerator<Placed<T>>, Placed<T>] | undefined
      for (const head of heads) if (!first || compare(head[1], first[1]) < 0) first = head
      if (!first) return
      yield first[1]
      await advance(first[0])
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)))
  }
}
