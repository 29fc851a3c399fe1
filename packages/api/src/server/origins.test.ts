import { expect, it } from 'vitest'
import { refuseForeignOrigin } from './origins.ts'

const allowed = ['https://shop.example', 'http://localhost:5173']
const refused = (origin: string | undefined, host = 'desk.example'): boolean => {
  try {
    refuseForeignOrigin({ headers: origin === undefined ? {} : { origin }, host }, allowed)
    return false
  } catch (error) {
    expect(error).toMatchObject({ extensions: { code: 'origin_not_allowed' } })
    return true
  }
}

it.each([undefined, 'https://shop.example', 'http://localhost:5173', 'https://desk.example', 'http://desk.example'])(
  'lets %s open a WebSocket',
  (origin) => expect(refused(origin)).toBe(false),
)

it.each([
  'https://shop.example.evil.example',
  'https://evil.example/https://shop.example',
  'https://evil-shop.example',
  'https://shop.example:8443',
  'http://shop.example',
  'https://shop.example@evil.example',
  'https://desk.example.evil.example',
  'null',
  '',
  'file://',
  '*',
])('refuses a page of %j', (origin) => expect(refused(origin)).toBe(true))

it('ignores the default port of the host', () => {
  expect(refused('https://desk.example', 'desk.example:443')).toBe(false)
  expect(refused('https://desk.example', 'desk.example:4000')).toBe(true)
  expect(refused('http://127.0.0.1:4000', '127.0.0.1:4000')).toBe(false)
})
