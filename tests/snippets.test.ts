import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireBuild } from '@guichet/eventstore/testing'
import { documents } from './documents/documents.ts'
import { fences } from './documents/markdown.ts'
import { matches } from './documents/transcript.ts'
import { root } from './workspace/sources.ts'

const run = promisify(execFile)

/** Below node_modules, so that a snippet imports the built packages by the names a reader would. */
const folder = join(root, `node_modules/.cache/guichet-snippets-${process.pid}`)

const snippets = documents.flatMap(({ path, text }) => {
  const blocks = fences(text)
  return blocks.flatMap(({ info, code, line }, index) => {
    const next = blocks[index + 1]
    const output = next?.info === 'text output' ? next.code : undefined
    const file = `${path.replaceAll(/\W/g, '_')}_${line}`
    const snippet = { name: `${path}:${line}`, file, code, output }
    if (info === 'js') return [{ ...snippet, file: `${file}.js`, compiled: false, runs: true }]
    if (info === 'ts' || info === 'ts run') return [{ ...snippet, compiled: true, runs: info === 'ts run' }]
    return []
  })
})

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: ['node'],
}

describe('the code in the documents', () => {
  let errors = ''

  beforeAll(async () => {
    requireBuild()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    writeFileSync(join(folder, 'none.ts'), 'export {}\n')
    for (const { file, code, compiled } of snippets) {
      writeFileSync(join(folder, compiled ? `${file}.ts` : file), `${code}\nexport {}\n`)
    }
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    errors = await run(process.execPath, [compiler, '-p', folder, '--singleThreaded']).then(
      () => '',
      (failure: { stdout: string }) => failure.stdout,
    )
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('compiles against the built packages', () => {
    expect(errors).toBe('')
  })

  it.each(snippets.filter(({ runs }) => runs))(
    '$name runs',
    { timeout: 60_000 },
    async ({ file, compiled, output }) => {
      const { stdout } = await run(process.execPath, [join(folder, compiled ? `${file}.js` : file)])
      if (output !== undefined) expect(matches(output, stdout) || stdout).toBe(true)
    },
  )
})
