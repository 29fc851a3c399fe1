import { createTestDatabase } from '@guichet/eventstore/testing'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { document } from './documents/documents.ts'
import { links } from './documents/markdown.ts'
import type { Product } from './publish/product.ts'
import { createProduct, pack } from './publish/product.ts'
import type { PackageName } from './workspace/sources.ts'
import { manifest, packageNames, root } from './workspace/sources.ts'

/** Products with the same options check only the declarations that are new to them, or that import another one than before. */
const incremental = true

let archiveFolder: string
/** One product for all parts of the file, which install more and more. */
let product: Product
let contents: ReadonlyMap<string, readonly string[]>

beforeAll(async () => {
  archiveFolder = await mkdtemp(join(tmpdir(), 'guichet-archives-'))
  const packed = await pack(archiveFolder)
  contents = packed.contents
  product = await createProduct(packed.archives)
})

afterAll(async () => {
  await product.remove()
  await rm(archiveFolder, { recursive: true, force: true })
})

describe.each(packageNames)('@guichet/%s', (name) => {
  it('packs its code, its types, a readme, the changelog and the licence, and no tests or maps', () => {
    const paths = contents.get(name) ?? []
    const needed = ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']
    expect(needed.filter((path) => !paths.includes(path))).toEqual([])
    expect(paths.filter((path) => /\.test\.|tsbuildinfo|\.map$|^src\//.test(path))).toEqual([])
  })
  it('has a readme whose links stay in the package', () => {
    const { text } = document(`packages/${name}/README.md`)
    const inside = new Set(contents.get(name))
    expect(links(text).filter((target) => !/^(https:|#)/.test(target) && !inside.has(target))).toEqual([])
  })

  it('references no source map that it does not pack', () => {
    const scripts = (contents.get(name) ?? []).filter((path) => path.endsWith('.js'))
    const mapped = scripts.filter((path) =>
      /^\/\/# sourceMappingURL=(?!data:)/m.test(readFileSync(join(root, 'packages', name, path), 'utf8')),
    )
    expect(mapped).toEqual([])
  })
})

describe('@guichet/workflows', () => {
  it('packs its workflows in a bundle, so that no worker has to build one', () => {
    const bundle = /^dist\/temporal\/workflow-bundle-\d+\.\d+\.\d+\.js$/
    expect(contents.get('workflows')?.filter((path) => bundle.test(path))).toHaveLength(1)
  })
})

describe('a product that embeds the domain alone', () => {
  beforeAll(async () => {
    await product.install(['domain'])
    await cp(join(root, 'examples/embed-the-domain'), join(product.folder, 'example'), { recursive: true })
    await product.write('main.ts', importing(entriesOf('domain')))
    await product.write('tsconfig.json', JSON.stringify(strictly({ types: [], lib: ['es2023', 'dom'] }, ['main.ts'])))
  })

  it('installs zod and nothing else', async () => {
    const tree = JSON.parse(await product.run('npm', 'ls', '--all', '--json')) as {
      dependencies: Record<string, object>
    }
    expect(tree.dependencies).toMatchObject({ '@guichet/domain': { dependencies: { zod: expect.anything() } } })
    expect(Object.keys(tree.dependencies)).toEqual(['@guichet/domain'])
  })

  it('compiles for a browser, with every declaration checked', async () => {
    expect(await product.compile()).toEqual([])
  })

  it('runs the example', async () => {
    expect(await product.run(process.execPath, 'example/index.mjs')).toContain('TicketClosed')
    expect(await product.run(process.execPath, 'example/rules.mjs')).toBe('')
  })
})

describe('a product that takes the event store and the read models', () => {
  beforeAll(async () => {
    const names = ['domain', 'eventstore', 'knowledge', 'projections'] as const
    await product.install(names)
    await product.write('main.ts', importing(names.flatMap(entriesOf)))
    await product.write('tsconfig.json', JSON.stringify(strictly({ types: ['node'], incremental }, ['main.ts'])))
  })

  it('compiles with every declaration checked', async () => {
    expect(await product.compile()).toEqual([])
  })
})

const onTemporal = '@guichet/workflows/temporal'

describe('a product that takes every package', () => {
  const entries = packageNames.flatMap(entriesOf).filter((entry) => entry !== onTemporal)

  beforeAll(async () => {
    await product.install(packageNames)
    await product.write('main.ts', importing(entries))
    await product.write('tsconfig.json', JSON.stringify(strictly({ types: ['node'], incremental }, ['main.ts'])))
  })

  it('compiles against the types of every entry, with every declaration checked, and runs', async () => {
    expect(await product.compile()).toEqual([])
    const lines = (await product.run(process.execPath, 'main.js')).trim().split('\n')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(entries)
    expect(lines.filter((line) => line.endsWith(' 0'))).toEqual([])
  })

  it('has the command line', async () => {
    expect(await product.run(join(product.folder, 'node_modules/.bin/guichet'), '--version')).toContain(
      manifest('.').version,
    )
  })

  it('installs no client of an optional service, and names the package to install when one is configured', async () => {
    const clients = ['@temporalio', '@eventstore', '@grpc', '@opentelemetry/sdk-trace-node', 'webpack', '@swc/core']
    expect(clients.filter((name) => existsSync(join(product.folder, 'node_modules', name)))).toEqual([])
    const guichet = join(product.folder, 'node_modules/.bin/guichet')
    const database = await createTestDatabase()
    const DATABASE_URL = database.url
    const temporal = await product.failure({ DATABASE_URL, TEMPORAL_ADDRESS: '127.0.0.1:7233' }, guichet, 'stats')
    expect(temporal).toMatch(/^error package_missing: .*npm install @temporalio\/activity@1 @temporalio\/client@1 /)
    const store = await product.failure({ DATABASE_URL, EVENTSTORE_URL: 'esdb://127.0.0.1:1' }, guichet, 'stats')
    expect(store).toMatch(/^error package_missing: .*npm install @eventstore\/db-client@6 @grpc\/grpc-js@1/)
    await database.drop()
  })
})

describe('a product that chooses Temporal', () => {
  beforeAll(async () => {
    const { peerDependencies } = manifest('packages/workflows')
    const clients = Object.keys(peerDependencies).filter((name) => /^@temporalio\/(?!testing)/.test(name))
    await product.install(packageNames, clients)
    await product.write('main.ts', importing([onTemporal]))
    // The declarations of Temporal's client are strict, but not for exact optional properties.
    const options = { types: ['node'], exactOptionalPropertyTypes: false }
    await product.write('tsconfig.json', JSON.stringify(strictly(options, ['main.ts'])))
  })

  it('compiles against its types, with every declaration checked, and runs', async () => {
    expect(await product.compile()).toEqual([])
    expect(await product.run(process.execPath, 'main.js')).toMatch(/^@guichet\/workflows\/temporal [1-9]/)
  })
})

/** The entries of a package that need only its dependencies; contract suites and test support need vitest. */
function entriesOf(name: PackageName): readonly string[] {
  return Object.keys(manifest(`packages/${name}`).exports)
    .map((entry) => `@guichet/${name}${entry.slice(1)}`)
    .filter((entry) => name === 'domain' || !/\/(contract|testing)$/.test(entry))
}

/** A program that imports each entry and prints the number of its exports. */
function importing(entries: readonly string[]): string {
  return entries
    .map((entry, n) => `import * as e${n} from '${entry}'\nconsole.log('${entry}', Object.keys(e${n}).length)`)
    .join('\n')
}

function strictly(more: object, include: readonly string[]): object {
  const options = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
  }
  return { compilerOptions: { ...options, ...more }, include }
}
