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

/** What Playwright turns off, without what is for other systems: another list of features replaces its own. */
const playwrightTurnsOff = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

/** The suggestions below the address bar that nobody sees: two pages of Chromium's own for each window, half of what one costs. */
const addressBar = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup']

type Options = { readonly flags?: readonly string[]; readonly withoutFeatures?: readonly string[] }

/** Starts a Chromium without a screen. */
export async function launchChromium({ flags = [], withoutFeatures = [] }: Options = {}): Promise<Browser> {
  if (executablePath === undefined) throw new Error(missingBrowser)
  const features = [...playwrightTurnsOff, ...addressBar, ...withoutFeatures].join()
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--disable-features=${features}`, ...flags],
  })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Violation = {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly target: unknown }[]
}

/** What axe-core finds on a page, shadow roots included: `rule: selector` for each serious or critical violation. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(axe)
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run({ resultTypes: ['violations'] })
      .then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ target }) => ({ target })) })))`,
  )
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${JSON.stringify(target)}`))
}

/** Collects what a page reports as errors, such as a violation of its content security policy. */
export function errorsOf(page: Page, errors: string[] = []): readonly string[] {
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return errors
}
