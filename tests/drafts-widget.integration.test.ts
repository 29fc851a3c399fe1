import { randomUUID } from 'node:crypto'
import {
  activityFingerprint,
  createDesk,
  days,
  guichetEvents,
  instant,
  isHoldout,
  later,
  proactiveActor,
  suspectCommand,
} from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { likelyIncidentsIn } from '../packages/workflows/src/proactive/likely-incidents.ts'
import { readViewer, startActivity } from './browser/activity-page.ts'
import { missingBrowser, seriousViolations } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'
import { untilTrue } from './browser/pages.ts'

const noBrowser = missingBrowser !== undefined

type Draft = {
  readonly status: string
  readonly subject: string
  readonly ticket: { readonly subject: string } | null
}

type FieldName = 'subject' | 'body' | 'email' | 'phone'

/** The token of the visitor of a page, in its code: that of the element or, for an anonymous one, that of the desk. */
const tokenInPage = `(({ server, token }) => {
  const minted = localStorage.getItem('guichet-visitor:' + server)
  return token === '' && minted !== null ? JSON.parse(minted).token : token
})(document.querySelector('guichet-chat'))`

const tokenOf = (page: Page): Promise<string> => page.evaluate<string>(tokenInPage)

describe.skipIf(noBrowser)(`a draft from the errors of a page${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach })

  /** Applies a configuration that holds no draft back, and lets a supervisor review them or not. */
  const configure = async (commandId: string, review: boolean): Promise<void> => {
    const sla = { policies: [{ name: 'all', firstResponse: '4h' }] }
    const document = { sla, proactive: { holdout: 0, review } }
    await desk.send('admin', 'ada', 'applyConfiguration', { commandId, document })
  }

  /**
   * Opens the page of a new visitor, whose button for payments throws each time. They press it three times, two minutes
   * apart by the clock of the page, and then agree that it is reported. `query` is that of `serveHostPage`.
   */
  const visitAndFail = async (query: Readonly<Record<string, string>> = {}): Promise<Page> => {
    const page = await desk.visit(query)
    await startActivity(page, desk.url, `capture: true, holdUntilConsent: true, token: () => ${tokenInPage}`)
    await page.evaluate(`{
      const RealDate = Date
      globalThis.minutesAgo = 0
      const nowOfPage = () => RealDate.now() - minutesAgo * 60_000
      globalThis.Date = class extends RealDate {
        constructor(...parts) {
          super(...(parts.length === 0 ? [nowOfPage()] : parts))
        }
        static now() {
          return nowOfPage()
        }
      }
      let orders = 0
      const button = document.createElement('button')
      button.textContent = 'Pay'
      button.onclick = () => {
        throw new TypeError('order ' + ++orders + ' has no total')
      }
      const chat = document.querySelector('guichet-chat')
      chat.toggleAttribute('drafts', true)
      document.querySelector('main').append(button, chat)
      undefined
    }`)
    for (const minutesAgo of [4, 2, 0]) {
      await page.evaluate(`minutesAgo = ${minutesAgo}`)
      await page.getByRole('button', { name: 'Pay', exact: true }).click()
    }
    await untilTrue(page, `${tokenInPage} !== ''`)
    await page.evaluate(`activity.setConsent(true)`)
    return page
  }

  /** Opens the chat of a visitor to whom a draft is offered. */
  const openOffer = async (page: Page, ready = 'A ticket is ready'): Promise<void> => {
    await page.getByRole('button', { name: ready }).click()
    await page.locator('.draft').waitFor()
  }
  const field = (page: Page, name: FieldName) => page.locator(`.draft [name=draft-${name}]`)
  const says = (page: Page, text: string): Promise<void> => page.getByRole('status').getByText(text).waitFor()
  const draftsOf = async (page: Page): Promise<readonly Draft[]> => {
    const fields = 'drafts(first: 5) { nodes { status subject ticket { subject } } }'
    const token = await tokenOf(page)
    return (await readViewer<{ drafts: { nodes: readonly Draft[] } }>(desk.url, token, fields)).drafts.nodes
  }
  const idOf = async (page: Page): Promise<string> => {
    const [, claims = ''] = (await tokenOf(page)).split('.')
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly sub: string }).sub
  }

  /**
   * Records that many customers have the trouble of a person, as the desk does once it is widespread: once, for the day
   * of one moment, on whichever days the person has met it.
   */
  const spread = async (personId: string): Promise<void> => {
    const at = instant(new Date())
    const pool = openPool({ connectionString: desk.databaseUrl, maxConnections: 1 })
    const { rows } = await pool.query<{ kind: string; code: string; since: Date }>(
      `select kind, code, min(first_at) as since from guichet_activity.trouble where person_id = $1 group by kind, code`,
      [personId],
    )
    for (const { kind, code, since } of rows) {
      const trouble = { fingerprint: activityFingerprint({ kind, code }), kind, code, since: instant(since) }
      const numbers = { lately: 42, usual: 1.5, pages: [], versions: [], byVisitors: false }
      await likelyIncidentsIn(pool).record({ ...trouble, ...numbers }, at)
    }
    await pool.end()
    expect(rows).not.toEqual([])
  }

  /** Publishes an article about the error of the page. */
  const publishArticle = async (): Promise<void> => {
    const text = { articleId: 'payments', language: 'en' }
    const article = { ...text, title: 'Payments that fail', body: 'What a TypeError means.', audience: 'PUBLIC' }
    await desk.send('agent', 'ana', 'createArticle', { commandId: 'article', ...article })
    await desk.send('agent', 'eve', 'approveArticle', { commandId: 'approval', ...text, revision: 1 })
    await desk.send('agent', 'ana', 'publishArticle', { commandId: 'publication', ...text, revision: 1 })
  }

  /**
   * A customer had the trouble of the page twenty days ago, and opened a draft about it whose ticket is solved. It is
   * recorded at once: a draft of that time that waits has lapsed by now.
   */
  const solveBefore = async (customerId: string): Promise<void> => {
    const store = await postgresStore({ catalogue: guichetEvents, connectionString: desk.databaseUrl })
    const past = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const [at, ticketId] = [later(instant(new Date()), -days(20)), `ticket-of-${customerId}`]
    const suspicion = exampleSuspicion({ code: 'TypeError', since: at })
    const text = { subject: 'Paying failed in spring', body: 'It fails.', language: 'en' }
    const steps = [
      { command: suspectCommand(suspicion, 'rules', text) },
      { by: { kind: 'customer', id: customerId }, command: { type: 'open', number: 1, ticketId } },
      { command: { type: 'settle', ticketId, outcome: 'resolved' } },
    ] as const
    expect(isHoldout(customerId, suspicion.fingerprint, 0.05)).toBe(false)
    const outcome = await past.engine.executeTogether('draft', customerId, steps, { by: proactiveActor, at })
    expect(outcome).toMatchObject({ ok: true })
    await expect.poll(async () => (await past.read('ticket', ticketId)).state.status).not.toBe('absent')
    await store.close()
    const answer = { ticketId, body: 'Update the card of your account.' }
    await desk.send('agent', 'ana', 'agentReply', { commandId: `answer-${ticketId}`, ...answer })
    await desk.send('agent', 'ana', 'resolveTicket', { commandId: `solve-${ticketId}`, ticketId })
  }

  it('is changed by its visitor, whose words outlast a change of the page, and opened', async () => {
    await configure('offer', false)
    await publishArticle()
    const page = await visitAndFail()
    await openOffer(page)
    expect(await field(page, 'subject').inputValue()).toBe('An error that comes back')
    expect(await field(page, 'body').inputValue()).toContain('TypeError')
    expect(await field(page, 'email').isVisible()).toBe(false)
    await page.locator('.draft').getByText('We are almost certain.').waitFor()
    await page.locator('.draft').getByText('The same problem happened 3 times in a short time.').waitFor()
    await says(page, 'A ticket is ready')
    await page.locator('.draft').getByText('These articles may help:').waitFor()
    const article = page.locator('.draft').getByRole('link', { name: 'Payments that fail' })
    expect(await article.getAttribute('href')).toBe('/articles/payments/en/payments-that-fail')
    expect(await seriousViolations(page)).toEqual([])

    await field(page, 'subject').fill('I cannot pay')
    await field(page, 'body').fill('   ')
    await page.getByRole('button', { name: 'Open this ticket' }).click()
    await page.locator('#problem-draft-body').getByText('Write something here.').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await field(page, 'body').fill('The button does nothing.')
    await page.reload()
    await page.locator('.launcher').click()
    await page.locator('.draft').waitFor()
    expect(await field(page, 'subject').inputValue()).toBe('I cannot pay')
    expect(await field(page, 'body').inputValue()).toBe('The button does nothing.')

    await page.getByRole('button', { name: 'Open this ticket' }).click()
    await says(page, 'Your ticket is open, we will answer you.')
    await page.locator('.draft').waitFor({ state: 'hidden' })
    const opened = { status: 'OPENED', subject: 'I cannot pay', ticket: { subject: 'I cannot pay' } }
    await expect.poll(() => draftsOf(page)).toEqual([opened])
    await untilTrue(page, `Object.keys(sessionStorage).filter((key) => key.includes(':draft-')).length === 0`)
  })

  it('shows its visitor their solved tickets about the same trouble, and articles that may help', async () => {
    await configure('offer to whom it happened before', false)
    await publishArticle()
    const token = await desk.tokenOf('customer', 'back-again')
    await solveBefore('back-again')
    const solved = { drafts: { nodes: [{ ticket: { status: 'RESOLVED' } }] } }
    await expect
      .poll(() => readViewer(desk.url, token, 'drafts(first: 1) { nodes { ticket { status } } }'))
      .toEqual(solved)

    const page = await visitAndFail({ token })
    await openOffer(page)
    await page.locator('.draft').getByText('Your solved tickets about this:').waitFor()
    const solvedTicket = page.locator('.draft li', { hasText: 'Paying failed' })
    await solvedTicket.locator(':scope > blockquote').getByText('Update the card of your account.').waitFor()
    expect(await solvedTicket.getByText('It fails.').isVisible()).toBe(false)
    await solvedTicket.getByText(/^#\d+ Paying failed in spring$/).click()
    await solvedTicket.getByText('It fails.').waitFor()
    await page.locator('.draft').getByText('These articles may help:').waitFor()
    await page.locator('.draft').getByRole('link', { name: 'Payments that fail' }).waitFor()
    expect(await seriousViolations(page)).toEqual([])

    const stranger = await visitAndFail()
    await openOffer(stranger)
    await stranger.locator('.draft').getByRole('link', { name: 'Payments that fail' }).waitFor()
    expect(await stranger.locator('.draft').getByText('Paying failed').count()).toBe(0)
    expect(await stranger.locator('.draft').getByText('Update the card').count()).toBe(0)
  })

  it('is opened by an anonymous visitor who says how they are answered', async () => {
    await configure('offer to anybody', false)
    const page = await visitAndFail({ token: '' })
    await openOffer(page)
    const open = page.getByRole('button', { name: 'Open this ticket' })
    const refuses = (name: 'email' | 'phone', problem: string): Promise<void> =>
      page.locator(`#problem-draft-${name}`).getByText(problem).waitFor()
    await open.click()
    await refuses('email', 'Give an e-mail address or a telephone number with its country code.')
    expect(await seriousViolations(page)).toEqual([])
    await field(page, 'phone').fill('12')
    await open.click()
    await refuses('phone', 'Give the number with its country code')
    await field(page, 'phone').fill('')
    // What a browser takes for an address, and the desk does not.
    await field(page, 'email').fill('zoe@localhost')
    await open.click()
    await refuses('email', 'This is no e-mail address.')
    await field(page, 'email').fill('zoe@example.org')
    await page.reload()
    await page.locator('.launcher').click()
    await page.locator('.draft').waitFor()
    expect(await field(page, 'email').inputValue()).toBe('zoe@example.org')
    await open.click()
    await says(page, 'Your ticket is open, we will answer you.')
    const token = await tokenOf(page)
    const opened = { drafts: { nodes: [{ status: 'OPENED' }] } }
    await expect.poll(() => readViewer(desk.url, token, 'drafts(first: 5) { nodes { status } }')).toEqual(opened)
  })

  it('is dismissed by another visitor, in French', async () => {
    await configure('offer again', false)
    const page = await visitAndFail({ lang: 'fr' })
    await openOffer(page, 'Une demande est prête')
    expect(await field(page, 'subject').inputValue()).toBe('Une erreur qui revient')
    await page.getByRole('button', { name: 'Pas maintenant' }).click()
    await says(page, 'D’accord. Nous n’en reparlerons pas avant quelque temps.')
    await page.locator('.draft').waitFor({ state: 'hidden' })
    await expect.poll(() => draftsOf(page)).toMatchObject([{ status: 'DISMISSED', ticket: null }])
  })

  it('is the last one for a visitor who wants none any more, until they want them again', async () => {
    await configure('offer once more', false)
    const page = await visitAndFail()
    await openOffer(page)
    await page.getByRole('button', { name: 'Do not offer me this any more' }).click()
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Yes, nothing' }).click()
    await says(page, 'All right. We will not offer you tickets any more.')
    await page.locator('.draft').waitFor({ state: 'hidden' })
    const token = await tokenOf(page)
    const isOff = () => readViewer(desk.url, token, 'draftsSwitchedOff')
    await expect.poll(isOff).toEqual({ draftsSwitchedOff: true })
    await page.reload()
    await page.locator('.launcher').click()
    const again = page.getByRole('button', { name: 'Offer me tickets again' })
    await again.waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await again.click()
    await says(page, 'All right. We will offer you tickets again.')
    await again.waitFor({ state: 'hidden' })
    await expect.poll(isOff).toEqual({ draftsSwitchedOff: false })
  })

  it('says that it is offered no more where it was decided elsewhere while its visitor writes', async () => {
    await configure('offer and decide', false)
    const page = await visitAndFail()
    await openOffer(page)
    await field(page, 'body').fill('The button does')
    await desk.send('customer', await idOf(page), 'dismissDraft', { commandId: 'elsewhere', number: 1 })
    await says(page, 'This ticket is not offered any more.')
    await page.locator('.draft').waitFor({ state: 'hidden' })
  })

  it('goes on as a message where the desk refuses its ticket', async () => {
    await configure('offer and refuse', false)
    const page = await visitAndFail()
    await openOffer(page)
    await field(page, 'subject').fill('I cannot pay')
    await field(page, 'body').fill('The button does nothing.')
    const id = await idOf(page)
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mutation OpenDraft')) return route.continue()
      // The draft is offered no more, as after a refusal of its ticket.
      await desk.send('customer', id, 'dismissDraft', { commandId: 'meanwhile', number: 1 })
      const body = JSON.stringify({ data: { result: { userErrors: [{ code: 'CUSTOMER_BLOCKED', field: null }] } } })
      const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' }
      return route.fulfill({ headers, body })
    })
    await page.getByRole('button', { name: 'Open this ticket' }).click()
    await page.locator('.draft').waitFor({ state: 'hidden' })
    await says(page, 'That was not possible (CUSTOMER_BLOCKED).')
    expect(await page.locator('#first').inputValue()).toBe('I cannot pay\nThe button does nothing.')
  })

  it('waits for a supervisor, who offers one and withholds another, undisturbed by a new one', async () => {
    await configure('review', true)
    const supervisor = await openAsSupervisor()
    const first = await visitAndFail()
    const summary = supervisor.locator('summary', { hasText: 'for review' })
    await summary.click()
    const items = supervisor.locator('details', { has: summary }).locator(':scope > ul > li')
    const reason = items.first().getByLabel(/^Reason for withholding: /)
    await reason.fill('A test')
    const second = await visitAndFail()
    await supervisor.getByText('2 drafts wait for review').first().waitFor()
    expect(await items.count()).toBe(2)
    expect(await reason.inputValue()).toBe('A test')
    expect(await supervisor.evaluate(`document.activeElement?.placeholder`)).toBe('Reason, for the desk')
    expect(await seriousViolations(supervisor)).toEqual([])

    await items
      .first()
      .getByRole('button', { name: /^Offer it: / })
      .click()
    await openOffer(first)
    await supervisor.getByText('1 draft waits for review').first().waitFor()
    await reason.fill('Nothing is wrong')
    await items
      .first()
      .getByRole('button', { name: /^Withhold it: / })
      .click()
    await summary.waitFor({ state: 'hidden' })
    expect(await draftsOf(second)).toEqual([])
  })

  it('is shown beside the chat of its customer while it is offered, and as the origin of their ticket', async () => {
    await configure('offer beside a chat', false)
    const page = await visitAndFail()
    await page.getByRole('button', { name: 'A ticket is ready' }).waitFor()
    const chatId = await desk.start(page, 'Hello, I cannot pay')
    const beside = await openAsSupervisor(chatId)
    const panel = beside.getByRole('complementary', { name: 'Customer' })
    // The supervisor has no language of their own: they read drafts in that of the desk.
    await panel.getByText('Une erreur qui revient · offered').click()
    await panel.getByText('Le même problème s’est produit 3 fois').waitFor()
    expect(await seriousViolations(beside)).toEqual([])

    await desk.send('customer', await idOf(page), 'openDraft', { commandId: 'open beside a chat', number: 1 })
    await expect
      .poll(async () => {
        await panel.getByRole('button', { name: 'Refresh', exact: true }).click()
        return panel.getByText(/^Opened from a draft: \d+ % certain$/).count()
      })
      .toBe(1)
    await panel.getByText(/^Opened from a draft: /).click()
    await panel.getByText('error_occurred:TypeError: 3').waitFor()
    await panel.getByText(/ · opened as #\d+$/).waitFor()
    expect(await seriousViolations(beside)).toEqual([])
  })

  it('lets a supervisor look for likely incidents and customers at risk', async () => {
    const supervisor = await openAsSupervisor()
    const watch = supervisor.locator('details', { hasText: 'Likely incidents and customers at risk' })
    await watch.locator('summary').click()
    await watch.getByText('None.').first().waitFor()
    expect(await seriousViolations(supervisor)).toEqual([])
  })

  it('lets a supervisor look at trends, and again on demand, with what is reported as text alone', async () => {
    const supervisor = await openAsSupervisor()
    const trends = supervisor.locator('details', { has: supervisor.getByText('Trends', { exact: true }) })
    await trends.locator('summary').click()
    await trends.getByText(/^As of /).waitFor()
    expect(await seriousViolations(supervisor)).toEqual([])

    const value = '<img src="x" alt="a picture">'
    const counts = [{ value, count: 3, people: null, days: [] }]
    const nobody = { nodes: [] }
    const activities = { kinds: counts, pages: counts, versions: counts, troubles: [] }
    const data = { ...activities, draftReport: [], atRiskCounts: [], customers: nobody, organisations: nobody }
    await supervisor.route('**/graphql', (route) =>
      route.request().postData()?.includes('query Trends') ? route.fulfill({ json: { data } }) : route.continue(),
    )
    await trends.getByRole('button', { name: 'Refresh the trends' }).click()
    await trends.getByRole('rowheader', { name: value }).first().waitFor()
    expect(await trends.locator('img').count()).toBe(0)
    expect(await seriousViolations(supervisor)).toEqual([])
  })

  it('has what may solve it shown while it waits, and says when many have its trouble', async () => {
    await configure('review again', true)
    const supervisor = await openAsSupervisor()
    const asked: string[] = []
    supervisor.on('request', (request) => {
      const [, id] = /query DraftSolutions.*"variables":\{"id":"([^"]+)"/.exec(request.postData() ?? '') ?? []
      if (id !== undefined) asked.push(id)
    })
    const gone = await idOf(await visitAndFail())
    const summary = supervisor.locator('summary', { hasText: 'for review' })
    await summary.waitFor()
    await desk.send('supervisor', 'sam', 'withholdDraft', { commandId: 'gone', customerId: gone, number: 1 })
    await summary.waitFor({ state: 'hidden' })
    const present = await idOf(await visitAndFail())
    await summary.click()
    await expect.poll(() => asked).toContain(`Draft~1~${present}`)
    expect(asked).not.toContain(`Draft~1~${gone}`)

    const items = supervisor.locator('details', { has: summary }).locator(':scope > ul > li')
    await items.first().getByRole('link', { name: 'Payments that fail' }).waitFor()
    await items
      .first()
      .getByText(/^#\d+ Paying failed in spring$/)
      .waitFor()
    await items.first().locator('li > blockquote').getByText('Update the card of your account.').waitFor()
    const widespread = items.first().getByText('Many customers have this: 42 within 24 hours')
    await spread(present)
    await visitAndFail()
    await widespread.waitFor()
    expect(await seriousViolations(supervisor)).toEqual([])
  })

  it('lets two supervisors declare a likely incident, once', async () => {
    await configure('offer at last', false)
    const page = await visitAndFail()
    await openOffer(page)
    // The urgent ticket of the incident is opened for the one who met the trouble last: it ends the draft of theirs.
    await visitAndFail()
    await spread(await idOf(page))
    const watches = [await openAsSupervisor(), await openAsSupervisor()].map((supervisor) =>
      supervisor.locator('details', { hasText: 'Likely incidents and customers at risk' }),
    )
    const declare = (watch: Locator): Locator => watch.getByRole('button', { name: /^Declare: / })
    for (const watch of watches) {
      await watch.locator('summary').click()
      await declare(watch).waitFor()
    }
    for (const watch of watches) {
      await declare(watch).click()
      await watch.getByRole('button', { name: 'Yes, declare it' }).click()
      await watch.getByText(/^Declared: /).waitFor()
      expect(await watch.page().locator('p.problem').first().textContent()).toBe('')
      // It is drawn anew whenever the list is opened.
      await watch.page().evaluate(`for (const item of document.querySelectorAll('li')) item.dataset.drawn = 'before'`)
      await watch.locator('summary').click()
      await watch.locator('summary').click()
      await watch.locator('li:not([data-drawn])', { hasText: 'Declared: ' }).waitFor()
      await watch.page().reload()
      await watch.locator('summary').click()
      await watch.getByText(/^Declared: /).waitFor()
      expect(await declare(watch).count()).toBe(0)
    }
    await page.reload()
    await page.locator('.launcher').click()
    await page.locator('.draft').getByText('We know of this problem and are working on it').waitFor()
    expect(await seriousViolations(page)).toEqual([])
  })

  /** Opens the page of agents, and a chat on it, signed in as a supervisor and not as whom the server signs in. */
  async function openAsSupervisor(chatId = ''): Promise<Page> {
    const token = await desk.tokenOf('supervisor', 'sam')
    const signIn = `new MutationObserver(() => {
      const main = document.querySelector('main')
      if (main && main.dataset.token !== '${token}') main.dataset.token = '${token}'
    }).observe(document, { childList: true, subtree: true })`
    const address = `${desk.url}/chat/agent#${encodeURIComponent(chatId)}`
    const page = await desk.pages.open(address, { before: (opened) => opened.addInitScript(signIn) })
    await page.getByText(chatId === '' ? 'Choose a chat.' : 'Live data').waitFor()
    return page
  }
})
