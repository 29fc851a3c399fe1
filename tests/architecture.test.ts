import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cycles } from './workspace/cycles.ts'
import type { PackageName, Source } from './workspace/sources.ts'
import { manifest, packageNames, packageOf, root, sources } from './workspace/sources.ts'
import { unusedExports } from './workspace/unused-exports.ts'

/** The packages that each package may import, and the reason against the others (docs/architecture.md). */
const rooms: Readonly<Record<PackageName, { readonly imports: readonly PackageName[]; readonly reason: string }>> = {
  domain: { imports: [], reason: 'the domain is true without a machine, and can be embedded alone' },
  eventstore: { imports: ['domain'], reason: 'a store keeps events; it knows nothing of who reads them' },
  knowledge: { imports: ['domain'], reason: 'what a text says is the same for a read model and for a reader' },
  projections: {
    imports: ['domain', 'eventstore', 'knowledge'],
    reason: 'read models follow the events; nothing acts from there',
  },
  desk: {
    imports: ['domain', 'projections'],
    reason: 'what a desk is run by is the same for a person, a program and a file',
  },
  workflows: {
    imports: ['domain', 'eventstore', 'projections'],
    reason: 'time and effects work the same whoever asks: no API, no command line',
  },
  files: {
    imports: ['domain', 'eventstore'],
    reason: 'the bytes of files are kept and checked whatever they are attached to',
  },
  console: { imports: [], reason: 'browsers load it: it knows the server by its API alone' },
  activity: { imports: [], reason: 'sites and services of others load it: it knows the server by one address alone' },
  import: {
    imports: ['domain', 'eventstore', 'knowledge', 'projections', 'desk', 'files'],
    reason: 'a history becomes events, whoever brings it',
  },
  api: {
    imports: ['domain', 'eventstore', 'knowledge', 'projections', 'desk', 'workflows', 'files', 'console'],
    reason: 'GraphQL is served by whatever process starts it',
  },
  cli: {
    imports: ['domain', 'eventstore', 'projections', 'desk', 'workflows', 'files', 'console', 'import', 'api'],
    reason: 'it is the outermost room',
  },
}

/** The composition roots, where the adapters are chosen: the only product code that may name one. */
const compositionRoots = ['packages/cli/src/engine']

/** Contract suites and test support: published for other adapters and products, and use real parts. */
const testSupport = /\/src\/(?:[\w-]+\/)*(?:contract|testing)$/

/** The concepts of the domain, each with an entry of its own. */
const concepts = Object.keys(manifest('packages/domain').exports)
  .filter((entry) => !['.', './testing'].includes(entry))
  .map((entry) => entry.replace('./', ''))

/** The entries that commands import before they run: they load nothing but the domain. */
const small = [
  '@guichet/domain',
  ...concepts.map((concept) => `@guichet/domain/${concept}`),
  '@guichet/desk',
  '@guichet/api/auth',
  '@guichet/import/encodings',
  '@guichet/import/faults',
]

/** The factories of adapters. Only their own package and composition roots may name them. */
const adapters = [
  'postgresStore',
  'eventStoreDbStore',
  'startEmbeddedPostgres',
  'embeddedClock',
  'temporalClock',
  'embeddedDelivery',
  'temporalDelivery',
  'webhookTransport',
  'smtpTransport',
  'postgresBus',
  'reactions',
  'leasedRouter',
  'folderStorage',
  's3Storage',
  'clamdScanner',
  'openFiles',
]

/** A file holds one concept and reads top to bottom: 100 to 400 lines are normal. */
const maxLines = { source: 450, test: 500 }

/** The entries that other packages and products import. */
const entries = new Set(
  packageNames.flatMap((name) =>
    Object.values(manifest(`packages/${name}`).exports).map(({ default: at = '' }) =>
      join(`packages/${name}`, at).replace('/dist/', '/src/').replace(/\.js$/, '.ts'),
    ),
  ),
)

const product = (name: PackageName): readonly Source[] => sources(`packages/${name}/src`).filter((file) => !file.isTest)
const isRelative = (specifier: string): boolean => specifier.startsWith('.')

