import type { Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ana, ines } from '../packages/api/src/server/testing/api-under-test.ts'
import { comeBack, eve, said, useArticlesDesk } from './browser/articles-desk.ts'
import { missingBrowser, seriousViolations } from './browser/chromium.ts'

describe.skipIf(missingBrowser)(
  `what goes wrong on the page of authors${missingBrowser ? ` (${missingBrowser})` : ''}`,
  () => {
    const desk = useArticlesDesk({ beforeAll, afterAll, afterEach })
    const { api, done, publish, create, open } = desk

    const revise = (articleId: string, basedOn: number, body: string): Promise<void> =>
      done(eve, 'reviseArticle', { articleId, language: 'en', basedOn, title: 'Revised', body })
    const bodyOf = (page: Page) => page.getByLabel('Text, in Markdown')
    const saveButton = (page: Page) => page.getByRole('button', { name: 'Save', exact: true })
    /** Holds back the next answer to an operation; returns what resolves once it is there, and what lets it through. */
    const hold = async (page: Page, operation: string) => {
      let release = (): void => undefined
      const released = new Promise<void>((resolve) => (release = resolve))
      let isHeld = false
      const asked = new Promise<void>((resolve, reject) => {
        const answer = async (route: Route): Promise<void> => {
          if (isHeld || !route.request().postData()?.includes(operation)) return route.continue()
          isHeld = true
          const response = await route.fetch()
          resolve()
          await released
          await route.fulfill({ response })
        }
        page.route('**/graphql', answer).catch(reject)
      })
      return { asked, release: () => release() }
    }

    it('shows what was read last, also when an earlier answer comes after it', async () => {
      await create('late', { title: 'Late', body: 'One.' })
      const page = await open(ana, '#article/late/en')
      await page.getByText('Revisions', { exact: true }).click()
      await page.locator('.revisions li').first().waitFor()
      await revise('late', 1, 'Two.')
      const { asked, release } = await hold(page, 'RevisionsOfArticle')
      await comeBack(page)
      await asked
      await revise('late', 2, 'Three.')
      await comeBack(page)
      await expect.poll(() => bodyOf(page).inputValue()).toBe('Three.')
      await expect.poll(() => page.locator('.revisions li').count()).toBe(3)
      const answered = page.waitForResponse(
        (each) => each.request().postData()?.includes('RevisionsOfArticle') === true,
      )
      release()
      await answered
      await page.evaluate('new Promise((resolve) => setTimeout(resolve))')
      expect(await bodyOf(page).inputValue()).toBe('Three.')
      expect(await page.locator('.revisions li').count()).toBe(3)
    })

    it('takes a text whose lines end otherwise as it is, and keeps the address that its author has given it', async () => {
      await create('lines', { title: 'Lines', body: 'One.\r\nTwo.', slug: 'own-end' })
      await publish('lines', 'en', 1)
      const page = await open(ana, '#article/lines/en')
      await expect.poll(() => bodyOf(page).inputValue()).toBe('One.\nTwo.')
      expect(await page.getByText('Not saved yet').isVisible()).toBe(false)
      await page.getByLabel('Title').fill('Other lines')
      await saveButton(page).click()
      await said(page, 'Saved as revision 2.')
      await page.getByLabel('End of the address').fill('Another End!')
      await bodyOf(page).fill('Three.')
      await saveButton(page).click()
      await said(page, 'Saved as revision 3.')
      const query =
        '{ article(id: "lines") { translation(language: "en") { revisions(first: 3) { nodes { number slug } } } } }'
      expect(await api.dataOf(ana, query)).toEqual({
        article: {
          translation: {
            revisions: {
              nodes: [
                { number: 3, slug: 'another-end' },
                { number: 2, slug: 'own-end' },
                { number: 1, slug: 'own-end' },
              ],
            },
          },
        },
      })
      const address = '{ article(id: "lines") { address(language: "en") } }'
      const before = (await api.dataOf(ana, address)) as { readonly article: { readonly address: string } }
      expect(before.article.address).toContain('own-end')
      await publish('lines', 'en', 3)
      const reader = await desk.pages.open(`${desk.origin}${before.article.address}`)
      await reader.getByText('Three.').waitFor()
      expect(reader.url()).toContain('another-end')
    })

    it('changes the details that its author has chosen, and no other', async () => {
      await create('details', { title: 'Details', body: 'One.', audience: 'INTERNAL', tags: ['old'] })
      const page = await open(ana, '#article/details/en')
      await expect.poll(() => page.getByLabel('Tags').inputValue()).toBe('old')
      await done(eve, 'changeArticleDetails', { articleId: 'details', audience: 'PUBLIC', categoryId: 'accounts' })
      await page.getByLabel('Tags').fill('old, new')
      await page.getByRole('button', { name: 'Save the details' }).click()
      await said(page, 'Done.')
      const query = '{ article(id: "details") { audience tags category { key } } }'
      expect(await api.dataOf(ana, query)).toEqual({
        article: { audience: 'PUBLIC', tags: ['old', 'new'], category: { key: 'accounts' } },
      })
      await expect.poll(() => page.getByLabel('Who reads it').inputValue()).toBe('PUBLIC')
    })

    it('keeps a new article while another one is begun, and what is typed while it is created', async () => {
      const page = await open(ana, '#new')
      await page.getByLabel('Title').fill('Begun before')
      await page.evaluate('location.hash = "#new/xylophone/en"')
      await expect.poll(() => page.getByLabel('Title').inputValue()).toBe('xylophone')
      await page.evaluate('location.hash = "#new"')
      await expect.poll(() => page.getByLabel('Title').inputValue()).toBe('Begun before')
      await bodyOf(page).fill('One.')
      const { asked, release } = await hold(page, 'CreateArticle')
      await page.getByRole('button', { name: 'Create the draft' }).click()
      await asked
      await bodyOf(page).fill('One and two.')
      release()
      await page.getByText('This is the text that you had not saved.').waitFor()
      expect(await bodyOf(page).inputValue()).toBe('One and two.')
      await saveButton(page).click()
      await said(page, 'Saved as revision 2.')
    })

    it('drops a comparison once the article has changed: who approves has seen what they approve', async () => {
      await create('compared', { title: 'Compared', body: 'One.' })
      await publish('compared', 'en', 1)
      await done(ana, 'reviseArticle', {
        articleId: 'compared',
        language: 'en',
        basedOn: 1,
        title: 'Compared',
        body: 'Two.',
      })
      const page = await open(eve, '#article/compared/en')
      await page.getByRole('button', { name: 'Compare with what readers see' }).click()
      await page.getByText('From revision 1 to revision 2').waitFor()
      await done(ana, 'reviseArticle', {
        articleId: 'compared',
        language: 'en',
        basedOn: 2,
        title: 'Compared',
        body: 'Three.',
      })
      await comeBack(page)
      await page.getByRole('button', { name: 'Approve revision 3' }).waitFor()
      expect(await page.locator('.comparison').count()).toBe(0)
    })

    it('keeps the list that it has while the server cannot be reached, and the focus on what was pressed', async () => {
      for (let number = 1; number <= 22; number++)
        await create(`listed-${number}`, { title: `Listed ${number}`, body: 'Text.', categoryId: 'accounts' })
      const page = await open(ana)
      await page.getByRole('button', { name: /^Accounts/ }).press('Enter')
      await page.getByRole('link', { name: 'Late' }).waitFor({ state: 'detached' })
      const titles = page.locator('.results .title')
      await expect.poll(() => titles.count()).toBe(20)
      expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^Accounts/)
      await page.getByRole('button', { name: 'Show more' }).press('Enter')
      await expect.poll(() => titles.count()).toBeGreaterThan(21)
      const shown = await titles.count()
      expect(await page.evaluate('document.activeElement.textContent')).toBe(await titles.nth(20).textContent())
      const readAgain = page.waitForResponse((each) => each.request().postData()?.includes('"after":"') === true)
      await comeBack(page)
      await readAgain
      await expect.poll(() => titles.count()).toBe(shown)
      await page.context().setOffline(true)
      await comeBack(page)
      await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
      expect(await titles.count()).toBe(shown)
      await page.getByRole('searchbox').fill('text')
      const none = page.getByText('There are none.').filter({ visible: true })
      const noneBefore = await none.count()
      const failed = page.waitForEvent('requestfailed', (each) => each.postData()?.includes('SearchArticles') === true)
      await page.getByRole('searchbox').press('Enter')
      await failed
      await page.evaluate('new Promise((resolve) => setTimeout(resolve))')
      expect(await none.count()).toBe(noneBefore)
      expect(await titles.count()).toBe(shown)
      await page.context().setOffline(false)
    })

    it('says so when the script of an article cannot be loaded, and loads it with the next look', async () => {
      await create('unloaded', { title: 'Unloaded', body: 'One.' })
      const page = await open(ana)
      await page.route('**/article-view-*.js', (route) => route.abort())
      await page.getByRole('link', { name: 'Unloaded' }).first().click()
      await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
      await page.unroute('**/article-view-*.js')
      await comeBack(page)
      await expect.poll(() => bodyOf(page).inputValue()).toBe('One.')
    })

    it('lets an auditor read, and shows them nothing to press that would be refused', async () => {
      await create('audited', { title: 'Audited', body: 'One.' })
      const page = await open(ines, '#article/audited/en')
      await page.getByText('You read the articles, and cannot change them.').waitFor()
      await page.getByRole('heading', { name: 'Audited' }).waitFor()
      expect(await bodyOf(page).evaluate((field) => (field as { readOnly?: boolean }).readOnly)).toBe(true)
      await page.getByText('Revisions', { exact: true }).click()
      await page.locator('.revisions li').first().waitFor()
      expect(await page.locator('.article').getByRole('button').allTextContents()).toEqual([])
      expect(await page.getByRole('link', { name: 'New article' }).count()).toBe(0)
      expect(await seriousViolations(page)).toEqual([])
    })

    it('has nothing serious for axe-core to find in long texts, and stays where it is when a link leads to a heading', async () => {
      const lines = (word: string): string => Array.from({ length: 80 }, (_, line) => `${word} ${line}`).join('\n\n')
      const table = `| a | b |\n|---|---|\n| ${'wide'.repeat(200)} | c |`
      await create('long', { title: 'Long', body: lines('one') })
      await publish('long', 'en', 1)
      const body = `[down](#end)\n\n${lines('another')}\n\n${table}\n\n## The end {#end}\n`
      await done(ana, 'reviseArticle', { articleId: 'long', language: 'en', basedOn: 1, title: 'Long', body })
      const page = await open(eve, '#article/long/en')
      await page.getByRole('button', { name: 'Compare with what readers see' }).click()
      await page.locator('.compared').first().waitFor()
      await page.getByText('Preview', { exact: true }).click()
      expect(await seriousViolations(page)).toEqual([])
      await page.getByRole('link', { name: 'down' }).click()
      expect(new URL(page.url()).hash).toBe('#article/long/en')
      await page.locator('.rendered').getByRole('heading', { name: 'The end' }).waitFor()
    })
  },
)
