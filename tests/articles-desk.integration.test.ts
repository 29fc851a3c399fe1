import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { suggestPhrases } from '@guichet/workflows'
import type { Bearer } from '../packages/api/src/server/testing/api-under-test.ts'
import { ana, sam, zoe } from '../packages/api/src/server/testing/api-under-test.ts'
import { comeBack, eve, said, useArticlesDesk } from './browser/articles-desk.ts'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import { patience } from './waits/patient.ts'

/** A picture of one pixel. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const hostile = `<script>document.title = 'taken'</script><img src=x onerror="document.title='taken'">

[a link](javascript:document.title='taken') ![a picture](data:text/html;base64,PHNjcmlwdD4=)

<style>body { display: none }</style> <form action="https://evil.example"><input name="token"></form>
`

describe.skipIf(missingBrowser)(`the page of authors${missingBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useArticlesDesk({ beforeAll, afterAll, afterEach })
  const { api, done, publish, create, open } = desk

  it('lets two people write, review and publish an article, which customers then read', async () => {
    const author = await open(ana)
    await author.getByRole('link', { name: 'New article' }).click()
    await author.getByLabel('Title').fill('Reset the password')
    await author.getByLabel('Text, in Markdown').fill('Open **Settings**.')
    await author.getByLabel('Who reads it').selectOption('PUBLIC')
    await author.getByLabel('Category').selectOption({ label: 'Accounts' })
    await author.getByRole('button', { name: 'Create the draft' }).click()
    await said(author, 'The draft is created.')

    await author.getByLabel('Text, in Markdown').fill('Open **Settings**, then *Forgot*.')
    await author.getByText('Not saved yet').waitFor()
    await author.getByRole('button', { name: 'Save', exact: true }).click()
    await said(author, 'Saved as revision 2.')
    await author.getByText('Preview', { exact: true }).click()
    await author.locator('.rendered strong').getByText('Settings').waitFor()
    await author.getByRole('button', { name: 'Approve revision 2' }).click()
    await author.getByRole('alert').getByText('Whoever has written the text does not approve it').waitFor()
    await author.getByRole('button', { name: 'Ask for a review' }).click()
    await said(author, 'The review is asked for.')

    const reviewer = await open(eve)
    const waiting = reviewer.getByRole('region', { name: 'Waiting for a review' })
    await waiting.getByRole('link', { name: 'Reset the password' }).click()
    await reviewer.getByLabel('Decline: Reason').fill('Say where.')
    await reviewer.getByRole('button', { name: 'Decline' }).click()
    await said(reviewer, 'Done.')
    await comeBack(author)
    await author.getByText(/^Revision 2 was declined by Eve Roy, .*: Say where\.$/).waitFor()
    await reviewer.getByRole('button', { name: 'Approve revision 2' }).click()
    await reviewer.getByText('Revision 2 is approved.').waitFor()
    await reviewer.getByRole('button', { name: 'Publish revision 2' }).click()
    await reviewer.getByText('Readers see revision 2.').waitFor()

    const address = await reviewer.getByRole('link', { name: 'See it as readers do' }).getAttribute('href')
    const key = /#article\/([^/]+)/.exec(author.url())?.[1] ?? ''
    const { article } = await api.dataOf(zoe, 'query ($id: ID!) { article(id: $id) { address } }', { id: key })
    expect(article).toEqual({ address })
    const reader = await desk.pages.open(`${desk.origin}${address}`)
    await reader.locator('strong').getByText('Settings').waitFor()
  })

  it('refuses a stale save, shows what a colleague has changed, and keeps what was typed', async () => {
    await create('stale', { title: 'Mail', body: 'Write to us by mail.' })
    const author = await open(ana, '#article/stale/en')
    const body = author.getByLabel('Text, in Markdown')
    await author.getByText('Not saved yet').waitFor({ state: 'hidden' })
    await body.fill('Write to us by mail or fax.')
    const revision = { articleId: 'stale', language: 'en', basedOn: 1, title: 'Mail' }
    await done(eve, 'reviseArticle', { ...revision, body: 'Write to us by letter.' })

    await author.getByRole('button', { name: 'Save', exact: true }).click()
    const difference = author.getByRole('region', { name: 'Somebody has saved another revision meanwhile.' })
    await difference.getByText('Revision 2 was saved by Eve Roy').waitFor()
    expect(await difference.locator('del').allTextContents()).toEqual(['mail'])
    expect(await difference.locator('ins').allTextContents()).toEqual(['letter'])
    expect(await body.inputValue()).toBe('Write to us by mail or fax.')
    expect(await seriousViolations(author)).toEqual([])

    // The page may be closed, or loaded again: the text and the difference are there.
    await author.reload()
    await difference.getByText('Revision 2 was saved by Eve Roy').waitFor()
    expect(await body.inputValue()).toBe('Write to us by mail or fax.')
    await body.fill('Write to us by letter or fax.')
    await author.getByRole('button', { name: 'I have compared them' }).click()
    await said(author, 'Saved as revision 3.')
    await difference.waitFor({ state: 'detached' })
    const query = '{ article(id: "stale") { translation(language: "en") { latest { number body } } } }'
    expect(await api.dataOf(ana, query)).toEqual({
      article: { translation: { latest: { number: 3, body: 'Write to us by letter or fax.' } } },
    })
    await author.reload()
    await body.waitFor()
    expect(await body.inputValue()).toBe('Write to us by letter or fax.')
    expect(await author.getByText('Not saved yet').isVisible()).toBe(false)
  })

  it('keeps a text that the server cannot take now, under one command', async () => {
    await create('outage', { title: 'Outage', body: 'Before.' })
    const author = await open(ana, '#article/outage/en')
    const body = author.getByLabel('Text, in Markdown')
    await author.getByRole('heading', { name: 'Outage' }).waitFor()
    await body.fill('After.')
    await author.context().setOffline(true)
    await author.getByRole('button', { name: 'Save', exact: true }).click()
    await author.getByRole('alert').getByText('The server cannot be reached.').waitFor()
    expect(await body.inputValue()).toBe('After.')
    await author.context().setOffline(false)
    await author.getByRole('button', { name: 'Save', exact: true }).click()
    await said(author, 'Saved as revision 2.')
  })

  it('shows a hostile text without harm, under a strict content security policy', async () => {
    await create('hostile', { title: '<img src=x onerror=alert(1)>', body: hostile, tags: ['<b>tag</b>'] })
    const errors: string[] = []
    const page = await open(eve, '#article/hostile/en', { before: async (each) => void errorsOf(each, errors) })
    await page.getByText('Preview', { exact: true }).click()
    const rendered = page.locator('.rendered')
    await rendered.getByText('a link').waitFor()
    expect(await rendered.locator('script, style, form, input, iframe, [onerror]').count()).toBe(0)
    expect(await rendered.locator('a[href^="javascript"], [src^="data"]').count()).toBe(0)
    expect(await page.title()).toBe('Guichet: Articles')
    await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>' }).waitFor()
    expect(errors).toEqual([])
  })

  it('lists what is filtered, in the language of the browser, with the links that readers cannot follow', async () => {
    await create('linked', { title: 'Linked', body: 'See [another](article:nowhere#by-mail).', categoryId: 'accounts' })
    await publish('linked', 'en', 1)
    await create('draft', { title: 'Only a draft', body: 'Text.' })
    const page = await open(ana, '', { locale: 'fr-FR' })
    await page.getByRole('link', { name: 'Only a draft' }).waitFor()
    await page.getByRole('button', { name: /^Comptes/ }).click()
    await page.getByRole('link', { name: 'Only a draft' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Linked' }).waitFor()
    await page.getByLabel('État').selectOption({ label: 'liens rompus' })
    const broken = page.getByRole('region', { name: 'liens rompus' })
    await broken.getByText('cet article n’existe pas').waitFor()
    expect(await broken.getByRole('link', { name: 'nowhere#by-mail' }).count()).toBe(1)
    await page.getByLabel('État').selectOption({ label: 'attend une relecture' })
    await page.getByText('Il n’y en a pas.').waitFor()
    await page.getByRole('searchbox').fill('another')
    await page.getByRole('searchbox').press('Enter')
    await page.getByRole('heading', { name: 'Rechercher dans ce qui est publié' }).waitFor()
    await page.getByRole('link', { name: 'Linked' }).waitFor()
  })

  it('shows a translation what was changed in the first language, and keeps it stale until somebody says otherwise', async () => {
    const english = { articleId: 'translated', language: 'en', title: 'Opening hours' }
    await create('translated', { title: 'Opening hours', body: 'From nine to five.' })
    await publish('translated', 'en', 1)
    const author = await open(ana, '#article/translated/en')
    await author.getByLabel('Translate into').fill('ar')
    await author.getByRole('button', { name: 'Open', exact: true }).click()
    const body = author.getByLabel('Text, in Markdown')
    await author.locator('.source pre').getByText('From nine to five.').waitFor()
    expect(await body.getAttribute('dir')).toBe('rtl')
    await author.getByLabel('Title').fill('ساعات العمل')
    await body.fill('من التاسعة إلى الخامسة.')
    await author.getByRole('button', { name: 'Save', exact: true }).click()
    await said(author, 'Saved as revision 1.')
    await publish('translated', 'ar', 1)
    await done(ana, 'reviseArticle', { ...english, basedOn: 1, body: 'From nine to six.' })
    await publish('translated', 'en', 2)

    await author.reload()
    await author.getByText('published, stale translation').waitFor()
    expect(await author.locator('.source del').allTextContents()).toEqual(['five'])
    expect(await author.locator('.source ins').allTextContents()).toEqual(['six'])
    await body.fill('من التاسعة إلى الخامسة تماما.')
    await author.getByRole('button', { name: 'Save', exact: true }).click()
    await said(author, 'Saved as revision 2.')
    await author.getByText('published, draft, stale translation').waitFor()
    await author.getByRole('button', { name: 'It is still right' }).click()
    await author.getByText('stale translation').waitFor({ state: 'detached' })
    await author.getByRole('button', { name: 'It is still right' }).waitFor({ state: 'detached' })
  })

  it('uploads a picture, and names it in the text where the cursor stands', async () => {
    await create('pictured', { title: 'Pictured', body: 'Press ' })
    const author = await open(ana, '#article/pictured/en')
    await author.getByRole('heading', { name: 'Pictured' }).waitFor()
    const body = author.getByLabel('Text, in Markdown')
    await body.press('Control+End')
    await author
      .locator('input[type=file]')
      .setInputFiles({ name: 'a [red] button.png', mimeType: 'image/png', buffer: picture })
    await expect
      .poll(() => body.inputValue(), patience)
      .toMatch(/^Press\s+!\[a \\\[red\\\] button\.png\]\(file:[\w-]+\)$/)
    await author.getByRole('button', { name: 'Save', exact: true }).click()
    await said(author, 'Saved as revision 2.')
    await author.getByText('Preview', { exact: true }).click()
    await author.locator('.rendered img').waitFor()
  })

  it('says what to write next, and takes or declines the words that customers use', async () => {
    await create('credentials', { title: 'Change your credentials', body: 'Open the settings.' })
    await publish('credentials', 'en', 1)
    const customers = ['one', 'two', 'three'].map((id): Bearer => ({ id, role: 'customer' }))
    const query = (words: string) => `{ articleSearch(query: "${words}", language: "en") { hits { article { key } } } }`
    for (const customer of customers) {
      await api.dataOf(customer, query('xylophone lessons'))
      await api.dataOf(customer, query('settings credentials'))
      const rate = 'mutation ($input: RateArticleInput!) { rateArticle(input: $input) { userErrors { code } } }'
      const view = 'mutation ($input: ViewArticleInput!) { viewArticle(input: $input) { userErrors { code } } }'
      const input = { articleId: 'credentials', language: 'en' }
      await api.dataOf(customer, view, { input })
      await api.dataOf(customer, rate, { input: { ...input, helpful: true } })
    }
    await api.readership.flush()
    await api.readership.flush()
    await suggestPhrases(api.desk, api.readership.searches)
    const page = await open(ana, '#writing')
    await page.getByText('xylophone lessons (English, 3 people)').waitFor()
    await page.getByRole('button', { name: 'Accept: settings credentials' }).click()
    await said(page, 'Done.')
    const shown =
      '{ article(id: "credentials") { translation(language: "en") { phrases suggestedPhrases { phrase } } } }'
    expect(await api.dataOf(ana, shown)).toEqual({
      article: { translation: { phrases: ['settings credentials'], suggestedPhrases: [] } },
    })
    await page.getByRole('link', { name: 'Write about: xylophone lessons' }).click()
    expect(await page.getByLabel('Title').inputValue()).toBe('xylophone lessons')
  })

  it('says who else edits the article, for as long as they have something typed', async () => {
    await create('together', { title: 'Together', body: 'One.' })
    const [one, other] = [await open(ana, '#article/together/en'), await open(eve, '#article/together/en')]
    const others = one.getByText('Eve Roy is editing this article too (English).')
    await one.getByRole('heading', { name: 'Together' }).waitFor()
    await other.getByLabel('Text, in Markdown').fill('Two.')
    await others.waitFor()
    expect(await other.getByText('is editing this article too').count()).toBe(0)
    await other.getByRole('button', { name: 'Save', exact: true }).click()
    await said(other, 'Saved as revision 2.')
    await others.waitFor({ state: 'detached' })
    await other.getByLabel('Text, in Markdown').fill('Three.')
    await others.waitFor()
    await other.getByRole('link', { name: 'All articles' }).click()
    await others.waitFor({ state: 'detached' })
  })

  it('states the words by which customers ask for an article, and takes them back', async () => {
    await create('asked', { title: 'Asked', body: 'One.' })
    const phrases = async function* () {
      yield { articleId: 'asked', language: 'en', phrase: 'where is it', searches: 3, tickets: 1 }
    }
    await suggestPhrases(api.desk, { phrases })
    const page = await open(ana, '#article/asked/en')
    await page.getByText('Also asked as: 0, suggested: 1').click()
    await page.getByText('where is it (searched by 3, written by 1)').waitFor()
    await page.getByLabel('Words in which customers ask for it').fill('how do I find it')
    await page.getByRole('button', { name: 'Add these words' }).click()
    await page.getByRole('button', { name: 'Remove: how do I find it' }).waitFor()
    await page.getByRole('button', { name: 'Accept: where is it' }).click()
    await page.getByText('Also asked as: 2, suggested: 0').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Remove: how do I find it' }).click()
    await page.getByText('Also asked as: 1, suggested: 0').waitFor()
    const shown = '{ article(id: "asked") { translation(language: "en") { phrases } } }'
    expect(await api.dataOf(ana, shown)).toEqual({ article: { translation: { phrases: ['where is it'] } } })
  })

  it('shows what readers make of an article, beside the aim of the desk', async () => {
    await create('rated', { title: 'Rated', body: 'One.' })
    await publish('rated', 'en', 1)
    const rate = 'mutation ($input: RateArticleInput!) { rateArticle(input: $input) { userErrors { code } } }'
    const rated = { articleId: 'rated', language: 'en' }
    for (const [id, helpful] of [
      ['one', true],
      ['two', true],
      ['three', false],
    ] as const) {
      const comment = helpful ? {} : { comment: '<b>Where</b> is the button?' }
      await api.dataOf({ id, role: 'customer' }, rate, { input: { ...rated, helpful, ...comment } })
    }
    await api.readership.flush()
    const page = await open(ana, '#article/rated/en')
    await page.getByText('What readers make of it').click()
    await page.getByText('It has helped in 67 % of 3 ratings; the aim is 70 %: not reached.').waitFor()
    await page.getByText('<b>Where</b> is the button?').waitFor()
    expect(await page.getByText('not helpful ·').count()).toBe(1)
    expect(await seriousViolations(page)).toEqual([])
  })

  it('shows the categories to choose from as a tree', async () => {
    const texts = [{ language: 'en', name: 'Passwords' }]
    await done(sam, 'addArticleCategory', { categoryId: 'passwords', parentId: 'accounts', texts })
    await create('placed', { title: 'Placed', body: 'One.' })
    const page = await open(ana, '#article/placed/en')
    const choice = page.getByLabel('Category')
    await choice.selectOption('passwords')
    expect(await choice.locator('option').allTextContents()).toEqual(['None', 'Accounts', '\u2003Passwords'])
    await page.getByRole('button', { name: 'Save the details' }).click()
    await said(page, 'Done.')
    const shown = '{ article(id: "placed") { category { key } } }'
    expect(await api.dataOf(ana, shown)).toEqual({ article: { category: { key: 'passwords' } } })
  })

  it('compares, plans, withdraws, restores and archives, and says why not', async () => {
    await create('successor', { title: 'Successor', body: 'Three.' })
    await create('ended', { title: 'Ended', body: 'One.' })
    await publish('ended', 'en', 1)
    await done(ana, 'reviseArticle', { articleId: 'ended', language: 'en', basedOn: 1, title: 'Ended', body: 'Two.' })
    const page = await open(sam, '#article/ended/en')
    await page.getByRole('button', { name: 'Publish revision 2' }).click()
    await page.getByRole('alert').getByText('The revision was not approved yet.').waitFor()
    await page.getByRole('button', { name: 'Approve revision 2' }).click()
    await page.getByText('Revision 2 is approved.').waitFor()
    await page.getByLabel('Publish it at').fill('2020-01-01T10:00')
    await page.getByRole('button', { name: 'Plan it' }).click()
    await page.getByRole('alert').getByText('That time is over').waitFor()
    await page.getByLabel('Publish it at').fill('2999-01-01T10:00')
    await page.getByRole('button', { name: 'Plan it' }).click()
    await page.getByText('Revision 2 will be published:').waitFor()
    await page.getByRole('button', { name: 'Cancel what is planned' }).click()
    await page.getByText('Revision 2 will be published:').waitFor({ state: 'detached' })
    await page.getByText('Revisions', { exact: true }).click()
    await page.getByRole('button', { name: 'Write revision 1 again' }).click()
    await page.getByText('Last revision: 3, by sam').waitFor()
    await expect.poll(() => page.getByLabel('Text, in Markdown').inputValue()).toBe('One.')
    await page.getByRole('button', { name: 'Withdraw from readers' }).click()
    await page.getByRole('button', { name: 'Yes', exact: true }).click()
    await page.getByText('Readers see nothing in this language.').waitFor()
    await page.getByText('Archive or delete').click()
    await page.getByText('No published article links to it.').waitFor()
    await page.getByLabel('Archive: Reason').fill('Over.')
    await page.getByRole('button', { name: 'Archive', exact: true }).click()
    await page.getByRole('button', { name: 'Take out of the archive' }).waitFor()
    await page.getByLabel('Id of the article that replaces it').fill('successor')
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByRole('button', { name: 'Yes', exact: true }).click()
    await page.getByText('deleted', { exact: true }).waitFor()
    const { articleReplacement } = await api.dataOf(ana, '{ articleReplacement(id: "ended") { key } }')
    expect(articleReplacement).toEqual({ key: 'successor' })
  })

  it.each(['light', 'dark'] as const)('has nothing serious for axe-core to find, in %s', async (colorScheme) => {
    const id = `seen-${colorScheme}`
    await create(id, { title: 'Seen', body: 'A *text*, and [a link](article:nowhere).', categoryId: 'accounts' })
    await publish(id, 'en', 1)
    await done(ana, 'reviseArticle', {
      articleId: id,
      language: 'en',
      basedOn: 1,
      title: 'Seen',
      body: 'Another text.',
    })
    const arabic = { articleId: id, language: 'ar', basedOn: 0, title: 'مرحبا', body: 'نص' }
    await done(ana, 'reviseArticle', arabic)
    const shown: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
      '': (page) => page.getByRole('link', { name: 'Seen' }).first().waitFor(),
      '#writing': (page) => page.getByRole('heading', { name: 'What to write next' }).waitFor(),
      '#new': (page) => page.getByLabel('Title').waitFor(),
      [`#article/${id}/en`]: async (page) => {
        await page.getByRole('button', { name: 'Compare with what readers see' }).click()
        await page.locator('.compared').first().waitFor()
        await page.getByText('Revisions', { exact: true }).click()
        await page.getByRole('button', { name: 'Write revision 1 again' }).waitFor()
        await page.getByText('Preview', { exact: true }).click()
      },
      [`#article/${id}/ar`]: (page) => page.locator('.source pre').waitFor(),
    }
    for (const [hash, wait] of Object.entries(shown)) {
      const errors: string[] = []
      const page = await open(sam, hash, { colorScheme, before: async (each) => void errorsOf(each, errors) })
      await wait(page)
      expect([hash, await seriousViolations(page)]).toEqual([hash, []])
      expect([hash, errors]).toEqual([hash, []])
    }
  })
})
