import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { refusalMessages } from '@guichet/domain'
import { edgeErrors } from './errors.ts'

const document = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const [ofTheApi = ''] = document.split('## Errors of the command line')

/** The rows of the tables of the API's errors: code, second column, and the rest. */
const rows = [...ofTheApi.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].map(
  ([, code = '', place = '', meaning = '', next = '']) => ({ code, place, meaning, next }),
)

describe('docs/errors.md', () => {
  it('explains every code of the domain and of the edge, and no other, each once', () => {
    const codes = [...Object.keys(refusalMessages), ...Object.keys(edgeErrors)]
    expect(rows.map(({ code }) => code).sort()).toEqual(codes.sort())
  })

  it('says what each code means and what to do next', () => {
    expect(rows.filter(({ meaning, next }) => meaning.length < 10 || next.length < 10)).toEqual([])
  })

  it.each(Object.entries(edgeErrors))('gives %s the status it has', (code, { status }) => {
    expect(rows.find((row) => row.code === code)?.place).toContain(String(status))
  })

  it.each(Object.keys(refusalMessages))('says that %s is a user error', (code) => {
    expect(rows.find((row) => row.code === code)?.place).toContain('`userErrors`')
  })
})

describe('the documents', async () => {
  const docs = new URL('../../../docs/', import.meta.url)
  const names = (await readdir(docs, { recursive: true })).filter((name) =>
    /^(?:\w+|guides\/[\w-]+|reference\/\w+)\.md$/.test(name),
  )
  const said = (
    await Promise.all(
      names.map(async (name) =>
        [...(await readFile(new URL(name, docs), 'utf8')).matchAll(/`([a-z_]+)`(?:, | +\| +| \()(\d{3})\b/g)].map(
          ([, code = '', status]) => ({ name, code, status: Number(status) }),
        ),
      ),
    )
  ).flat()
  const ofTheEdge = said.filter(({ code }) => Object.hasOwn(edgeErrors, code))

  it('give each error of the edge the status that it has', () => {
    expect(new Set(ofTheEdge.map(({ name }) => name)).size).toBeGreaterThan(2)
    const wrong = ofTheEdge.filter(({ code, status }) => edgeErrors[code as keyof typeof edgeErrors].status !== status)
    expect(wrong).toEqual([])
  })
})
