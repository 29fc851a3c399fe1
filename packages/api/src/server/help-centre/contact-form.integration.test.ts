import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ada, ana, mutate, useApi } from '../testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { limits: { visitorsPerMinute: 20 } })
const path = '/help/en/contact'

let configurations = 0
async function configure(helpCentre: object, others: object = {}): Promise<void> {
  const document = {
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { approval: 'none', helpCentre: { enabled: true, ...helpCentre } },
    ...others,
  }
  const input = { commandId: `configure-${++configurations}`, document }
  expect((await mutate(api, ada, 'applyConfiguration', input, '')).userErrors).toEqual([])
}

const get = (url: string) => api.app.inject({ url })
const letter = { email: 'Lou@Example.org', subject: 'A bill', message: 'Two lines\r\nof text.' }
const post = (
  fields: Readonly<Record<string, string>>,
  {
    headers = {},
    address = '192.0.2.1',
  }: { readonly headers?: Record<string, string>; readonly address?: string } = {},
) =>
  api.app.inject({
    method: 'POST',
    url: path,
    remoteAddress: address,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams({ id: randomUUID(), ...fields }).toString(),
  })

const tickets = async (): Promise<readonly { readonly subject: string; readonly number: string }[]> => {
  const query = `{ tickets(first: 50) { nodes { id ticketId: id subject language channel customer { id name email }
    conversation(first: 5) { nodes { kind body } } } } }`
  return ((await api.dataOf(ana, query)) as { tickets: { nodes: never[] } }).tickets.nodes
}
const untilTicketsAre = (count: number) =>
  vi.waitUntil(async () => ((await tickets()).length === count ? tickets() : undefined))

beforeAll(async () => {
  const article = { articleId: 'reset', language: 'en', title: 'Reset', body: 'Text.', audience: 'PUBLIC' }
  await configure({})
  await mutate(api, ana, 'createArticle', article, '')
  await mutate(api, ana, 'publishArticle', { articleId: 'reset', language: 'en', revision: 1 }, '')
  await vi.waitUntil(async () => (await get('/help/en')).statusCode === 200)
})

