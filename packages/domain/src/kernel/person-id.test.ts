import { expect, it } from 'vitest'
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