describe.each(packageNames)('packages/%s', (name) => {
  it('imports only the packages that the architecture allows', () => {
    const { imports, reason } = rooms[name]
    const allowed = new Set([name, ...imports].map((other) => `@guichet/${other}`))
    const forbidden = product(name).flatMap(({ path, imports: specifiers }) =>
      specifiers
        .filter((specifier) => specifier.startsWith('@guichet/') && !allowed.has(packageOf(specifier)))
        .map((specifier) => `${path} imports ${specifier}, but ${reason}`),
    )
    expect(forbidden).toEqual([])
  })

  it('imports other packages by their published entries', () => {
    const outside = sources(`packages/${name}/src`).flatMap(({ path, imports }) =>
      imports
        .filter(isRelative)
        .filter((specifier) => !resolve(dirname(path), specifier).startsWith(resolve(`packages/${name}/`)))
        .map((specifier) => `${path} imports ${specifier} past its package's border`),
    )
    expect(outside).toEqual([])
  })

  it('declares its imports', () => {
    const { name: self, dependencies, peerDependencies } = manifest(`packages/${name}`)
    const declared = new Set([self, ...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    const undeclared = product(name).flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => !isRelative(specifier) && !specifier.startsWith('node:'))
        .map(packageOf)
        .filter((needed) => !declared.has(needed))
        .map((needed) => `${path} imports ${needed}, which packages/${name}/package.json does not declare`),
    )
    expect(undeclared).toEqual([])
  })

  it('has no circles among its folders and the files beside them, nor among the folders of a folder', () => {
    const graphs = new Map<string, Map<string, Set<string>>>()
    for (const { path, runtimeImports } of product(name)) {
      for (const specifier of runtimeImports.filter(isRelative)) {
        const from = path.split('/')
        const to = relative(root, resolve(root, dirname(path), specifier)).split('/')
        const common = from.findIndex((part, index) => part !== to[index])
        const folder = from.slice(0, common).join('/')
        const graph = graphs.get(folder) ?? new Map<string, Set<string>>()
        const [place = '', other = ''] = [from[common], to[common]]
        graphs.set(folder, graph.set(place, (graph.get(place) ?? new Set()).add(other)))
      }
    }
    const foldersOf = (cycle: string): number =>
      new Set(cycle.split(' → ').filter((node) => !node.endsWith('.ts'))).size
    const circles = [...graphs].flatMap(([folder, graph]) => cycles(graph).map((cycle) => ({ folder, cycle })))
    const wrong = circles.filter(({ folder, cycle }) => folder === `packages/${name}/src` || foldersOf(cycle) > 1)
    expect(wrong).toEqual([])
  })

  it('has no files that import each other in a circle, type imports included', () => {
    const graph = new Map<string, Set<string>>()
    for (const { path, imports } of product(name)) {
      const places = imports
        .filter(isRelative)
        .map((specifier) => relative(root, resolve(root, dirname(path), specifier)))
      graph.set(path, new Set(places))
    }
    expect(cycles(graph)).toEqual([])
  })
})

describe('the domain', () => {
  it('imports nothing but zod', () => {
    const foreign = product('domain').flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => !isRelative(specifier) && specifier !== 'zod')
        .map((specifier) => `${path} imports ${specifier}, but ${rooms.domain.reason}`),
    )
    expect(foreign).toEqual([])
  })

  it('gets the time as a parameter and never reads a clock', () => {
    const asking = product('domain')
      .filter(({ text }) =>
        /new Date\(\s*\)|Date\.now|Math\.random|performance\.now|crypto\./.test(withoutComments(text)),
      )
      .map(({ path }) => path)
    expect(asking).toEqual([])
  })

  it('has an entry for each of its folders, and exports all of them from the entry of the package', () => {
    const folders = product('domain').flatMap(({ path }) => /^packages\/domain\/src\/([\w-]+)\//.exec(path)?.[1] ?? [])
    expect(concepts).toEqual([...new Set(folders)].filter((folder) => folder !== 'testing').sort())
    const { text } = product('domain').find(({ path }) => path === 'packages/domain/src/index.ts') ?? { text: '' }
    expect(text.trim().split('\n')).toEqual(concepts.map((concept) => `export * from './${concept}/index.ts'`))
  })

  it('declares nothing in its entries, and imports them nowhere but in the entry of the package', () => {
    const declaring = product('domain')
      .filter(({ path, text }) => entries.has(path) && /^(?!export (?:type )?[{*]|[ }])./m.test(text))
      .map(({ path }) => `${path} holds more than exports of other files`)
    const importing = product('domain')
      .filter(({ path }) => path !== 'packages/domain/src/index.ts')
      .flatMap(({ path, imports }) =>
        imports
          .filter((specifier) => isRelative(specifier) && entries.has(join(dirname(path), specifier)))
          .map((specifier) => `${path} imports ${specifier}: import the file that declares it`),
      )
    expect([...declaring, ...importing]).toEqual([])
  })

  it('is compiled without the types of any runtime', () => {
    const config = readFileSync(join(root, 'packages/domain/tsconfig.json'), 'utf8')
    expect(JSON.parse(config)).toMatchObject({ compilerOptions: { types: [] } })
    expect(product('domain').filter(({ text }) => text.includes('<reference'))).toEqual([])
  })
})

