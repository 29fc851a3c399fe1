import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Source } from './sources.ts'
import { files, root } from './sources.ts'

const exporting = /^export (?:async )?(?:function\*?|const|let|class|type|interface) (\w+)/gm
const naming = /(?:import|export)\s+(?:type\s+)?(?:\w+\s*,\s*)?\{([^}]*)\}\s*from\s+'(\.[^']+)'/g
const lazily =
  /(?:const \{([^}]*)\} = await |\(await )?import\('(\.[^']+)'\)\)?(?:\.then\(\(\{([^}]*)\}\))?(?:\.(\w+))?/g
const wholesale = /export (?:type )?\*(?: as \w+)? from '(\.[^']+)'|import (?:type )?\* as \w+ from '(\.[^']+)'/g

/**
 * The exports that no other file imports, each as `path exports name`, and those that tests alone import, although their
 * own file does not use them either: what only its tests need is dead. Exports of a package's entry are for others, and
 * re-exported names count as used.
 * @param all the sources of the repository, including tests.
 * @param entries the paths of the packages' entries.
 */
export function unusedExports(all: readonly Source[], entries: ReadonlySet<string>): readonly string[] {
  const used = new Set<string>()
  const usedByTests = new Set<string>()
  const whole = new Set<string>()
  const scripts = files(join(root, 'packages'))
    .filter((path) => /\.m?js$/.test(path))
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))
  for (const { path, text, isTest } of [...all, ...scripts.map((script) => ({ ...script, isTest: false }))]) {
    const at = (specifier: string): string =>
      relative(root, resolve(root, dirname(path), specifier))
        .replace('/dist/', '/src/')
        .replace(/\.js$/, '.ts')
    const use = (names: string, specifier: string): void => {
      for (const name of names.split(',')) (isTest ? usedByTests : used).add(`${at(specifier)} exports ${nameOf(name)}`)
    }
    for (const [, names = '', specifier = ''] of text.matchAll(naming)) use(names, specifier)
    for (const [, constant, specifier = '', then, property] of text.matchAll(lazily)) {
      const names = constant ?? then ?? property
      if (names === undefined) whole.add(at(specifier))
      else use(names, specifier)
    }
    for (const [, exported, imported] of text.matchAll(wholesale)) whole.add(at(exported ?? imported ?? ''))
  }
  return all
    .filter(({ path, isTest }) => !isTest && path.startsWith('packages/') && !entries.has(path) && !whole.has(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(exporting)]
        .map(([, name = '']) => ({ name, exported: `${path} exports ${name}` }))
        .filter(
          ({ name, exported }) =>
            !used.has(exported) && !(usedByTests.has(exported) && (forTests.test(path) || isUsedWithin(text, name))),
        )
        .map(({ exported }) => exported),
    )
}

/** Files that exist for tests. */
const forTests = /\/(testing|contract)(\/|\.ts$)/

const isUsedWithin = (text: string, name: string): boolean =>
  text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '').split(new RegExp(`\\b${name}\\b`)).length > 2

/** `a` of `a`, `a as b`, `a: b` and `type a`. */
const nameOf = (imported: string): string =>
  imported
    .trim()
    .replace(/^type /, '')
    .split(/ as |:/)[0]
    ?.trim() ?? ''
