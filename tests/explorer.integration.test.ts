import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiUnderTest } from '../packages/api/src/server/testing/api-under-test.ts'
import { ana, startApi, tokenFor, useApi } from '../packages/api/src/server/testing/api-under-test.ts'
import { launchChromium, missingBrowser } from './browser/chromium.ts'

const api = useApi({ beforeAll, afterAll })

describe.skipIf(missingBrowser)(`the explorer in a browser${missingBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let browser: Browser
  let serving: ApiUnderTest
  let url: string

  beforeAll(async () => {
    browser = await launchChromium()
    const token = await tokenFor(ana)
    serving = await startApi(api.databaseUrl, { development: true, explorerToken: async () => token })
    url = await serving.app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(async () => {
    await browser.close()
    await serving.close()
  })

  it('shows the API without anything that advertises, and asks no other machine', async () => {
    const page = await browser.newPage()
    const foreign: string[] = []
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url()) && new URL(request.url()).host !== new URL(url).host)
        foreign.push(request.url())
    })
    await page.goto(`${url}/graphql`)
    await page.locator('app-banner').first().waitFor({ state: 'attached' })
    await page.getByText('Send Request').first().waitFor({ state: 'visible' })
    expect(await page.locator('app-banner').first().isVisible()).toBe(false)
    expect(
      await page
        .getByText(/supercharge|donat|upgrade to pro/i)
        .filter({ visible: true })
        .allTextContents(),
    ).toEqual([])
    expect(foreign).toEqual([])
    await page.close()
  })
})
