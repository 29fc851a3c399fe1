import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documents } from './documents/documents.ts'
import { fences } from './documents/markdown.ts'
import { matches } from './documents/transcript.ts'
import type { RunningServer } from './process/guichet.ts'
import { serve } from './process/guichet.ts'
import { root } from './workspace/sources.ts'

/** Below node_modules, so that a client imports its libraries as a reader would. */
const folder = join(root, `node_modules/.cache/guichet-clients-${process.pid}`)

const clients = documents.flatMap(({ path, text }) => {
  const blocks = fences(text)
  return blocks.flatMap(({ info, code, line }, index) => {
    const next = blocks[index + 1]
    if (info !== 'js served') return []
    if (next?.info !== 'text output') throw new Error(`${path}:${line} says nothing about what it prints`)
    return [{ name: `${path}:${line}`, file: `client-${line}.mjs`, code, output: next.code }]
  })
})

describe('the clients in the documents', () => {
  let home: string
  let server: RunningServer
  let tokens: Readonly<Record<string, string>>

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-clients-'))
    server = await serve({ GUICHET_HOME: home })
    const printed = JSON.parse(server.printed.out) as { tokens: Record<string, string> }
    tokens = Object.fromEntries(Object.entries(printed.tokens).map(([role, token]) => [role.toUpperCase(), token]))
    await mkdir(folder, { recursive: true })
  })

  afterAll(async () => {
    server.child.kill('SIGTERM')
    await server.exited
    for (const each of [home, folder]) await rm(each, { recursive: true, force: true })
  })

  it('exist', () => {
    expect(clients.length).toBeGreaterThan(1)
  })

  it.each(clients)('$name prints the output shown below it', async ({ file, code, output }) => {
    await writeFile(join(folder, file), code)
    const env = { PATH: process.env['PATH'], GUICHET_URL: server.url, ...tokens }
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, file)], { env, timeout: 50_000 })
    expect(matches(output, stdout) || stdout).toBe(true)
  })
})