describe('the tools, which are never published', () => {
  const bench = sources('tools/bench/src').filter((file) => !file.isTest)

  it('are imported by no package', () => {
    const inside = packageNames.flatMap((name) =>
      sources(`packages/${name}/src`).filter(({ imports }) =>
        imports.some((specifier) => specifier.includes('tools/')),
      ),
    )
    expect(inside.map(({ path }) => path)).toEqual([])
  })

  it('import packages by their published entries, in the bench, which is built', () => {
    expect(bench.length).toBeGreaterThan(0)
    const outside = bench.flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => isRelative(specifier) && !join(dirname(path), specifier).startsWith('tools/bench/src/'))
        .map((specifier) => `${path} imports ${specifier}`),
    )
    expect(outside).toEqual([])
  })

  it('declare what they import, in the bench, among the development tools of the repository', () => {
    const declared = new Set(Object.keys(manifest('.').devDependencies))
    const undeclared = bench.flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => !isRelative(specifier) && !/^(node:|@guichet\/)/.test(specifier))
        .map(packageOf)
        .filter((needed) => !declared.has(needed))
        .map((needed) => `${path} imports ${needed}, which package.json does not declare`),
    )
    expect(undeclared).toEqual([])
  })
})

describe('the parser of articles', () => {
  it('is loaded for the first article alone', () => {
    const early = (['projections', 'api'] as const).flatMap((name) =>
      product(name)
        .filter(({ text }) => /^(?:import|export) (?!type\b)[^\n]{0,500} from '@guichet\/knowledge'/m.test(text))
        .map(({ path }) => `${path} loads @guichet/knowledge before there is an article: import() it`),
    )
    expect(early).toEqual([])
    expect(product('knowledge').some(({ imports }) => imports.includes('markdown-it'))).toBe(true)
  })
})

describe('the command line', () => {
  it('loads a command only when it runs', () => {
    const early = sources('packages/cli/src/command-line/commands').flatMap(({ path, text }) =>
      [...text.matchAll(/^import (?!type\b)(?:\{[^}]*\}|\w+) from '(@guichet\/[^']+|\.\.\/work\/[^']+)'/gm)]
        .filter(([, imported = '']) => !small.includes(imported))
        .map(([, imported]) => `${path} imports ${imported}: import() it in the action`),
    )
    expect(early).toEqual([])
  })

  it.each(small)('loads nothing but the domain with %s', (specifier) => {
    const loaded = loadedBy(entryOf(specifier))
    expect(loaded.size).toBeGreaterThan(0)
    const others = [...loaded].filter((each) => each.startsWith('@guichet/') && !small.includes(each))
    expect(others).toEqual([])
  })
})

/** The source file of an entry of a package. */
function entryOf(specifier: string): string {
  const [, name = '', entry] = specifier.split('/')
  return join(`packages/${name}/src`, entry ?? '', 'index.ts')
}

/** What a source file loads, with what the files of its package load that it imports: files, and modules of others. */
function loadedBy(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  for (const specifier of everyProduct().get(path)?.runtimeImports ?? []) {
    const place = isRelative(specifier) ? join(dirname(path), specifier) : specifier
    if (loaded.has(place)) continue
    loaded.add(place)
    if (isRelative(specifier)) loadedBy(place, loaded)
  }
  return loaded
}

let products: ReadonlyMap<string, Source> | undefined
const everyProduct = (): ReadonlyMap<string, Source> =>
  (products ??= new Map(packageNames.flatMap(product).map((file) => [file.path, file])))

describe('every source file', () => {
  const all = [
    ...packageNames.flatMap((name) => sources(`packages/${name}`)),
    ...sources('tools'),
    ...sources('tests'),
    ...sources('examples'),
  ]

  it('is short enough to read at one sitting', () => {
    const tooLong = all
      .filter(({ lines, isTest }) => lines > (isTest ? maxLines.test : maxLines.source))
      .map(({ path, lines }) => `${path} has ${lines} lines`)
    expect(tooLong).toEqual([])
  })

  it('exports nothing that no file imports', () => {
    expect(unusedExports(all, entries)).toEqual([])
  })

  it('is in a folder named after a concept', () => {
    const vague = /(^|\/)(utils?|helpers?|common|shared|misc|lib|managers?)(\/|$)/
    expect(all.map(({ folder }) => folder).filter((folder) => vague.test(folder))).toEqual([])
  })

  it('names an adapter only in its own package, a composition root or a test', () => {
    const known = all
      .filter(({ isTest, path }) => !isTest && /^packages\/\w+\/src\//.test(path))
      .filter(({ folder }) => !testSupport.test(folder) && !compositionRoots.some((place) => folder.startsWith(place)))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^import (?!type)\{([^}]*)\} from '@guichet\/(?:eventstore|workflows(?:\/temporal)?)'/gm)]
          .flatMap(([, names]) => (names ?? '').split(',').map((imported) => imported.trim()))
          .filter((imported) => adapters.includes(imported))
          .map(
            (adapter) => `${path} names ${adapter}: which adapter is behind a port is the composition root's to know`,
          ),
      )
    expect(known).toEqual([])
  })
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}
