import type { ReadModels } from '@guichet/projections'
import { Html, markup } from './html.ts'
import type { HelpCentre } from './page.ts'
import { paths } from './page.ts'

/** How many addresses a part of the sitemap has: sitemaps.org allows 50,000. */
const mostAddresses = 10_000

const declaration = new Html('<?xml version="1.0" encoding="UTF-8"?>\n')

const namespace = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/** The index of the sitemap, which has a part for so many articles of a language; undefined without a public address. */
export async function sitemapIndex(
  { settings: { address }, catalogue }: HelpCentre,
  { helpCentre }: Pick<ReadModels, 'helpCentre'>,
): Promise<string | undefined> {
  if (address === undefined) return undefined
  const totals = new Map<string, number>(catalogue.languages.map((language) => [language, 0]))
  for (const { language, articles } of await helpCentre.counts()) {
    totals.set(language, (totals.get(language) ?? 0) + articles)
  }
  const parts = [...totals].flatMap(([language, total]) =>
    Array.from(
      { length: Math.max(1, Math.ceil(total / mostAddresses)) },
      (_, at) => markup`<sitemap><loc>${address}${paths.home(language)}/sitemap-${at + 1}.xml</loc></sitemap>\n`,
    ),
  )
  return markup`${declaration}<sitemapindex xmlns="${namespace}">\n${parts}</sitemapindex>\n`.text
}

/** A part of the sitemap, numbered from 1: the home page of a language in the first, and articles. */
export async function sitemapPart(
  { settings: { address } }: HelpCentre,
  language: string,
  number: number,
  { helpCentre }: Pick<ReadModels, 'helpCentre'>,
): Promise<string | undefined> {
  if (address === undefined) return undefined
  const rows = await helpCentre.addresses(language, { offset: (number - 1) * mostAddresses, limit: mostAddresses })
  if (number > 1 && rows.length === 0) return undefined
  const home = number === 1 && markup`<url><loc>${address}${paths.home(language)}</loc></url>\n`
  const urls = rows.map((row) => {
    const place = markup`<loc>${address}${paths.article(language, row)}</loc>`
    return markup`<url>${place}<lastmod>${row.publishedAt}</lastmod></url>\n`
  })
  return markup`${declaration}<urlset xmlns="${namespace}">\n${home}${urls}</urlset>\n`.text
}

/** What crawlers may read: the pages of the help centre, unless the desk says otherwise, and nothing else of the server. */
export function robotsText({ address, indexed }: HelpCentre['settings']): string {
  if (!indexed) return 'User-agent: *\nDisallow: /\n'
  const sitemap = address === undefined ? '' : `\nSitemap: ${address}/help/sitemap.xml\n`
  return `User-agent: *\nDisallow: /help/*/search\nAllow: /help\nDisallow: /\n${sitemap}`
}
