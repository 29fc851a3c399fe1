import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeConfiguration } from '@guichet/desk/configuration'
import { defaultConfiguration, defaultProactiveSettings } from '@guichet/domain'
import { guichet } from './testing.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-activities-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A database that nobody can reach: activities are simulated without one. */
const simulate = (...args: readonly string[]) =>
  guichet({ GUICHET_HOME: folder, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' }, 'simulate', ...args)

type Summary = {
  readonly analyses: number
  readonly healthy: { readonly customers: number; readonly withDraft: number | null }
  readonly causes: Readonly<Record<string, { readonly injected: number }>>
  readonly rules: readonly { readonly rule: string }[]
}

const summaryOf = async (...args: readonly string[]): Promise<Summary> => {
  const { code, out, err } = await simulate('--activities', '--customers', '100', '--causes', '20', ...args, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as Summary
}

describe('guichet simulate --activities', () => {
  it('prints how good the rules are as one line of JSON, without a desk', async () => {
    const summary = await summaryOf('--seed', 'demo')
    expect(summary).toMatchObject({
      seed: 'demo',
      start: '2026-01-05T00:00:00.000Z',
      days: 7,
      failuresPerDay: 0.3,
      pageViews: 1,
      causes: { all: { injected: 20 }, plain: { injected: 10 }, hard: { injected: 10 } },
    })
    expect(summary.rules.map(({ rule }) => rule)).toEqual(['repeated', 'searches', 'rising', 'incident'])
    expect(summary.analyses).toBeGreaterThan(0)
  })

  it('prints a table of the rules, with plain and hard causes', async () => {
    const { code, out } = await simulate('--activities', '--customers', '100', '--causes', '20', '--days', '1')
    expect(code).toBe(0)
    const [sentence, headings, ...rows] = out.split('\n')
    expect(sentence).toMatch(
      /^\d+ activities of 100 customers: .+ had a draft in a week, and \d+ of \d+ causes that are trouble were detected \(plain: \d+ of 10, hard: \d+ of 10\); drafts during outages: \d+, in [\d.]+ s$/,
    )
    expect(headings?.split(/ +/).join(' ')).toBe('rule suspected right precision trouble recall plain hard')
    expect(rows.map((row) => row.split(' ', 1)[0])).toEqual(['repeated', 'searches', 'rising', 'incident'])
  })

  it('suspects by the settings of a configuration', async () => {
    const file = join(folder, 'quiet.yaml')
    const proactive = { ...defaultProactiveSettings, enabled: false }
    await writeFile(file, writeConfiguration({ ...defaultConfiguration, proactive }, ['without analyses']))
    expect(await summaryOf('--configuration', file)).toMatchObject({ analyses: 0, healthy: { withDraft: 0 } })
    await writeFile(file, 'proactive:\n  threshold: many\n')
    expect(await simulate('--activities', '--configuration', file)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/quiet\.yaml:2:\d+: proactive\.threshold [^]*\nerror configuration_invalid/) as string,
    })
  })

  it('works in production, where a made-up helpdesk is refused', async () => {
    const production = { NODE_ENV: 'production', GUICHET_HOME: folder }
    const args = ['simulate', '--activities', '--customers', '10', '--causes', '0', '--days', '1', '--json']
    expect(await guichet(production, ...args)).toMatchObject({ code: 0, err: '' })
  })

  it.each([
    ['--customers', '10'],
    ['--failures', '0.1'],
    ['--causes', '1'],
    ['--page-views', '1'],
    ['--configuration', 'desk.yaml'],
  ])('refuses %s without --activities', async (option, value) => {
    expect(await simulate(option, value)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`error usage: ${option} is of simulated activities`) as string,
    })
  })

  it('refuses more activities than it can hold, before it makes up any', async () => {
    const args = ['--activities', '--customers', '50000', '--failures', '100', '--days', '3650']
    expect(await simulate(...args)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^error usage: .* million activities, .* 20 million at most/) as string,
    })
  })
})
