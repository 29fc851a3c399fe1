import { calendarSchema, configurationSchema, french } from '@guichet/domain'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { z } from 'zod'
import { document, documents } from './documents/documents.ts'
import type { Fence } from './documents/markdown.ts'
import { anchors, fences, links } from './documents/markdown.ts'
import { files, packageNames, root, sources } from './workspace/sources.ts'

/** The allowed info strings of a fence. A block of code is checked unless it is marked as a fragment. */
const known =
  /^(?:ts|ts run|ts fragment|js( served)?|console|console run|console alike|sh|sql|graphql|json|yaml|csv|html|css|text|text output|mermaid|)$/

/** The blocks of one guide, which `extend-guichet.integration.test.ts` carries out in a copy of this tree. */
const carriedOut = /^(?:diff|ts file \S+)$/

describe.each(documents)('$path', ({ path, text }) => {
  it('links to existing targets', () => {
    const broken = links(text).filter((target) => !resolves(path, target))
    expect(broken).toEqual([])
  })

  it('names existing files and folders', () => {
    const named = [...text.matchAll(/`((?:packages|tools|tests|docs|examples)\/[\w./-]+)`/g)].map(
      ([, name = '']) => name,
    )
    expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([])
  })

  it('shows valid configurations, part by part', () => {
    const blocks = fences(text).filter(({ info }) => info === 'yaml')
    expect(blocks.flatMap(({ code, line }) => faultsIn(parse(code)).map((fault) => `line ${line}: ${fault}`))).toEqual(
      [],
    )
  })

  it('marks every block of code with how it is checked', () => {
    const isExtension = path === 'docs/guides/extend-guichet.md'
    const isKnown = ({ info, code }: Fence): boolean =>
      known.test(info) || (isExtension && carriedOut.test(info)) || (info === 'diff' && code.startsWith('+++ /tmp/'))
    const unknown = fences(text).filter((fence) => !isKnown(fence))
    expect(unknown.map(({ info, line }) => `line ${line}: \`\`\`${info}`)).toEqual([])
  })
})

it('the examples of configurations have every part of one', () => {
  const examples = ['desk.yaml', 'follow-the-sun.yaml', 'dubai-chat.yaml'].map((name) =>
    parse(readFileSync(join(root, 'examples/configuration', name), 'utf8')),
  )
  const parts = Object.keys(configurationSchema.shape)
  expect(parts.filter((part) => !examples.some((example) => Object.hasOwn(example, part)))).toEqual([])
})

it('the guide to the audit trail says of every command what it leaves, and which of them take --by', () => {
  const helps = document('docs/reference/cli.md').text.matchAll(
    /^\$ npm run -s guichet -- ([a-z ]+) --help\n([\s\S]*?)\n```/gm,
  )
  const commands = [...helps].map(([, name = '', help = '']) => ({ name, by: help.includes('--by <id>') }))
  const [, table = ''] = document('docs/guides/audit-and-personal-data.md').text.split('## What each command leaves\n')
  const rows = table
    .slice(0, table.indexOf('### '))
    .split('\n')
    .map((line) => line.split('|'))
    .flatMap(([, names = '', , by = '']) =>
      [...names.matchAll(/`([a-z ]+)`/g)].map(([, name = '']) => ({ name, by: by.trim() === 'yes' })),
    )
  const isGroup = ({ name }: { readonly name: string }): boolean =>
    rows.every((row) => row.name !== name) && commands.some((each) => each.name.startsWith(`${name} `))
  const sorted = (all: readonly { readonly name: string; readonly by: boolean }[]) =>
    all.map(({ name, by }) => `${name}${by ? ' --by' : ''}`).toSorted()
  expect(sorted(rows)).toEqual(sorted(commands.filter((command) => !isGroup(command))))
})

it('docs/reference/sources.md has every section that the code names as the source of a rule', () => {
  const { text } = document('docs/reference/sources.md')
  const cited = packageNames
    .flatMap((name) => sources(`packages/${name}/src`))
    .flatMap(({ path, text: code }) =>
      [...code.replaceAll(/\s+\*?\s*/g, ' ').matchAll(/\b00\d, (?:FAQ )?(«[^»]+»|`[^`]+`)/g)].map(
        ([, section = '']) => ({
          path,
          section,
        }),
      ),
    )
  expect(cited.length).toBeGreaterThan(15)
  expect(cited.filter(({ section }) => !text.includes(section))).toEqual([])
})

it('a test named in CONTRIBUTING.md exists', () => {
  const names = [...document('CONTRIBUTING.md').text.matchAll(/vitest run [^`]*-t '([^']+)'/g)].map(
    ([, name]) => name ?? '',
  )
  const tests = files(join(root, 'packages')).filter(
    (path) => path.endsWith('.test.ts') && !path.includes('.integration.'),
  )
  const titles = tests.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\bit\('(.+?)',/g)].map(([, title]) => title ?? ''),
  )
  expect(names).not.toEqual([])
  expect(names.filter((name) => !titles.some((title) => title.includes(name)))).toEqual([])
})

/** The errors in parts of a configuration, or in a calendar by itself. */
function faultsIn(block: Readonly<Record<string, unknown>>): readonly string[] {
  if (Object.hasOwn(block, 'timeZone')) return issuesOf(calendarSchema.safeParse(block))
  return Object.entries(block).flatMap(([name, part]) => {
    const schema = new Map<string, z.ZodType>(Object.entries(configurationSchema.shape)).get(name)
    return schema ? issuesOf(schema.safeParse(part)) : [`${name} is no part of a configuration`]
  })
}

const issuesOf = ({ error }: z.ZodSafeParseResult<unknown>): readonly string[] =>
  error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

function resolves(from: string, target: string): boolean {
  if (/^(https:|mailto:)/.test(target)) return true
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? join(root, from) : resolve(root, dirname(from), file)
  if (!path.startsWith(root) || !existsSync(path)) return false
  return anchor === undefined || (statSync(path).isFile() && anchors(readFileSync(path, 'utf8')).has(anchor))
}

it('every section of the wording is read somewhere in the product', () => {
  const words = /\/wording\/(?:french|english|wording)\.ts$/
  const code = packageNames
    .flatMap((name) => sources(`packages/${name}/src`))
    .filter(({ path, isTest }) => !isTest && !words.test(path))
    .map(({ text }) => text)
    .join('\n')
  const isRead = (section: string): boolean =>
    new RegExp(`\\b(?:\\w*[wW]ording|words|french|english)\\.${section}\\b`).test(code)
  expect(Object.keys(french).filter((section) => !isRead(section))).toEqual([])
})
