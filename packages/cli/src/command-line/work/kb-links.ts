import { linksOfArticles } from '@guichet/api/parts'
import type { ReadModels } from '@guichet/projections'
import type { CheckedLink, OutsideLinks } from '@guichet/workflows'
import { addressGuard, addressRange, checkOutsideLinks } from '@guichet/workflows'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import { counted, table } from '../table.ts'
import { caughtUpReadModels, withEngine } from '../with-engine.ts'

/** The options of `kb links`. */
export type LinksOptions = { readonly againAfter: number; readonly json?: boolean }

/** A link of an article, and what was found. */
type ArticleLinkFinding = Omit<CheckedLink, 'checkedAt'> & { readonly article: string; readonly language: string }

/** Checks the links of published articles to other sites, and prints those that readers do not reach. */
export async function checkLinks({ againAfter, json }: LinksOptions, context: Context): Promise<void> {
  const { terminal } = context
  const allowed = environmentOf(context).linkRanges.flatMap((range) => {
    const parsed = addressRange(range)
    return parsed ? [parsed] : []
  })
  const { checked, links } = await withEngine(context, async (engine, signal) => {
    const { articles } = await caughtUpReadModels(engine, context, signal)
    const { outsideLinks } = engine.readership
    const progress = terminal.progress('links', 0)
    try {
      const count = await checkOutsideLinks({
        links: outsideLinks,
        seen: urlsOf(articles),
        guard: addressGuard({ allowed }),
        now,
        againAfterMs: againAfter,
        signal,
        onProgress: progress.update,
      })
      if (count === undefined)
        throw new CommandFault('links_being_checked', 'another process checks the links of articles')
      return { checked: count, links: await withFindings(articles, outsideLinks) }
    } finally {
      progress.stop()
    }
  })
  const unreached = links.filter(({ outcome }) => outcome !== 'reached')
  if (json) {
    terminal.out(JSON.stringify({ checked, links: links.length, notReached: unreached }))
    return
  }
  const rows = unreached.map(({ article, language, outcome, status, fault, url, redirectedTo }) => [
    article,
    language,
    outcome,
    `${status ?? fault ?? ''}`,
    redirectedTo === undefined ? url : `${url} → ${redirectedTo}`,
  ])
  if (rows.length > 0) terminal.out(table(['article', 'language', 'found', 'because', 'link'], rows))
  terminal.out(`${counted(checked, 'link')} checked; ${rows.length} of ${links.length} are not as they should be`)
}

async function* urlsOf(articles: ReadModels['articles']): AsyncGenerator<readonly string[], void, undefined> {
  for await (const { urls } of linksOfArticles(articles)) yield urls
}

async function withFindings(
  articles: ReadModels['articles'],
  outsideLinks: OutsideLinks,
): Promise<readonly ArticleLinkFinding[]> {
  const links: ArticleLinkFinding[] = []
  for await (const { articleId: article, language, urls } of linksOfArticles(articles)) {
    const findings = await outsideLinks.findingsOf(urls)
    for (const url of urls) {
      const finding = findings.get(url)
      if (!finding) continue
      const { outcome, status, redirectedTo, fault } = finding
      links.push({ article, language, url, outcome, status, redirectedTo, fault })
    }
  }
  return links
}
