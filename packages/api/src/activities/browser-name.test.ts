import { expect, it } from 'vitest'
import { browserName } from './browser-name.ts'

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/139.0.0.0 Safari/537.36`, 'Chrome 139'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} HeadlessChrome/139.0.7258.5 Safari/537.36`, 'Chrome 139'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0`, 'Edge 139'],
  [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/137.0.0.0 Safari/537.36 OPR/121.0.0.0`, 'Opera 121'],
  [`Mozilla/5.0 (Linux; Android 15) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile`, 'Samsung Internet 28'],
  ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15', 'Safari 18'],
  ['Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1', 'Safari 18'],
  ['Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 CriOS/139.0.7258.76 Mobile/15E148 Safari/604.1', 'Chrome 139'],
  ['curl/8.7.1', undefined],
  ['', undefined],
  [`${'x'.repeat(100_000)} Firefox/140.0`, undefined],
  [undefined, undefined],
])('%s is %s', (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name)
})
