import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { closeTranslationServers, translationServer } from '@guichet/workflows/contract'
import type { TranslationServer } from '@guichet/workflows/contract'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'
import { untilTrue } from './browser/pages.ts'

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`a chat in translation${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let server: TranslationServer
  beforeAll(async () => void (server = await translationServer()))
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach }, () => ({
    GUICHET_TRANSLATOR_URLS: `dictionary=${server.url}`,
    GUICHET_TRANSLATOR_PAIRS: 'en>fr=dictionary,fr>en=dictionary',
  }))
  afterAll(closeTranslationServers)

  it('is read by an agent in their language, and answered in that of the customer, which they see first', async () => {
    await desk.send('supervisor', 'sam', 'changeAgent', { commandId: 'french', agentId: 'camille', languages: ['fr'] })
    const visitor = await desk.visit({ lang: 'en' })
    const asked = 'Hello, my order is wrong: please read the invoice and thank you for your order today'
    const page = await desk.accept(await desk.start(visitor, asked))
    const errors = errorsOf(page)
    const log = page.getByRole('log')
    await log.getByText('Bonjour, ma commande est fausse: veuillez lire la facture').waitFor()
    await log.getByText(asked).waitFor()

    const field = page.getByRole('textbox', { name: 'Write a message' })
    await field.fill('Nous avons envoyé votre commande')
    await page.getByRole('button', { name: 'Preview in English' }).press('Enter')
    const preview = page.getByRole('textbox', { name: 'What the customer reads' })
    await untilTrue(page, `document.querySelector('textarea[lang]')?.value === 'We have sent your order'`)
    expect(await seriousViolations(page)).toEqual([])
    await preview.fill('We have sent your order today.')
    await page.getByRole('button', { name: 'Send the translation' }).press('Enter')

    await visitor.getByRole('log').getByText('We have sent your order today.').waitFor()
    await log.getByText('Written in French').waitFor()
    await log.getByText('Nous avons envoyé votre commande').waitFor()
    expect(await field.inputValue()).toBe('')
    expect(errors).toEqual([])
  })
})
