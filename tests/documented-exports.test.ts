import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageNames, root, sources } from './workspace/sources.ts'

type Entry = string | { readonly default: string }

/** The modules that a package exports, as their sources. */
function entriesOf(name: string): readonly string[] {
  const manifest = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')
  const { exports = {} } = JSON.parse(manifest) as { readonly exports?: Readonly<Record<string, Entry>> }
  return Object.values(exports)
    .map((entry) => (typeof entry === 'string' ? entry : entry.default))
    .filter((path) => path.endsWith('.js'))
    .map((path) => join('packages', name, path.replace('./dist/', 'src/').replace(/\.js$/, '.ts')))
}

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|type|interface|enum) (\w+)/

/** The names that a module declares and exports without a comment before them. */
function undocumented(text: string): readonly string[] {
  const lines = text.split('\n')
  const documented = new Set<string>()
  const without = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const name = declaration.exec(line)?.[1]
    if (name === undefined || documented.has(name)) continue
    if (lines[index - 1]?.trimEnd().endsWith('*/')) documented.add(name)
    else without.add(name)
  }
  return [...without].filter((name) => !documented.has(name))
}

type Reexport = readonly [module: string, names: readonly string[] | undefined]

const nameOf = (listed: string): string =>
  listed
    .trim()
    .replace(/^type /, '')
    .split(' as ')[0] ?? ''

/** What a module re-exports from others of its package, by their paths: some names, or all of them. */
const reexported = (path: string, text: string): readonly Reexport[] =>
  [...text.matchAll(/^export (?:\*|(?:type )?\{([^}]*)\}) from '(\.[^']+)'/gm)].map(([, names, from = '']) => [
    join(dirname(path), from),
    names
      ?.split(',')
      .map(nameOf)
      .filter((name) => name !== ''),
  ])

describe.each(packageNames)('@guichet/%s', (name) => {
  const texts = new Map(sources(`packages/${name}/src`).map(({ path, text }) => [path, text]))

  it('documents what it exports', () => {
    const visited = new Set<string>()
    /** Names without documentation; of a module alone those that are re-exported, if `names` are given. */
    const missing = (path: string, names?: readonly string[]): readonly string[] => {
      const text = texts.get(path)
      if (text === undefined || visited.has(`${path} ${names?.join()}`)) return []
      visited.add(`${path} ${names?.join()}`)
      const own = undocumented(text).filter((each) => names?.includes(each) ?? true)
      const further = reexported(path, text).flatMap(([module, each]) =>
        missing(module, names && each ? each.filter((one) => names.includes(one)) : (each ?? names)),
      )
      return [...own.map((each) => `${path}: ${each}`), ...further]
    }
    expect(entriesOf(name).flatMap((path) => missing(path))).toEqual([])
  })
})

it('finds an export without a comment, and none with one', () => {
  const text =
    '/** A. */\nexport type A = 1\nexport const b = 2\n\n/** C. */\nexport function c(): void\nexport function c(): void {}\n'
  expect(undocumented(text)).toEqual(['b'])
})