describe('the form of the help centre', () => {
  it('is there where the desk says so, and linked instead of another page', async () => {
    expect((await get(path)).statusCode).toBe(404)
    expect((await post(letter)).statusCode).toBe(404)
    expect((await get('/help/en')).body).not.toContain(path)
    await configure({ contactForm: true, contact: 'mailto:desk@example.org' })
    expect((await get('/help/en')).body).toContain('href="mailto:desk@example.org"')
    await configure({ contactForm: true })
    expect((await get('/help/en')).body).toContain(`href="${path}"`)
    expect((await get('/help/en/search?q=xylophone')).body).toContain(`href="${path}?search=xylophone"`)
    const { statusCode, headers, body } = await get(`${path}?search=%3Cxylophone%3E`)
    expect([statusCode, headers['cache-control'], headers['referrer-policy']]).toEqual([200, 'no-store', 'same-origin'])
    expect(body).toContain('value="&lt;xylophone&gt;"')
    expect(body).toContain('<meta name="robots" content="noindex">')
  })

  it('says when somebody is there who speaks the language of the page, in the zone of the desk', async () => {
    expect((await get(path)).body).not.toContain('We answer in')
    const centre = { id: 'paris', name: 'Paris', calendar: 'day', languages: ['en-GB'], priority: 1 }
    await configure(
      { contactForm: true },
      {
        sla: { policies: [{ name: 'all', firstResponse: '4h', calendar: 'day' }] },
        calendars: { day: { timeZone: 'Europe/Paris', hours: { everyDay: ['09:00-13:00'] } } },
        followTheSun: { centres: [centre] },
      },
    )
    const said = /We answer in English: <bdi>([^<]+)<\/bdi>/.exec((await get(path)).body)?.[1] ?? ''
    expect(said.normalize('NFKC')).toMatch(/^\w{3}, 9:00 AM – 1:00 PM GMT\+[12]$/)
    expect((await post({ ...letter, email: 'nobody' })).body).toContain('We answer in English')
    await configure({ contactForm: true })
  })

  it('opens one ticket, of somebody anonymous with the address, however often it is sent', async () => {
    const fields = { ...letter, id: randomUUID(), name: 'Lou' }
    const [first, second] = await Promise.all([post(fields), post(fields)])
    for (const { statusCode, headers } of [first, second, await post(fields)])
      expect([statusCode, headers['location']]).toEqual([303, `${path}?sent`])
    expect((await get(`${path}?sent`)).body).toContain('Your message has arrived')
    expect(await untilTicketsAre(1)).toMatchObject([
      {
        subject: 'A bill',
        language: 'en',
        channel: 'WEB',
        customer: { name: 'Lou', email: 'Lou@example.org' },
        conversation: { nodes: [{ kind: 'CUSTOMER', body: 'Two lines\nof text.' }] },
      },
    ])
    const byAddress = '{ customerByIdentity(identity: { email: "lou@example.org" }) { id } }'
    expect(await api.dataOf(ana, byAddress)).toEqual({ customerByIdentity: null })
  })

  it('takes an edited text under a new id where the first one was sent under the old one', async () => {
    const [id, address] = [randomUUID(), '192.0.2.5']
    expect((await post({ ...letter, id }, { address })).statusCode).toBe(303)
    const { statusCode, body } = await post({ ...letter, message: 'Another text.', id }, { address })
    const [, newId = id] = /name="id" value="([^"]+)"/.exec(body) ?? []
    expect([statusCode, newId === id, body.includes('Another text.')]).toEqual([422, false, true])
    expect((await post({ ...letter, message: 'Another text.', id: newId }, { address })).statusCode).toBe(303)
  })

  it.each([
    [{ email: '' }, 'email', 'Please fill in this field.'],
    [{ email: 'lou' }, 'email', 'Please enter a complete e-mail address'],
    [{ subject: ' ' }, 'subject', 'Please fill in this field.'],
    [{ subject: 'x'.repeat(301) }, 'subject', 'This text is too long'],
    [{ message: '' }, 'message', 'Please fill in this field.'],
    [{ message: 'x'.repeat(65_537) }, 'message', 'This text is too long'],
    [{ name: 'two\nlines' }, 'name', 'This text is too long, or has characters'],
  ])('is shown again with what was written, and says at the field what is wrong: %o', async (fields, name, fault) => {
    const id = randomUUID()
    const { statusCode, body } = await post({ ...letter, name: '"><script>', ...fields, id })
    expect(statusCode).toBe(422)
    expect(body).toMatch(new RegExp(`name="${name}"[^>]*aria-invalid="true"[^>]*aria-describedby="fault"`))
    expect(body).toContain(fault)
    expect(body).toContain(`value="${id}"`)
    expect(body).not.toContain('<script>')
  })

  it.each([
    ['a field that nobody sees is filled in', { website: 'https://spam.example' }],
    ['it has no id', { id: 'mine' }],
  ])('opens no ticket when %s', async (_, fields) => {
    const before = await tickets()
    const { statusCode, body } = await post({ ...letter, ...fields })
    expect([statusCode, body.includes('Your message has not been sent.')]).toEqual([422, true])
    expect(body).toContain('Two lines\nof text.</textarea>')
    expect(await tickets()).toEqual(before)
  })

  it.each([
    ['a page of elsewhere', { origin: 'https://evil.example' }, 403],
    ['a page that hides its origin', { origin: 'null' }, 403],
    ['another page of the site', { origin: 'https://evil.example', 'sec-fetch-site': 'same-site' }, 403],
    ['its own page without a referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }, 303],
  ])('sent by %s is answered as it should', async (_, headers, status) => {
    expect((await post(letter, { headers, address: '192.0.2.2' })).statusCode).toBe(status)
  })

  it('takes no other bodies, and none without end', async () => {
    const url = { method: 'POST', url: path } as const
    const json = await api.app.inject({ ...url, payload: { ...letter, id: randomUUID() } })
    expect(json.statusCode).toBe(422)
    const text = await api.app.inject({ ...url, headers: { 'content-type': 'text/plain' }, payload: 'x' })
    expect(text.statusCode).toBe(422)
    expect((await post({ ...letter, message: 'x'.repeat(1024 * 1024) })).statusCode).toBe(413)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const fields = await api.app.inject({ ...url, headers, payload: `${'a&'.repeat(20)}subject=far` })
    expect([fields.statusCode, fields.body.includes('value="far"')]).toEqual([422, false])
  })

  it('lets one address send a few messages a minute, and keeps what the next one says', async () => {
    const address = '192.0.2.3'
    for (let count = 0; count < 20; count++) expect((await post(letter, { address })).statusCode).toBe(303)
    const { statusCode, headers, body } = await post(letter, { address })
    expect([statusCode, Number(headers['retry-after']) > 0]).toEqual([429, true])
    expect(body).toContain('Two lines\nof text.</textarea>')
    expect((await post(letter, { address: '192.0.2.4' })).statusCode).toBe(303)
  })
})
