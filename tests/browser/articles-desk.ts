import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { RunnerTestCase } from 'vitest'
import { expect, vi } from 'vitest'
import type { Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import { ada, ana, mutate, sam, useApi } from '../../packages/api/src/server/testing/api-under-test.ts'
import { filesInFolder } from '../../packages/api/src/server/testing/files-under-test.ts'
import { patience } from '../waits/patient.ts'
import type { Pages } from './pages.ts'
import { startPages } from './pages.ts'

type Hooks = {
  readonly beforeAll: (run: () => Promise<void>) => void
  readonly afterAll: (run: () => Promise<void>) => void
  readonly afterEach: (run: (context: { readonly task: Readonly<RunnerTestCase> }) => Promise<void>) => void
}

/** A colleague of Ana, who writes articles. */
export const eve: Bearer = { id: 'eve', role: 'agent', name: 'Eve Roy' }

/** A desk with a help centre, the category `accounts`, and a Chromium for the people who write articles. */
export type ArticlesDesk = {
  readonly api: ReturnType<typeof useApi>
  readonly pages: Pages
  /** The origin of the server. */
  readonly origin: string
  /** Sends a mutation as somebody; it must not be refused. */
  done(as: Bearer, operation: string, input: object): Promise<void>
  /** Writes the first text of a public article in English, as Ana. */
  create(articleId: string, text: object): Promise<void>
  /** Approves a revision as Eve, and publishes it as Ana. */
  publish(articleId: string, language: string, revision: number): Promise<void>
  /** Opens the page of authors as somebody who has signed in. */
  open(as: Bearer, hash?: string, options?: Parameters<Pages['open']>[1]): Promise<Page>
}

/** Starts the desk before the tests of a file, closes the pages of each test, and ends it after them. */
export function useArticlesDesk({ beforeAll, afterAll, afterEach }: Hooks): ArticlesDesk {
  const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })
  let pages: Pages
  let origin = ''
  const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
    const { userErrors } = await mutate(api, as, operation, { ...input }, '')
    expect([operation, userErrors]).toEqual([operation, []])
  }
  beforeAll(async () => {
    const document = {
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      knowledge: { helpCentre: { enabled: true, title: 'Example' } },
    }
    await done(ada, 'applyConfiguration', { document })
    const texts = [
      { language: 'en', name: 'Accounts' },
      { language: 'fr', name: 'Comptes' },
    ]
    await done(sam, 'addArticleCategory', { categoryId: 'accounts', texts })
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    origin = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
    await vi.waitUntil(async () => (await fetch(`${origin}/help`)).status !== 404, patience)
    pages = await startPages()
  })
  afterEach(({ task }) => pages.closeAfter(task))
  afterAll(() => pages?.close())
  return {
    api,
    get pages() {
      return pages
    },
    get origin() {
      return origin
    },
    done,
    create: (articleId, text) => done(ana, 'createArticle', { articleId, language: 'en', audience: 'PUBLIC', ...text }),
    publish: async (articleId, language, revision) => {
      await done(eve, 'approveArticle', { articleId, language, revision })
      await done(ana, 'publishArticle', { articleId, language, revision })
    },
    open: async (as, hash = '', options = {}) => {
      const token = await api.tokenOf(as)
      return pages.open(`${origin}/desk/articles${hash}`, {
        locale: 'en-GB',
        ...options,
        before: async (page) => {
          await options.before?.(page)
          await page.addInitScript(`sessionStorage.setItem('guichet-token', ${JSON.stringify(token)})`)
        },
      })
    },
  }
}

/** Waits until the page of authors says that something was done. */
export const said = (page: Page, text: string): Promise<void> => page.getByRole('status').getByText(text).waitFor()

/** Lets the page read what others have done, as whoever comes back to its window does. */
export const comeBack = (page: Page): Promise<void> => page.evaluate('window.dispatchEvent(new Event("focus"))')
