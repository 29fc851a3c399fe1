import { openPool } from '@guichet/eventstore'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missingBrowser, seriousViolations } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'

const noBrowser = missingBrowser !== undefined

type Session = Readonly<Record<'held_back' | 'opened' | 'solved' | 'sent', boolean>> & {
  readonly article_id: string | null
}

describe.skipIf(noBrowser)(`the articles for a first message${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach })

  /** Applies a configuration with a share of sessions in the holdout. */
  const configure = async (holdout: number): Promise<void> => {
    const document = { sla: { policies: [{ name: 'all', firstResponse: '4h' }] }, knowledge: { holdout } }
    await desk.send('admin', 'ada', 'applyConfiguration', { commandId: `holdout ${holdout}`, document })
  }
  const publish = async (articleId: string, title: string, body: string): Promise<void> => {
    const text = { articleId, language: 'en' }
    const named = (step: string) => ({ commandId: `${step}-${articleId}`, ...text })
    await desk.send('agent', 'ana', 'createArticle', { ...named('create'), title, body, audience: 'PUBLIC' })
    await desk.send('agent', 'eve', 'approveArticle', { ...named('approve'), revision: 1 })
    await desk.send('agent', 'ana', 'publishArticle', { ...named('publish'), revision: 1 })
  }
  beforeAll(async () => {
    await publish('password', 'Reset your password', 'Open the settings, then choose a new password.')
    await publish('invoice', 'Download an invoice', 'Invoices are in the billing section.')
    await publish('printer', 'Connect a printer', 'Plug it in, and choose it in the list of devices.')
  })

  /** The sessions of the desk; those of a test are removed by the next one. */
  const sessions = async (statement = ''): Promise<readonly Session[]> => {
    const pool = openPool({ connectionString: desk.databaseUrl, maxConnections: 1 })
    if (statement !== '') await pool.query(statement)
    const { rows } = await pool.query<Session>(
      `select held_back, article_id, opened_at is not null as opened, solved_at is not null as solved,
         sent_at is not null as sent from guichet_knowledge.deflection_session`,
    )
    await pool.end()
    return rows
  }
  /** Types into the chat of a new visitor, whose page counts how often it asks for articles. */
  const write = async (text: string): Promise<{ readonly page: Page; readonly asked: () => number }> => {
    await sessions('delete from guichet_knowledge.deflection_session')
    const page = await desk.visit()
    let asked = 0
    page.on('request', (request) => {
      if (request.postData()?.includes('articleAnswers(')) asked++
    })
    await page.locator('.launcher').click()
    await page.locator('#first').pressSequentially(text)
    return { page, asked: () => asked }
  }
  const suggested = (page: Page) => page.locator('.suggestions')
  const question = 'I want to reset my password'

  it('are suggested after a pause in typing, and lead to the article in a new tab', async () => {
    await configure(0)
    const { page, asked } = await write(question)
    const link = suggested(page).getByRole('link', { name: 'Reset your password' })
    await link.waitFor()
    await page.getByRole('status').getByText('These articles may help:').waitFor()
    expect(asked()).toBeLessThanOrEqual(3)
    expect(await link.getAttribute('target')).toBe('_blank')
    expect(await link.getAttribute('href')).toBe('/articles/password/en/reset-your-password')
    expect(await seriousViolations(page)).toEqual([])
    await expect.poll(() => sessions()).toEqual([expect.objectContaining({ opened: false, held_back: false })])
    const [tab] = await Promise.all([page.context().waitForEvent('page'), link.click()])
    await tab.close()
    await expect.poll(() => sessions()).toMatchObject([{ opened: true, article_id: 'password', sent: false }])

    await suggested(page).getByRole('button', { name: 'This has solved it' }).click()
    await page.getByRole('status').getByText('Good to know that it helped.').waitFor()
    expect(await page.locator('#first').inputValue()).toBe('')
    expect(await suggested(page).getByRole('link').count()).toBe(0)
    await expect.poll(() => sessions()).toMatchObject([{ solved: true, sent: false }])
  })

  it('stand below the hours of those who speak the language of the page, on the reader’s clock', async () => {
    const document = {
      sla: { policies: [{ name: 'all', firstResponse: '4h', calendar: 'day' }] },
      calendars: { day: { timeZone: 'UTC', hours: { everyDay: ['09:00-13:00'] } } },
      followTheSun: { centres: [{ id: 'dubai', name: 'Dubai', calendar: 'day', languages: ['en'], priority: 1 }] },
      knowledge: { holdout: 0 },
    }
    await desk.send('admin', 'ada', 'applyConfiguration', { commandId: 'hours', document })
    const { page } = await write('x')
    await suggested(page).getByText('We answer in English:').waitFor()
    expect(await suggested(page).locator('bdi').textContent()).toMatch(/\d:00.*\d:00/)
    expect(await seriousViolations(page)).toEqual([])
  })

  it('go with the message that is sent all the same, in one session also after another page', async () => {
    await configure(0)
    const { page } = await write(question)
    await suggested(page).getByRole('link').waitFor()
    await page.reload()
    await page.locator('.launcher').click()
    await page.locator('#first').press('End')
    await page.locator('#first').pressSequentially(' please')
    await suggested(page).getByRole('link').waitFor()
    await page.locator('#first').press('Enter')
    await page.getByRole('log').getByText(`${question} please`).waitFor()
    await expect.poll(() => sessions()).toMatchObject([{ sent: true, solved: false, opened: false }])
    expect(await suggested(page).getByRole('link').count()).toBe(0)
  })

  it('are none for a text that no article answers', async () => {
    await configure(0)
    const { page, asked } = await write('xylophone lessons for my cousin')
    await expect.poll(asked).toBeGreaterThan(0)
    await page.locator('#first').press('Enter')
    await page.getByRole('log').getByText('xylophone lessons').waitFor()
    expect(await sessions()).toEqual([])
  })

  it('are not shown in the holdout, which is counted', async () => {
    await configure(0.5)
    // Each new visitor has another session: some are in the half that is held back.
    for (let visit = 0; visit < 20; visit++) {
      const { page } = await write(question)
      await expect.poll(() => sessions()).toHaveLength(1)
      const [session] = await sessions()
      const links = await suggested(page).getByRole('link').count()
      expect(links > 0).toBe(session?.held_back === false)
      if (session?.held_back === false) continue
      await page.locator('#first').press('Enter')
      await page.getByRole('log').getByText(question).waitFor()
      await expect.poll(() => sessions()).toMatchObject([{ held_back: true, sent: true, opened: false }])
      return
    }
    expect.unreachable('no session of twenty was held back')
  })
})
