import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the child that draws a preview is asked for. */
export type PreviewTask = { readonly from: string; readonly to: string }

/** Draws small pictures of pictures. */
export type Previewer = {
  /** Whether the package that draws is installed. */
  readonly available: boolean
  /**
   * Reads the picture in a file and writes a WebP of at most 640 by 640 pixels into another one. `prepare` puts the
   * picture there; it is called when its turn has come. Owners take turns.
   * @throws PreviewLater when its turn does not come in time; NoPreview when it is no picture, has more than 50 million pixels (20 million as AVIF), or takes too long or more
   * than 500 MB of memory; the error of `prepare`.
   */
  draw(task: PreviewTask, prepare: () => Promise<void>, owner: string): Promise<void>
}

/** There is no preview of the content. */
export class NoPreview extends Error {
  override readonly name = 'NoPreview'
  /** Whether that is known of the picture, and not due to a busy machine. */
  readonly isFinal: boolean
  constructor(message: string, { isFinal = true }: { readonly isFinal?: boolean } = {}) {
    super(message)
    this.isFinal = isFinal
  }
}

/** Other pictures are drawn first: the preview may be asked for again. */
export class PreviewLater extends Error {
  override readonly name = 'PreviewLater'
  /** After how many seconds those before it are likely to be drawn. */
  readonly afterSeconds: number
  constructor(afterSeconds: number) {
    super(`other pictures are drawn first; ask for the preview again in ${afterSeconds} seconds`)
    this.afterSeconds = afterSeconds
  }
}

/** How many pictures are drawn at once, each in a process of its own, and of these for one owner. */
export const drawnAtOnce = { all: 2, ofOwner: 1 } as const

/** For how long a picture waits for its turn, in milliseconds, and how many of one owner do. */
const patienceMs = 10_000
const mostWaiting = 8

/** The fewest and the most seconds after which a picture may be asked for again. */
const again = { least: 1, most: 60 } as const

/** Places, each held by one caller at a time, of which names take turns; undefined when none is free in time. */
type Turns = { take(patienceMs: number, name: string): Promise<(() => void) | undefined> }

type PreviewerOptions = {
  /** Where pictures wait for their turn. */
  readonly turns: Turns
  /** How long a picture may take, in milliseconds; 20,000 by default. */
  readonly withinMs?: number
  /** The milliseconds of a clock by which pictures are timed; those of the process by default. */
  readonly now?: () => number
}

/** Creates a previewer. Each picture is drawn in a process that ends with it, so that its memory is given back. */
export function createPreviewer({
  turns,
  withinMs = 20_000,
  now = () => performance.now(),
}: PreviewerOptions): Previewer {
  const waiting = new Map<string, number>()
  const waits = (owner: string, more: 1 | -1): number => {
    const count = (waiting.get(owner) ?? 0) + more
    if (count === 0) waiting.delete(owner)
    else waiting.set(owner, count)
    return count
  }
  /** How long a picture takes, in milliseconds: the later ones count most. */
  let usualMs = 1_000
  /** The seconds until those are drawn that wait now: of one owner, and of all. */
  const untilDrawn = (ofOwner: number): number => {
    const all = [...waiting.values()].reduce((sum, count) => sum + count, 0)
    const turns = Math.max(ofOwner / drawnAtOnce.ofOwner, all / drawnAtOnce.all)
    return Math.min(again.most, Math.max(again.least, Math.ceil((turns * usualMs) / 1_000)))
  }
  return {
    available: isInstalled(),
    draw: async (task, prepare, owner) => {
      const others = waiting.get(owner) ?? 0
      if (others >= mostWaiting) throw new PreviewLater(untilDrawn(others + 1))
      waits(owner, 1)
      const free = await turns.take(patienceMs, owner)
      const left = waits(owner, -1)
      if (!free) throw new PreviewLater(untilDrawn(left + 1))
      const begunAt = now()
      try {
        await prepare()
        await drawInChild(task, withinMs)
      } finally {
        usualMs = (3 * usualMs + now() - begunAt) / 4
        free()
      }
    },
  }
}

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('sharp')
    return true
  } catch {
    return false
  }
}

function drawInChild(task: PreviewTask, withinMs: number): Promise<void> {
  const built = fileURLToPath(new URL('./preview-child.js', import.meta.url))
  const program = existsSync(built) ? built : built.replace('/src/preview-child.js', '/dist/preview-child.js')
  return new Promise((resolve, reject) => {
    const child = fork(program, [], {
      execArgv: ['--max-old-space-size=256'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
    let reason: string | undefined
    let failure = 'the picture took too long or too much memory'
    child.on('message', (message) => (reason = String(message)))
    child.on('error', (error) => (failure = error.message))
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve()
      else reject(new NoPreview(reason ?? failure, { isFinal: reason !== undefined }))
    })
    child.send(task, () => undefined)
  })
}
