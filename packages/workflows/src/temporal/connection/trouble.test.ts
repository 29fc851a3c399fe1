import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { troubles } from './trouble.ts'

const document = await readFile(new URL('../../../../../docs/operations.md', import.meta.url), 'utf8')
const section = /## What is seen at the start\n(.*?)\n## /s.exec(document)?.[1] ?? ''
const told = [...section.matchAll(/^\| `(.+?)` +\| (.+?) +\|$/gm)].map(([, wrong = '', cure = '']) => ({ wrong, cure }))

describe('what can be wrong with a Temporal server, in docs/operations.md', () => {
  it('is all that is told of in the log, each once', () => {
    expect(told.map(({ wrong }) => wrong).toSorted()).toEqual(
      Object.values(troubles)
        .map(({ wrong }) => wrong)
        .toSorted(),
    )
  })

  it('comes with what to do', () => {
    expect(told.filter(({ cure }) => cure.length < 15)).toEqual([])
  })
})
