import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

/** Where Debian and others put it; CHROMIUM names another place. */
const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const executablePath = places.find((place) => place !== undefined && existsSync(place))

/** Says what the tests of the pages miss here, and how to get it; undefined when nothing is missing. */
export const missingBrowser: string | undefined =
  executablePath === undefined
    ? 'no Chromium is installed: apt-get install chromium, or name one with CHROMIUM=/path/to/chromium'
    : undefined

/** Starts a Chromium without a screen. */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  if (executablePath === undefined) throw new Error(missingBrowser)
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...flags],
  })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds on a page, shadow roots included: `rule: selector` for each serious or critical violation. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate<readonly { id: string; impact: string; nodes: readonly { target: unknown }[] }[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ target }) => ({ target })) })))',
  )
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${JSON.stringify(target)}`))
}

/** Collects what a page reports as errors, such as a violation of its content security policy. */
export function errorsOf(page: Page): readonly string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return errors
}
