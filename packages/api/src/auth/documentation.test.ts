import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Role } from './principal.ts'
import { roles } from './principal.ts'
import type { Access } from './rights.ts'
import { fieldRights, rights } from './rights.ts'

const document = await readFile(new URL('../../../../docs/reference/rights.md', import.meta.url), 'utf8')

const words: Readonly<Record<Access, string>> = { any: 'yes', explained: 'reason', own: 'own', none: '–' }
const cellsOf = (row: Readonly<Record<Role, Access>>): string[] => roles.map((role) => words[row[role]])

describe('docs/reference/rights.md', () => {
  it('says of every operation who may use it, and of no other', () => {
    const rows = [...document.matchAll(/^\| `([\w.]+)` +\| (.+) +\|$/gm)].map(
      ([, name = '', cells = '']) => [name, cells.split('|').map((cell) => cell.trim())] as const,
    )
    const expected = Object.entries({ ...rights, ...fieldRights }).map(([name, row]) => [name, cellsOf(row)])
    expect(rows.sort()).toEqual(expected.sort())
  })

  it('heads its columns with the roles', () => {
    const heads = [...document.matchAll(/^\| (?:Operation|Field) +\| (.+) +\|$/gm)].map(([, cells = '']) =>
      cells.split('|').map((cell) => cell.trim()),
    )
    expect(heads).toEqual(Array.from({ length: 4 }, () => [...roles]))
  })
})
