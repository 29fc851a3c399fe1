/** Words by which crawlers, previews of links and monitors name themselves in the header `User-Agent`, in lower case. */
const words = [
  'bot',
  'crawl',
  'spider',
  'slurp',
  'scrape',
  'preview',
  'facebookexternalhit',
  'headless',
  'lighthouse',
  'monitor',
  'pingdom',
  'uptime',
  'archiver',
  'feedfetcher',
  'mediapartners',
  'chatgpt-user',
  'perplexity-user',
] as const

/** Phones whose names contain one of the words. */
const phones = 'cubot'

/** How much of a header is read, in characters. */
const longest = 500

/** Whether a header `User-Agent` names a program that reads pages for nobody. Whoever names nothing is a reader. */
export function isCrawler(userAgent: string | undefined): boolean {
  const text = (userAgent ?? '').slice(0, longest).toLowerCase().replaceAll(phones, '')
  return words.some((word) => text.includes(word))
}
