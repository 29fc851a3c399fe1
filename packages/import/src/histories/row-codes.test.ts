import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { repairCodes, rowCodes } from './repair.ts'

it('explains in docs/reference/mapping.md why a row is refused or repaired: every code, and no other, each once', async () => {
  const document = await readFile(new URL('../../../../docs/reference/mapping.md', import.meta.url), 'utf8')
  const [, section = ''] = document.split('## What becomes of a row')
  const [table = ''] = section.split('**Order.**')
  const documented = [...table.matchAll(/^\| `(\w+)` +\| (.{20,}?) +\|$/gm)].map(([, code]) => code)
  expect(documented.sort()).toEqual([...rowCodes, ...repairCodes].sort())
})
