import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createPermits } from '../permits.ts'

/** How long a PDF may take, in milliseconds. */
const withinMs = 120_000

/** Two transcripts are made at once; others wait. */
const places = createPermits(2)

/** How much of a PDF waits for its reader, in bytes: most PDFs fit, so that a slow reader does not hold the process that makes it. */
const pdfBuffer = 4 * 1024 * 1024

/** The program that makes a PDF has ended without one. */
export class NoPdf extends Error {
  override readonly name = 'NoPdf'
  /** How the program ended: the code of its exit, null if it was killed. */
  readonly exitCode: number | null
  constructor(exitCode: number | null) {
    super('the PDF could not be made')
    this.exitCode = exitCode
  }
}

type PdfOptions = {
  /** How long the program may run, in milliseconds. */
  readonly limitMs?: number
  /** Waits for a place among those who make PDFs, and returns what frees it: one of the two for transcripts by default. */
  readonly takePlace?: () => Promise<(() => void) | undefined>
}

/**
 * The PDF that a program makes of its input, in a process of its own, in bounded memory and time. The stream fails if the
 * input or that process does (`NoPdf`), and ends when it is destroyed.
 * @param program the program as it is built.
 */
export function pdfBy(
  program: URL,
  input: AsyncIterable<string>,
  { limitMs = withinMs, takePlace = () => places.take(Infinity) }: PdfOptions = {},
): Readable {
  const content = new PassThrough({ highWaterMark: pdfBuffer })
  const make = async (): Promise<void> => {
    const free = await takePlace()
    try {
      if (!content.destroyed) await printInChild(program, input, content, limitMs)
    } finally {
      free?.()
    }
  }
  make().catch((error: unknown) => content.destroy(error instanceof Error ? error : new Error(String(error))))
  return content
}

async function printInChild(
  program: URL,
  input: AsyncIterable<string>,
  content: PassThrough,
  limitMs: number,
): Promise<void> {
  const built = fileURLToPath(program)
  const path = existsSync(built) ? built : built.replace('/api/src/', '/api/dist/')
  // What it prints is hostile: it learns nothing of the environment, with its secrets.
  const child = spawn(process.execPath, ['--max-old-space-size=256', path], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const kill = (): void => void child.kill('SIGKILL')
  content.once('close', kill)
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new NoPdf(code))))
  })
  try {
    const writing = pipeline(Readable.from(input), child.stdin)
    const reading = pipeline(child.stdout, content, { end: false })
    await Promise.all([writing, reading, ended])
    content.end()
  } finally {
    clearTimeout(timer)
    content.off('close', kill)
    child.kill('SIGKILL')
  }
}
