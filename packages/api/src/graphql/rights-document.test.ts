import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { printedRights } from './rights-document.ts'
import { fieldRights, rights } from '../auth/rights.ts'

const document = await readFile(new URL('../../../../docs/reference/rights.md', import.meta.url), 'utf8')

describe('docs/reference/rights.md', () => {
  it('is current: update it with `npm run rights -w packages/api`', () => {
    expect(document).toBe(printedRights(document))
  })

  it('has a row for every operation and guarded field', () => {
    const rows = [...document.matchAll(/^\| `([\w.]+)` /gm)].map(([, name]) => name)
    expect(rows.sort()).toEqual(Object.keys({ ...rights, ...fieldRights }).sort())
  })

  it('keeps the text above its tables as it is, whatever stands in them', () => {
    const [text = ''] = document.split('\n## Queries\n')
    expect(printedRights(`${text}\n## Queries\n\n<<<<<<< ours\n`)).toBe(document)
  })
})
