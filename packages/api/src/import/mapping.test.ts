import { describe, expect, it } from 'vitest'
import { findMapping, parseMapping } from './find-mapping.ts'
import type { MappingInput } from './mapping.ts'
import { mappedColumns } from './mapping.ts'
import { servicenow } from './servicenow.ts'

const without = (key: keyof MappingInput): object =>
  Object.fromEntries(Object.entries(servicenow).filter(([name]) => name !== key))

describe('a mapping', () => {
  it('is built in for ServiceNow', async () => {
    expect((await findMapping('servicenow')).name).toBe('servicenow')
  })

  it('never reads what tells the past about the future', async () => {
    const columns = mappedColumns(await findMapping('servicenow'))
    expect(columns).toContain('incident_state')
    for (const hindsight of ['resolved_at', 'closed_at', 'closed_code', 'resolved_by'])
      expect(columns).not.toContain(hindsight)
  })

  it.each([
    ['an unknown field', { ...servicenow, colour: 'red' }, /colour/],
    ['no case', without('case'), /^m: case/],
    [
      'a time zone that does not exist',
      { ...servicenow, time: { ...servicenow.time, zone: 'Mars/Base' } },
      /time\.zone/,
    ],
    ['a pattern that is none', { ...servicenow, time: { ...servicenow.time, format: 'DD/MM/YYYY' } }, /time\.format/],
    ['an unknown priority', { ...servicenow, priority: { column: 'p', values: { A: 'huge' } } }, /priority\.values\.A/],
    ['a name with spaces', { ...servicenow, name: 'my desk' }, /name/],
  ])('is refused with %s, naming the field', (_, mapping, message) => {
    expect(() => parseMapping(mapping, 'm')).toThrow(message)
  })

  it('is refused by a name that is not built in', async () => {
    await expect(findMapping('zendesk')).rejects.toMatchObject({ code: 'mapping_unknown' })
  })

  it('is refused when its file does not exist', async () => {
    await expect(findMapping('no-such-mapping.json')).rejects.toMatchObject({ code: 'mapping_unreadable' })
  })
})
