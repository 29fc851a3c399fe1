import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ada, ana, mutate, sam, useApi } from '../packages/api/src/server/testing/api-under-test.ts'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import type { Pages } from './browser/pages.ts'
import { startPages } from './browser/pages.ts'
import { patience } from './waits/patient.ts'

const body = `Open [the mail](article:mail) or <https://example.org>.

## Steps {#steps}

1. Open **Settings**.
2. Run \`reset --all\`, [as above](#steps).

\`\`\`sh
${'reset --all '.repeat(20)}
\`\`\`

| key | what it does |
| --- | ------------ |
| a   | ${'long '.repeat(30)} |

> A quotation, and ![a picture](https://picture.example/a.png)
`

describe.skipIf(missingBrowser)(`the help centre in a browser${missingBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const api = useApi({ beforeAll, afterAll })
  let pages: Pages
  let origin = ''
  let commands = 0

  const done = async (operation: string, input: object, as = ana): Promise<void> => {
    const result = await mutate(api, as, operation, { ...input }, '')
    expect(result.userErrors).toEqual([])
  }
  const publish = async (articleId: string, language: string, text: object): Promise<void> => {
    await done('createArticle', { articleId, language, audience: 'PUBLIC', ...text })
    await done('publishArticle', { articleId, language, revision: 1 })
  }

  beforeAll(async () => {
    const document = {
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      knowledge: { approval: 'none', helpCentre: { enabled: true, contactForm: true, title: 'Example' } },
    }
    const query = 'mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { position } }'
    await api.dataOf(ada, query, { input: { commandId: `configure-${++commands}`, document } })
    const texts = [{ language: 'en', name: 'Accounts', description: 'Who you are.' }]
    await done('addArticleCategory', { categoryId: 'accounts', texts }, sam)
    await done(
      'addArticleCategory',
      { categoryId: 'mails', parentId: 'accounts', texts: [{ language: 'en', name: 'Mails' }] },
      sam,
    )
    await publish('mail', 'en', {
      title: 'Change your mail',
      body: 'Text.',
      categoryId: 'mails',
      excerpt: 'An excerpt.',
    })
    await publish('reset', 'en', { title: 'Reset the password', body, categoryId: 'accounts', relatedIds: ['mail'] })
    await done('reviseArticle', {
      articleId: 'reset',
      language: 'ar',
      title: 'إعادة تعيين كلمة المرور',
      body,
      basedOn: 0,
    })
    await done('publishArticle', { articleId: 'reset', language: 'ar', revision: 1 })
    await publish('old', 'en', { title: 'Old', body: 'Text.' })
    await done('deleteArticle', { articleId: 'old', reason: 'Wrong.', replacedBy: 'mail' }, sam)
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
    await vi.waitUntil(async () => (await fetch(`${origin}/help/ar`)).status === 200, patience)
    pages = await startPages()
  })
  afterEach(({ task }) => pages.closeAfter(task))
  afterAll(() => pages?.close())

  const open = (path: string, options: Parameters<Pages['open']>[1] = {}): Promise<Page> =>
    pages.open(`${origin}${path}`, options)

  it.each(['light', 'dark'] as const)('has nothing serious for axe-core to find, in %s', async (colorScheme) => {
    const paths = [
      '/help/en',
      '/help/ar',
      '/help/en/categories/accounts',
      '/help/en/articles/reset/reset-the-password',
      '/help/ar/articles/reset',
      '/help/ar/articles/mail/x',
      '/help/en/articles/old/old',
      '/help/en/search?q=password',
      '/help/en/search?q=nothing',
      '/help/en/contact',
      '/help/ar/contact?sent',
    ]
    for (const path of paths) {
      const errors: string[] = []
      const page = await open(path, {
        colorScheme,
        bypassCSP: false,
        before: async (each) => void errorsOf(each, errors),
      })
      expect([path, await seriousViolations(page)]).toEqual([path, []])
      expect([path, errors.filter((each) => each.includes('Content Security Policy'))]).toEqual([path, []])
    }
  })

  it('is read and searched without script, by keyboard, and in the direction of its language', async () => {
    const page = await open('/help', { javaScriptEnabled: false, locale: 'en-GB' })
    expect(page.url()).toBe(`${origin}/help/en`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(page.url()).toBe(`${origin}/help/en#main`)
    await page.getByRole('searchbox', { name: 'Search' }).fill('password')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Reset the password' }).click()
    await page.getByRole('heading', { level: 1, name: 'Reset the password' }).waitFor()
    await page.getByRole('link', { name: 'العربية' }).click()
    await page.getByRole('heading', { level: 1, name: 'إعادة تعيين كلمة المرور' }).waitFor()
    await page.getByRole('navigation', { name: 'المواضيع' }).waitFor()
  })

  it('takes a message without script, and what was searched in vain as its subject', async () => {
    const page = await open('/help/en', { javaScriptEnabled: false })
    await page.getByRole('searchbox', { name: 'Search' }).fill('xylophone')
    await page.keyboard.press('Enter')
    await page.getByRole('main').getByRole('link', { name: 'Contact us' }).click()
    expect(await page.getByRole('textbox', { name: 'Subject' }).inputValue()).toBe('xylophone')
    await page.getByRole('textbox', { name: 'E-mail' }).fill('lou@example')
    await page.getByRole('textbox', { name: 'Message' }).fill('Is there one?')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Please enter a complete e-mail address').waitFor()
    await page.getByRole('textbox', { name: 'E-mail' }).fill('lou@example.org')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('heading', { name: 'Your message has arrived' }).waitFor()
    const query = '{ tickets(first: 2) { nodes { subject customer { email } } } }'
    const tickets = { nodes: [{ subject: 'xylophone', customer: { email: 'lou@example.org' } }] }
    await expect.poll(() => api.dataOf(ana, query)).toEqual({ tickets })
  })

  it('is no wider than a phone', async () => {
    const page = await open('/help/en/articles/reset/reset-the-password', { viewport: { width: 320, height: 640 } })
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(320)
  })
})
