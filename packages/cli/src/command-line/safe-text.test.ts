import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { safeText } from '@guichet/desk'
import { table } from './table.ts'
import { guichet } from './testing.ts'

const hostile = 'a\u001b[31mb\u202ec\u200bd\u0007e\u009bf\u007fg\u{e0041}h\rz'
// eslint-disable-next-line no-control-regex
const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/

describe('text for a terminal', () => {
  it('shows what a terminal would obey or hide as escapes', () => {
    expect(safeText(hostile)).toBe(String.raw`a\u001b[31mb\u202ec\u200bd\u0007e\u009bf\u007fg\udb40\udc41h\u000dz`)
    expect(safeText('\ud800')).toBe(String.raw`\ud800`)
  })

  it('leaves what people write alone', () => {
    const written = 'Zoé 👩‍👩‍👧 می‌خواهم 日本\tتجربة\nline'
    expect(safeText(written)).toBe(written)
  })

  it('leaves JSON the very same data', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(hostile)), (text) => {
        const printed = safeText(JSON.stringify({ text }))
        expect(printed).not.toMatch(raw)
        expect(JSON.parse(printed)).toEqual({ text })
      }),
    )
  })

  it('leaves nothing in the columns of a table', () => {
    expect(safeText(table(['ticket'], [[hostile]]))).not.toMatch(raw)
  })
})

describe('a command', () => {
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'guichet-safe-'))))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each([
    { what: 'a name of a configuration', args: ['config', 'check'] },
    { what: 'a name of a configuration, as JSON', args: ['config', 'check', '--json'] },
    { what: 'an argument', args: ['replay', '--as-of', hostile, 't'] },
    { what: 'an unknown command', args: [hostile] },
    { what: 'a file that is not there', args: ['config', 'check', hostile] },
  ])('prints $what safely', async ({ args }) => {
    const file = join(folder, 'desk.yaml')
    await writeFile(file, `${JSON.stringify({ [hostile]: 1, teams: [{ name: hostile }] })}\n`)
    const given = args[0] === 'config' && !args.includes(hostile) ? [...args, file] : args
    const { out, err } = await guichet({}, ...given)
    expect(out + err).not.toMatch(raw)
    expect(out + err).toContain(String.raw`\u202e`)
  })

  it.each([
    [['no-such-command', '--help'], `unknown command 'no-such-command'`],
    [['config', 'no-such-command', '--help'], `unknown command 'no-such-command'`],
    [['--help', 'nope'], `unknown command 'nope'`],
    [['-h', 'nope'], `unknown command 'nope'`],
    [['--version', 'nope'], `unknown command 'nope'`],
    [['help', 'nope'], `unknown command 'nope'`],
    [['help', 'config', 'nope'], `unknown command 'nope'`],
    [['config', '-h', 'nope'], `unknown command 'nope'`],
    [['config', 'help', 'nope'], `unknown command 'nope'`],
    [['--nope', '--help'], `unknown option '--nope'`],
    [['config', '--nope', '--help'], `unknown option '--nope'`],
    [['config', 'export', '--nope', '--help'], `unknown option '--nope'`],
    [['config', 'export', '--help', '--nope'], `unknown option '--nope'`],
    [['tickets', '--jsno', '--help'], `unknown option '--jsno' (Did you mean --json?`],
    [['help', 'stats', '--nope'], `unknown option '--nope'`],
    [['stats', '--help', 'nope'], 'too many arguments: nope'],
  ])('is refused with what there is not, also where help is asked for: %j', async (args, problem) => {
    const { code, out, err } = await guichet({}, ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(problem)
  })

  it.each([
    [['tikets'], `unknown command 'tikets' (Did you mean tickets? guichet --help lists them)`],
    [['tikets', '--help'], `unknown command 'tikets' (Did you mean tickets? guichet --help lists them)`],
    [['help', 'tikets'], `unknown command 'tikets' (Did you mean tickets? guichet --help lists them)`],
    [['customers', 'lst'], `unknown command 'lst' (Did you mean list? guichet customers --help lists them)`],
    [['config', 'aply'], `unknown command 'aply' (Did you mean apply? guichet config --help lists them)`],
    [['incidents', 'shw'], `unknown command 'shw' (Did you mean show? guichet incidents --help lists them)`],
    [['xyzzy'], `unknown command 'xyzzy' (guichet --help lists them)`],
    [['config', 'xyzzy'], `unknown command 'xyzzy' (guichet config --help lists them)`],
    [
      ['tickets', '--jsno'],
      `unknown option '--jsno' (Did you mean --json? add --help to the command to see what it takes)`,
    ],
  ])('is refused with the name that was meant, where one is near: %j', async (args, problem) => {
    expect(await guichet({}, ...args)).toEqual({ code: 2, out: '', err: `error usage: ${problem}` })
  })

  it.each([
    [['--help'], 'Usage: guichet'],
    [['help'], 'Usage: guichet'],
    [['help', 'config'], 'Usage: guichet config'],
    [['help', 'config', 'export'], 'Usage: guichet config'],
    [['config', 'export', '--help'], 'Usage: guichet config export'],
    [['config', 'help', 'export'], 'Usage: guichet config export'],
    [['import', 'tickets.csv', '--help'], 'Usage: guichet import'],
    [['--version'], '0.1.0'],
  ])('is explained where there is one: %j', async (args, shown) => {
    const { code, out } = await guichet({}, ...args)
    expect(code).toBe(0)
    expect(out).toContain(shown)
  })
})
