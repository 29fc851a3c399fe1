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
   * picture there; it is called when its turn has come.
   * @throws NoPreview when it is no picture, has more than 50 million pixels (20 million as AVIF), or takes too long or more
   * than 500 MB of memory; the error of `prepare`.
   */
  draw(task: PreviewTask, prepare: () => Promise<void>): Promise<void>
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

/** How many pictures are drawn at once, each in a process of its own. */
const atOnce = 2

type PreviewerOptions = {
  /** How long a picture may take, in milliseconds; 20,000 by default. */
  readonly withinMs?: number
}

/** Creates a previewer. Each picture is drawn in a process that ends with it, so that its memory is given back. */
export function createPreviewer({ withinMs = 20_000 }: PreviewerOptions = {}): Previewer {
  let running = 0
  const waiting: (() => void)[] = []
  return {
    available: isInstalled(),
    draw: async (task, prepare) => {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running++
      try {
        await prepare()
        await drawInChild(task, withinMs)
      } finally {
        const next = waiting.shift()
        if (next) next()
        else running--
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
