import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { troubleOf, troubles } from './trouble.ts'

const document = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
const section = /## What is seen at the start\n(.*?)\n## /s.exec(document)?.[1] ?? ''
const documented = [...section.matchAll(/^\| `(.+?)` +\| (.+?) +\|$/gm)].map(([, wrong = '', cure = '']) => ({
  wrong,
  cure,
}))

describe('the table of Temporal’s faults in docs/operations.md', () => {
  it('lists every fault in the log, each once', () => {
    expect(documented.map(({ wrong }) => wrong).toSorted()).toEqual(
      Object.values(troubles)
        .map(({ wrong }) => wrong)
        .toSorted(),
    )
  })

  it('gives a remedy for each', () => {
    expect(documented.filter(({ cure }) => cure.length < 15)).toEqual([])
  })
})

describe('the reason for an outage', () => {
  const unavailable = (details: string) => Object.assign(new Error(details), { code: 14, details, metadata: {} })
  const reasonOf = (details: string) => troubleOf(unavailable(details))?.reason

  it('is the last failure, and never null where there is none yet', () => {
    expect(
      reasonOf('No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1 (2026-01-01T00:00:00Z)'),
    ).toBe('connect ECONNREFUSED 127.0.0.1:1')
    for (const details of [
      'No connection established. Last error: null',
      'No connection established. Last error: null. Resolution note: ',
      '',
    ]) {
      expect(reasonOf(details)).toBe('no connection was established')
    }
  })
})
