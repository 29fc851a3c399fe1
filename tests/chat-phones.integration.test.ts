import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'
import { untilTrue } from './browser/pages.ts'

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`the chat on a phone${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach })

  const upright = { width: 360, height: 640 }
  const landscape = { width: 640, height: 360 }

  /** Waits until all of an element is in the window, and nothing covers its middle. */
  const untilInSight = async (page: Page, selector: string): Promise<void> => {
    const seen = `(() => {
      const root = document.querySelector('guichet-chat')?.shadowRoot ?? document
      const element = root.querySelector('${selector}')
      const { left, top, right, bottom } = element.getBoundingClientRect()
      const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && bottom > top
      const middle = root.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      return (inside && element.contains(middle)) || [left, top, right, bottom, innerWidth, innerHeight, middle?.className]
    })()`
    await untilTrue(page, seen)
  }

  it.each([
    ['upright', upright],
    ['in landscape', landscape],
  ])('fills the screen %s, with the place to write in sight', async (_, viewport) => {
    const visitor = await desk.visit({}, { viewport })
    const errors = errorsOf(visitor)
    const launcher = await visitor.locator('.launcher').boundingBox()
    expect(launcher?.width).toBeLessThan(100)
    await visitor.locator('.launcher').click()
    for (const selector of ['#first', '.start:not(.draft *) .primary', '.bar button'])
      await untilInSight(visitor, selector)
    await visitor.locator('.bar button').click()
    const chatId = await desk.start(visitor, 'Hello')
    expect(await visitor.locator('.panel').boundingBox()).toEqual({ x: 0, y: 0, ...viewport })
    for (let n = 0; n < 3; n++) {
      await visitor.getByRole('textbox', { name: 'Write a message' }).fill(`A long letter${'\n…'.repeat(20)}`)
      await visitor.getByRole('textbox', { name: 'Write a message' }).press('Enter')
    }
    await visitor.locator('.message').nth(3).waitFor()
    const parts = ['.composer textarea', '.composer .primary', '.bar button', '.end']
    for (const selector of parts) await untilInSight(visitor, selector)
    expect(await seriousViolations(visitor)).toEqual([])
    await visitor.getByRole('button', { name: 'Close the window' }).click()
    await untilInSight(visitor, '.launcher')
    expect(await visitor.locator('.launcher').boundingBox()).toEqual(launcher)
    expect(errors).toEqual([])
    const agent = await desk.accept(chatId, { viewport })
    await agent.getByRole('textbox', { name: 'Write a message' }).scrollIntoViewIfNeeded()
    for (const selector of ['.composer textarea', '.composer .primary']) await untilInSight(agent, selector)
    const width = 'document.documentElement.scrollWidth <= innerWidth || document.documentElement.scrollWidth'
    await untilTrue(agent, width)
    expect(await seriousViolations(agent)).toEqual([])
  })

  it('keeps the place to write above the keyboard of the screen, and what is left of the rest scrolls', async () => {
    const visitor = await desk.visit({}, { viewport: landscape })
    await desk.start(visitor, 'Hello')
    // What a keyboard leaves of a phone in landscape.
    await visitor.setViewportSize({ width: 640, height: 150 })
    for (const selector of ['.composer textarea', '.composer .primary']) await untilInSight(visitor, selector)
    await visitor.setViewportSize(landscape)
    // Other browsers lay the keyboard over the page, and say so by the visual viewport alone. Headless ones have no keyboard.
    const seen = (height: string): string => `{
      ${height}
      visualViewport.dispatchEvent(new Event('resize'))
    }`
    const height = `document.querySelector('guichet-chat').shadowRoot.querySelector('.panel').getBoundingClientRect().height`
    await visitor.evaluate(seen(`Object.defineProperty(visualViewport, 'height', { value: 200, configurable: true })`))
    await untilTrue(visitor, `${height} === 200 || ${height}`)
    for (const selector of ['.composer textarea', '.composer .primary']) await untilInSight(visitor, selector)
    await visitor.evaluate(seen(`delete visualViewport.height`))
    await untilTrue(visitor, `${height} === 360 || ${height}`)
  })

  it('leaves to an input method its keys: Enter sends no text that is being composed, and Escape closes nothing', async () => {
    const visitor = await desk.visit({}, { viewport: upright })
    await desk.start(visitor, 'Hello')
    const field = visitor.getByRole('textbox', { name: 'Write a message' })
    await field.fill('にほん')
    const pressed = (key: string, init: string): Promise<unknown> =>
      visitor.evaluate(`{
        const root = document.querySelector('guichet-chat').shadowRoot
        const given = { key: '${key}', bubbles: true, composed: true, cancelable: true, ${init} }
        const event = new KeyboardEvent('keydown', given)
        root.querySelector('.composer textarea').dispatchEvent(event);
        [event.isComposing, event.keyCode, event.defaultPrevented]
      }`)
    // As Chromium and Firefox send the key that ends a composition, then as Safari does.
    for (const key of ['Enter', 'Escape']) {
      expect(await pressed(key, 'isComposing: true')).toEqual([true, 0, false])
      expect(await pressed(key, 'keyCode: 229')).toEqual([false, 229, false])
    }
    expect(await field.inputValue()).toBe('にほん')
    await field.fill('日本')
    expect(await pressed('Enter', 'keyCode: 13')).toEqual([false, 13, true])
    await visitor.getByRole('log').getByText('日本', { exact: true }).waitFor()
    expect(await visitor.getByRole('log').getByText('にほん').count()).toBe(0)
  })

  it('stays a panel in a corner on a larger screen', async () => {
    const visitor = await desk.visit({}, { viewport: { width: 1_280, height: 800 } })
    await desk.start(visitor, 'Hello')
    const panel = await visitor.locator('.panel').boundingBox()
    expect(panel).toMatchObject({ width: 360, height: 560 })
    await untilInSight(visitor, '.launcher')
  })
})
