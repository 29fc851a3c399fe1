import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../import/src/histories/fixtures/${name}`, import.meta.url))

/** For each sample: the mapping, the account, and, for one ticket, the parts of its printed replay. */
it.each<[string, string, object, string, readonly (string | RegExp)[]]>([
  [
    'zendesk-export.ndjson',
    'zendesk',
    { rows: 9, refused: 0, tickets: 2, statuses: { in_progress: 1, resolved: 1 } },
    'zendesk-35',
    [
      'The screen stays dark',
      'Which version do you use?',
      'He has called before.',
      /^status +resolved/m,
      /^team +Support/m,
    ],
  ],
  [
    'freshdesk-tickets.csv',
    'freshdesk',
    { rows: 10, refused: 0, tickets: 3, statuses: { closed: 1, waiting_customer: 1, in_progress: 1 } },
    'freshdesk-101',
    ['Cannot log in', /^status +closed/m, /^priority +high/m],
  ],
  [
    'zammad-tickets.json',
    'zammad',
    { rows: 8, refused: 0, tickets: 2, statuses: { new: 1, closed: 1 } },
    'zammad-31003',
    ['The printer is on fire', 'Fire brigade is <called>.', /^status +closed/m],
  ],
  [
    'discourse-topic.json',
    'discourse',
    { rows: 7, refused: 0, tickets: 1, statuses: { closed: 1 } },
    'topic-77',
    ['My lamp does not shine', 'Then change the bulb.', /^status +closed/m],
  ],
  [
    'support.mbox',
    'mbox',
    { rows: 5, refused: 0, tickets: 2, statuses: { in_progress: 2 } },
    'mail-ab6f5b02dde3469748ca',
    ['Drucker drückt nicht', 'Welches Modell?', 'Modell 7.'],
  ],
])(
  '%s comes in under the mapping %s, and its tickets are read back',
  async (sample, mapping, account, ticketId, parts) => {
    const { code, out, err } = await cli.run('import', fixture(sample), '--mapping', mapping, '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject(account)
    const replay = await cli.run('replay', ticketId)
    expect(replay.code).toBe(0)
    for (const part of parts) expect(replay.out).toMatch(part)
    expect(JSON.parse((await cli.run('import', fixture(sample), '--mapping', mapping, '--json')).out)).toMatchObject({
      applied: 0,
      refused: 0,
    })
  },
)
