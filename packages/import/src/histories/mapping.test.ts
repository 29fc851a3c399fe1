import { describe, expect, it } from 'vitest'
import { findMapping, parseMapping } from './built-in-mappings.ts'
import { servicenow } from './helpdesk-mappings.ts'
import type { MappingInput } from './mapping.ts'
import { mappedColumns } from './mapping.ts'

const without = (key: keyof MappingInput): object =>
  Object.fromEntries(Object.entries(servicenow).filter(([name]) => name !== key))

describe('a mapping', () => {
  it('is built in for ServiceNow', async () => {
    expect((await findMapping('servicenow')).name).toBe('servicenow')
  })

  it('never reads columns that contain later facts', async () => {
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

  const { activity, time } = servicenow
  const means = (created: unknown) => ({ ...servicenow, activity: { ...activity, values: { created } } })
  it.each<[string, unknown, string]>([
    ['the mapping', [], 'the mapping: must be an object'],
    ['a missing field', without('activity'), 'activity: is missing'],
    ['a missing column', { ...servicenow, case: {} }, 'case.column: is missing'],
    ['a column without a name', { ...servicenow, case: { column: '' } }, 'case.column: must not be empty'],
    ['a column of another kind', { ...servicenow, case: { column: 7 } }, 'case.column: must be a text'],
    ['an unknown field', { ...servicenow, colour: 'red' }, 'colour: there is no such field'],
    [
      'too long a text',
      { ...servicenow, case: { column: 'c', prefix: 'p'.repeat(21) } },
      'case.prefix: must have 20 characters at most',
    ],
    [
      'a number that is too small',
      { ...servicenow, time: { ...time, toleranceMinutes: -1 } },
      'time.toleranceMinutes: must be 0 or more',
    ],
    [
      'a number that is too large',
      { ...servicenow, time: { ...time, toleranceMinutes: 1e6 } },
      'time.toleranceMinutes: must be 100000 or less',
    ],
    ['too short a list', { ...servicenow, tags: 'none' }, 'tags: must be a list'],
    [
      'an unknown kind of actor',
      { ...servicenow, actor: { id: 'a', kind: 'robot' } },
      'actor.kind: must be one of agent, customer',
    ],
    [
      'a meaning that is none',
      means('opened'),
      'activity.values.created: must be "nothing", {"status": "…"} or {"does": "…"}',
    ],
    [
      'a status that is none',
      means({ status: 'done' }),
      'activity.values.created.status: must be one of new, in_progress, waiting_customer, resolved, closed',
    ],
    [
      'a deed that is none',
      means({ does: 'opened' }),
      'activity.values.created.does: must be one of open, agentReply, customerReply, reply, addNote, markSpam, confirm',
    ],
    [
      'a language tag that is none',
      { ...servicenow, language: 'Klingon' },
      'language: must be a language tag such as fr or pt-BR',
    ],
    [
      'a language that is none',
      { ...servicenow, language: 5 },
      'language: must be a language tag such as fr or pt-BR, or {"column": "…", "values": {…}}',
    ],
  ])('says of %s what it may be', (_, mapping, message) => {
    expect(() => parseMapping(mapping, 'm')).toThrow(expect.objectContaining({ message: `m: ${message}` }) as Error)
  })

  it.each(['{title', 'title}', '[{title}', '{title}]', '[a [b]]', '{}', '{a{b}'])(
    'is refused with the template %s, whose brackets do not match',
    (subject) => {
      expect(() => parseMapping({ ...servicenow, subject }, 'm')).toThrow(/^m: subject: must close every \{ and \[/)
    },
  )

  it('is refused by a name that is not built in', async () => {
    await expect(findMapping('old-desk')).rejects.toMatchObject({ code: 'mapping_unknown' })
  })

  it('is refused when its file does not exist', async () => {
    await expect(findMapping('no-such-mapping.json')).rejects.toMatchObject({ code: 'mapping_unreadable' })
  })
})
