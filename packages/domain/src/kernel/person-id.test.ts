import { expect, it } from 'vitest'
import { actorSchema, clockActor, commandLineActor, importActor, routingActor } from './actor.ts'
import { personId } from './values.ts'

it.each(['auth0|5f7c8e', 'google-oauth2|1', '{8D1F}', 'zoé@exemple.fr', "o'neil", '7', 'a b', '张伟', 'x'.repeat(200)])(
  'takes %j for an id of somebody',
  (text) => {
    expect(personId.safeParse(text).success).toBe(true)
  },
)

it.each(['', ' ', ' a', 'a ', 'a\u00a0', 'a\n', 'a\tb', 'a\u0000', 'a\u0085b', 'a\u2028b', '\ud800', 'x'.repeat(201)])(
  'refuses %j as an id of somebody',
  (text) => {
    expect(personId.safeParse(text).success).toBe(false)
  },
)

it.each([
  'a\u200db',
  'a\u200c',
  '\u2060a',
  'a\ufe0f',
  'a\u2800b',
  'a\u3164',
  'a\u00a0b',
  'a\u202eb',
  'a\ufff9b',
  'a\u00adb',
])('refuses %j, which does not look like what it is', (text) => {
  expect(personId.safeParse(text).success).toBe(false)
  expect(actorSchema.safeParse({ kind: 'system', id: text }).success).toBe(false)
})

it.each(['clock', 'routing', 'classifier', 'command-line', 'import', 'Import', 'ｃｌｏｃｋ', 'c lock'])(
  'refuses %j, a name of the engine’s own',
  (text) => {
    expect(personId.safeParse(text).success).toBe(false)
  },
)

it('leaves the engine its own names', () => {
  for (const actor of [clockActor, routingActor, importActor, commandLineActor])
    expect(actorSchema.safeParse(actor).success).toBe(true)
})
