import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageNames, root, sources } from './workspace/sources.ts'

const exported = packageNames
  .flatMap((name) => sources(`packages/${name}/src`))
  .filter(({ isTest }) => !isTest)
  .flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class|type|interface) (\w+)/gm)].map(
      ([, name = '']) => ({ path, name }),
    ),
  )

/** The words of a name: `isEngineActor` consists of `is`, `engine` and `actor`. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')

/** The words in the last column of the glossary, each replaced by another word. */
const replaced = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .flatMap((line) => [...(line.split('|').at(-2) ?? '').matchAll(/`(\w+)`/g)].map(([, word = '']) => word))

it('no exported name contains a word that the glossary replaces', () => {
  expect(replaced.length).toBeGreaterThan(10)
  const wrong = exported.filter(({ name }) => wordsOf(name).some((word) => replaced.includes(word)))
  expect(wrong.map(({ path, name }) => `${path} exports ${name}`)).toEqual([])
})

it('no type is named by a participle alone', () => {
  const participle =
    /^(?:[A-Z][a-z]+ed|Known|Given|Sent|Taken|Shown|Kept|Found|Held|Begun|Made|Seen|Written|Drawn|Lost|Left)$/
  const nouns = ['Need', 'Feed', 'Seed', 'Speed']
  const wrong = [...packageNames.map((name) => `packages/${name}/src`), 'tools']
    .flatMap((folder) => sources(folder))
    .filter(({ path, isTest }) => !isTest && !/\/(?:testing|contract)\//.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:export )?(?:type|interface) (\w+)/gm)].map(([, name = '']) => ({ path, name })),
    )
    .filter(({ name }) => participle.test(name) && !nouns.includes(name))
  expect(wrong.map(({ path, name }) => `${path} has ${name}`)).toEqual([])
})

it('no local, parameter of one function or private function is named by a participle or an adjective alone', () => {
  const word = 'known|found|shown|given|asked|taken|begun|looked|wanted|held|kept|own'
  const declared = new RegExp(
    `\\b(?:const|let) (${word})\\b|\\bfunction\\*? (${word})\\(|\\((${word})(?:: [^,()]+)?\\) =>|(?<![\\w.] |[\\w.'])(${word}) =>`,
    'g',
  )
  const wrong = packageNames
    .flatMap((name) => sources(`packages/${name}/src`))
    .filter(({ path, isTest }) => !isTest && !/\/(?:testing|contract)\//.test(path))
    .flatMap(({ path, text }) => [...text.matchAll(declared)].map(([match]) => `${path}: ${match}`))
  expect(wrong).toEqual([])
})

it('every name in the glossary has a declaration', () => {
  const names = new Set(
    packageNames
      .flatMap((name) => sources(`packages/${name}/src`))
      .flatMap(({ text }) =>
        [...text.matchAll(/^(?:export )?(?:async )?(?:function\*?|const|class|type) (\w+)/gm)].map(([, name]) => name),
      ),
  )
  const given = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...(line.split('|').at(2) ?? '').matchAll(/`([a-z]*[A-Z]\w*|[a-z]+[A-Z]\w*)`/g)])
    .map(([, name = '']) => name)
  expect(given.filter((name) => !names.has(name))).toEqual([])
})
