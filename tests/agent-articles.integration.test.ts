import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'
import { untilTrue } from './browser/pages.ts'

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`the articles beside a chat${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach })

  const publish = async (articleId: string, input: object): Promise<void> => {
    const text = { articleId, language: 'en' }
    const named = (step: string) => ({ commandId: `${step}-${articleId}`, ...text })
    await desk.send('agent', 'ana', 'createArticle', { ...named('create'), ...input })
    await desk.send('agent', 'eve', 'approveArticle', { ...named('approve'), revision: 1 })
    await desk.send('agent', 'ana', 'publishArticle', { ...named('publish'), revision: 1 })
  }
  beforeAll(async () => {
    const document = {
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      knowledge: { address: 'https://help.example/{language}/{id}/{slug}' },
    }
    await desk.send('admin', 'ada', 'applyConfiguration', { commandId: 'configure', document })
    await publish('password', { title: 'Reset your password', body: 'Choose a new password.', audience: 'PUBLIC' })
    await publish('recovery', { title: 'Recover an account', body: 'Ask the bank.', audience: 'INTERNAL' })
  })

  it('are opened by a press, searched, sent with what was typed, and closed by Escape', async () => {
    const visitor = await desk.visit()
    const page = await desk.accept(await desk.start(visitor, 'I forgot my password'))
    const errors = errorsOf(page)
    const scripts: string[] = []
    page.on('request', (request) => scripts.push(request.url()))
    const button = page.getByRole('button', { name: 'Articles', exact: true })
    const articles = page.getByRole('region', { name: 'Articles' })
    const field = page.getByRole('textbox', { name: 'Write a message' })
    await field.fill('Hello {{agent.firstName}} here:')
    await button.press('Enter')
    await articles.getByText('Reset your password').waitFor()
    expect(scripts.filter((url) => url.includes('/chat/article-panel-'))).toHaveLength(1)
    expect(await button.getAttribute('aria-expanded')).toBe('true')
    expect(await seriousViolations(page)).toEqual([])

    await articles.getByRole('button', { name: 'Send the link: Reset your password' }).press('Enter')
    const sent = page.getByRole('log').getByText('https://help.example/en/password/reset-your-password')
    await sent.waitFor()
    await visitor.getByRole('log').getByText('Reset your password').waitFor()
    await untilTrue(page, `document.querySelector('.composer textarea').value === ''`)
    await articles.getByRole('status').getByText('The article was sent.').waitFor()

    const search = articles.getByRole('searchbox', { name: 'Search articles' })
    await search.fill('recover an account')
    await search.press('Enter')
    await articles.getByText('For the desk alone').waitFor()
    const entry = articles.getByRole('listitem').filter({ hasText: 'Recover an account' })
    expect(await entry.getByRole('button', { name: /^Send/ }).count()).toBe(0)

    await search.press('Escape')
    await articles.waitFor({ state: 'hidden' })
    await untilTrue(page, `document.activeElement?.textContent === 'Articles'`)
    expect(errors).toEqual([])
  })

  it('put a search that finds nothing into a note for an expert', async () => {
    const page = await desk.accept(await desk.start(await desk.visit(), 'Hello'))
    await page.getByRole('button', { name: 'Articles', exact: true }).click()
    const articles = page.getByRole('region', { name: 'Articles' })
    const search = articles.getByRole('searchbox', { name: 'Search articles' })
    await search.fill('zzyzx')
    await search.press('Enter')
    await articles.getByText('Nothing found.').waitFor()
    await articles.getByRole('button', { name: 'Ask an expert in a note' }).click()
    expect(await page.getByLabel('Internal note').isChecked()).toBe(true)
    expect(await page.getByRole('textbox', { name: 'Write a message' }).inputValue()).toContain('zzyzx')
  })
})
