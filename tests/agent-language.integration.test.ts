import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ana, mutate, sam, useApi, zoe } from '../packages/api/src/server/testing/api-under-test.ts'
import type { Bearer } from '../packages/api/src/server/testing/api-under-test.ts'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import type { Pages } from './browser/pages.ts'
import { startPages } from './browser/pages.ts'

describe.skipIf(missingBrowser)(`the language of agents${missingBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const api = useApi({ beforeAll, afterAll })
  let pages: Pages
  let origin = ''
  const open = async (as: Bearer, locale: string, errors: string[] = []): Promise<Page> => {
    const token = await api.tokenOf(as)
    return pages.open(`${origin}/chat/agent`, {
      locale,
      before: async (page) => {
        errorsOf(page, errors)
        await page.addInitScript(`sessionStorage.setItem('guichet-token', ${JSON.stringify(token)})`)
      },
    })
  }
  beforeAll(async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
    await mutate(api, sam, 'registerAgent', { agentId: ana.id, name: 'Ana Silva' }, '')
    await mutate(api, ana, 'setAvailability', { agentId: ana.id, availability: 'AVAILABLE' }, '')
    await mutate(api, zoe, 'startChat', { message: { messageId: 'first', body: 'Bonjour' } }, '')
    pages = await startPages()
  })
  afterEach(({ task }) => pages.closeAfter(task))
  afterAll(() => pages?.close())

  it('is French where the browser is, in all that stands around a chat', async () => {
    const errors: string[] = []
    const page = await open(ana, 'fr-FR', errors)
    await page.getByText('Choisissez une discussion.').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('fr')
    expect(await page.title()).toBe('Guichet : discussions')
    await page.getByRole('button', { name: 'Absent' }).waitFor()
    await page.getByRole('navigation', { name: 'Discussions' }).getByText('Zoé Dupont · en attente').click()
    await page.getByRole('button', { name: 'Accepter', exact: true }).click()
    await page.getByRole('button', { name: 'Clore : résolue' }).waitFor()
    await page.getByRole('status').getByText('en cours · Ana Silva').waitFor()
    await page.getByText('Transférer', { exact: true }).first().click()
    await page.locator('optgroup[label="Experts"] option').getByText('Niveau 2').waitFor({ state: 'attached' })
    const customer = page.getByRole('complementary', { name: 'Client' })
    await customer.getByRole('heading', { name: 'Tickets ouverts' }).waitFor()
    expect(await seriousViolations(page)).toEqual([])
    expect(errors).toEqual([])
  })

  it('is English elsewhere, and loads the words of one language', async () => {
    const scripts: string[] = []
    const token = await api.tokenOf(sam)
    const page = await pages.open(`${origin}/chat/agent`, {
      locale: 'de-DE',
      before: async (each) => {
        each.on('request', (request) => scripts.push(request.url()))
        await each.addInitScript(`sessionStorage.setItem('guichet-token', ${JSON.stringify(token)})`)
      },
    })
    await page.getByText('Choose a chat.').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await page.getByText('Trends', { exact: true }).click()
    await page.getByRole('heading', { name: 'Activities of the last seven days' }).waitFor()
    expect(scripts.filter((url) => /agent-(?:english|french)/.test(url))).toEqual([
      expect.stringContaining('/chat/agent-english-'),
    ])
  })
})
