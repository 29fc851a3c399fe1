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

/** Product code, without tests and what supports them. */
const product = packageNames
  .flatMap((name) => sources(`packages/${name}/src`))
  .filter(({ path, isTest }) => !isTest && !/\/(?:testing|contract)\//.test(path))

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
  const wrong = product.flatMap(({ path, text }) => [...text.matchAll(declared)].map(([match]) => `${path}: ${match}`))
  expect(wrong).toEqual([])
})

/** Words that say nothing of what they name. */
const emptyWord = 'known|found|shown|given|kept|own'

it('no destructured name is a participle or an adjective alone', () => {
  // `kept` is a field of a stored event and of its command.
  const exceptions = ['packages/domain/src/history-import.ts: kept']
  const pattern = /\{([^{}]*)\}|\b(?:const|let) \[([^\]]*)\]/g
  const part = new RegExp(`^(?:\\.\\.\\.|\\w+: )?(${emptyWord})(?: = |$)`)
  const wrong = product.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)]
      .flatMap(([, fields, entries]) => (fields ?? entries ?? '').split(','))
      .flatMap((each) => part.exec(each.trim())?.[1] ?? [])
      .map((name) => `${path}: ${name}`),
  )
  expect(wrong.filter((each) => !exceptions.includes(each))).toEqual([])
})

it('no field or method of a type is named by a participle or an adjective alone', () => {
  const exceptions = [
    // A field of the JSON that `guichet dev --json` prints.
    'packages/cli/src/command-line/greeting.ts: own',
    // Columns of read models.
    'packages/projections/src/chats/chats-queries.ts: shown',
    'packages/projections/src/tickets/queries.ts: shown',
  ]
  const member = new RegExp(
    `\\breadonly (${emptyWord})\\??:|^ +(?:async )?(${emptyWord})\\??\\(|[{;] (${emptyWord})\\??: (?:string|number|boolean)\\b`,
    'gm',
  )
  const wrong = product.flatMap(({ path, text }) =>
    [...text.matchAll(member)].map(([, field, method, column]) => `${path}: ${field ?? method ?? column ?? ''}`),
  )
  expect(wrong.filter((each) => !exceptions.includes(each))).toEqual([])
})

it('no type has a participle or `Own` in place of what it is', () => {
  // What a desk or a product that embeds Guichet adds is its own, in the API and in the guides.
  const exceptions = [
    'OwnAggregate',
    'OwnAggregates',
    'OwnCode',
    'OwnEventOf',
    'OwnEventType',
    'OwnField',
    'OwnStreams',
  ]
  const type =
    /^(?:export )?(?:type|interface|class) ((?:Known|Found|Shown|Given|Kept|Own)[A-Z]\w*|\w+(?:Known|Found|Shown|Given|Kept))\b/gm
  const names = product.flatMap(({ text }) => [...text.matchAll(type)].map(([, name = '']) => name))
  expect(names.filter((name) => !exceptions.includes(name))).toEqual([])
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
