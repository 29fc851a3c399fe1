import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Append, ArticleEvent } from '@guichet/domain'
import { configurationSchema, createDesk, defaultWording, guichetEvents, instant, later } from '@guichet/domain'
import { slugOf } from '@guichet/domain/knowledge'
import { unconfigured } from '@guichet/desk/configuration'
import type { PostgresStore } from '@guichet/eventstore'
import { openPool, postgresStore } from '@guichet/eventstore'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { Bench, Figure } from '../bench.ts'
import { figure, slowest } from '../bench.ts'
import { percentile } from '../ground.ts'
import { startServer, untilReady } from '../guichet-process.ts'

const articlesInAll = 20_000
const atOnce = 500
const targets = { search: 30, suggestions: 10, page: 20, bytes: 40, found: 1_000 }

/** The syllables of each language’s made-up words; those of Chinese and Japanese are characters without spaces between. */
const syllables: Readonly<Record<string, string>> = {
  en: 'tion er ing map the lock ro se in out ba le con per ti down load up ma ne',
  fr: 'ment ion re pon ber lan é si ko ve mo tin da ro che gau nel vi fer eau',
  de: 'ung er ver be ge schaft keit an ein aus ü ber zu stel len lich ten kar te rou',
  es: 'ción ar des en ma pa ca lle to ra co ne xión bus que da lis ta vo',
  it: 'zione are map pa stra da ri cer ca li sta vo ce con ne tra per cor so no',
  pt: 'ção ar ma pa ru a li ga des car re gar bus ca lis ta vo co ne xão',
  nl: 'ing en kaart weg zoek lijst stem ver bin ding laad down over ge be heid ij oe aan uit',
  pl: 'nie ać ma pa dro ga szu kaj lis ta głos po łą cze nia prze wy za od ż',
  ru: 'ние ать кар та до ро га по ис к спи сок го лос сое ди не за гру зка мар',
  ar: 'ال خري طة طر يق بح ث قا ئم ة صو ت ات صا ل تح مي ل مس ار',
  hi: 'ना ता मा न चि त्र रा स्ता खो ज सू ची आ वा ज़ सं प र्क डा उ',
  zh: '地 图 道 路 搜 索 列 表 声 音 连 接 下 载 路 线 位 置 服 务',
}
const languages = Object.keys(syllables)
const unspaced: ReadonlySet<string> = new Set(['zh'])

/**
 * Measures the public search and its suggestions among 20,000 articles in 12 languages, of made-up words of which some are
 * in half of the texts of their language; and pages of the help centre, over HTTP from a separate process. The 95th
 * percentiles in milliseconds.
 */
export async function articles({ ground, quick, articles: given }: Bench): Promise<readonly Figure[]> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => began, newId: () => 'bench' })
  const sender = { by: { kind: 'system', id: 'bench' }, at: began } as const
  const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, sender)
  if (!applied.ok) throw new Error(`the configuration was refused: ${applied.refusal.message}`)
  const count = given ?? (quick ? articlesInAll / 40 : articlesInAll)
  await seedArticles(store, count)
  const pool = openPool({ connectionString })
  const all = projections({ policy: unconfigured, wording: defaultWording })
  const runner = createProjectionRunner({ store, pool, projections: all })
  await runner.start()
  await runner.caughtUp()
  await runner.stop()
  await pool.query('vacuum analyze')
  const { articleSearch, relatedArticles } = readModels(pool)
  const times = quick ? 3 : 10
  const searches = languages.flatMap((language) =>
    [2, 4, 8].map((words) => ({ language, text: sentence(language, words) })),
  )
  const found = await slowest(times, searches, ({ language, text }) =>
    articleSearch.search({ text, language, filter: {} }, 'public', 20),
  )
  const beginnings = searches.map(({ language, text }) => ({ language, text: text.slice(0, -1) }))
  const suggested = await slowest(times, beginnings, ({ language, text }) =>
    articleSearch.suggest(text, language, 'public', 10),
  )
  const some = Array.from({ length: 60 }, (_, n) => Math.floor((n * count) / 60))
  const related = await slowest(times, some, (n) =>
    relatedArticles.ofArticle({ articleId: `article-${n}`, language: languageOf(n) }, 'public', 10),
  )
  const limit = await fullText(pool, searches, times)
  await pool.end()
  const pages = await helpPages(join(ground.folder, 'help'), connectionString, { store, count, times })
  await store.close()
  return [
    figure('articles-search-p95', 'ms', found, { limit, target: targets.search }),
    figure('articles-suggestions-p95', 'ms', suggested, { target: targets.suggestions }),
    figure('articles-related-p95', 'ms', related),
    ...pages,
  ]
}

/** The full text search of Postgres for any of the words, by its own ranking, in an index of the same texts. */
async function fullText(
  pool: Pool,
  searches: readonly { readonly language: string; readonly text: string }[],
  times: number,
): Promise<number> {
  await pool.query(`create table raw_article as select language, article_id,
    setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', excerpt), 'B') || to_tsvector('simple', body) as words
    from guichet_read.article_document where public`)
  await pool.query('create index on raw_article using gin (words)')
  await pool.query('vacuum analyze raw_article')
  return slowest(times, searches, ({ language, text }) =>
    pool.query({
      name: 'full-text',
      text: `select article_id from raw_article, to_tsquery('simple', $2) q where language = $1 and words @@ q
        order by ts_rank_cd(words, q) desc limit 20`,
      values: [language, text.split(' ').join(' | ')],
    }),
  )
}

async function helpPages(
  home: string,
  connectionString: string,
  { store, count, times }: { readonly store: PostgresStore; readonly count: number; readonly times: number },
): Promise<readonly Figure[]> {
  const { server } = startServer(home, connectionString)
  try {
    const url = await untilReady(server)
    const read = async (path: string): Promise<{ readonly address: string; readonly bytes: number }> => {
      const answer = await fetch(path)
      const bytes = (await answer.arrayBuffer()).byteLength
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
      return { address: answer.url, bytes }
    }
    const numbers = Array.from({ length: Math.min(count, 400) }, (_, n) =>
      Math.floor((n * count) / Math.min(count, 400)),
    )
    const paths = numbers.map((n) => `${url}/help/${languageOf(n)}/articles/article-${n}/${slugIn(n)}`)
    const anew: number[] = []
    const sizes: number[] = []
    for (const [n, path] of paths.entries()) {
      const started = performance.now()
      const { bytes } = await read(path)
      if (n >= languages.length) anew.push(performance.now() - started)
      sizes.push(bytes)
    }
    const found: number[] = []
    // The first one waits for the read models of a server that has just begun, and does not count.
    for (let n = 0; n <= publications; n++) {
      const started = performance.now()
      await store.append(publication(n))
      while (!(await (await fetch(`${url}/help/en/search?q=quokka${n}`)).text()).includes(`quokka${n}</mark>`)) {
        if (performance.now() - started > 60_000) throw new Error('what was published is not found after a minute')
        await sleep(pollMs)
      }
      if (n > 0) found.push(performance.now() - started)
    }
    const lists = languages.map((language) => `${url}/help/${language}`)
    for (const list of lists) sizes.push((await read(list)).bytes)
    return [
      figure('help-article-p95', 'ms', await slowest(times, paths.slice(0, 60), read), { target: targets.page }),
      figure('help-article-anew-p95', 'ms', percentile(anew, 0.95), { target: targets.page }),
      figure('help-list-p95', 'ms', await slowest(times, lists, read), { target: targets.page }),
      figure('help-published-found', 'ms', Math.max(...found), { target: targets.found }),
      figure('help-largest-page', 'kB', Math.max(...sizes) / 1_024, { target: targets.bytes }),
    ]
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

/** How many articles are published one after the other, until the help centre finds them. */
const publications = 10

/** How often it is asked, in milliseconds. */
const pollMs = 20

/** An article with a word that no other one has. */
function publication(number: number): Append<ArticleEvent> {
  const history = articleHistory((number + 1_000_000) * languages.length)
  const isRevision = (event: ArticleEvent): event is Extract<ArticleEvent, { readonly type: 'ArticleRevised' }> =>
    event.type === 'ArticleRevised'
  const events = history.events.map((event) => (isRevision(event) ? { ...event, title: `The quokka${number}` } : event))
  return { ...history, stream: `article-published-${number}`, commandId: `p-${number}`, events }
}

const began = instant('2026-01-05T08:00:00Z')
const by = { kind: 'agent', id: 'agent-1' } as const
const configuration = configurationSchema.parse({
  sla: { policies: [{ name: 'all', firstResponse: 3_600_000 }] },
  knowledge: { approval: 'none', helpCentre: { enabled: true } },
})

const random = xoroshiro128plus(1)
const share = (): number => uniformInt(random, 0, 0x3fffffff) / 0x40000000

/** Some 8,000 words of a language, the first of them far more often than the last. */
function word(language: string): string {
  const parts = (syllables[language] ?? '').split(' ')
  let rest = Math.floor(20 ** 3 * share() ** 4)
  const chosen = Array.from({ length: 3 }, () => {
    const part = parts[rest % parts.length] ?? ''
    rest = Math.floor(rest / parts.length)
    return part
  })
  return chosen.join('')
}

const sentence = (language: string, words: number): string =>
  Array.from({ length: words }, () => word(language)).join(unspaced.has(language) ? '' : ' ')

const languageOf = (number: number): string => languages[number % languages.length] ?? 'en'
const titles = new Map<number, string>()
const slugIn = (number: number): string => encodeURIComponent(slugOf(titles.get(number) ?? ''))

async function seedArticles(store: PostgresStore, count: number): Promise<void> {
  for (let from = 0; from < count; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - from) }, (_, n) => from + n)
    await store.appendMany(numbers.map(articleHistory))
  }
}

/** An article of some 200 words under three headings, that is published for everybody. */
function articleHistory(number: number): Append<ArticleEvent> {
  const [at, language] = [later(began, number), languageOf(number)]
  const title = sentence(language, 5)
  titles.set(number, title)
  const body = Array.from(
    { length: 3 },
    () =>
      `## ${sentence(language, 3)}\n\n${sentence(language, 40)}.\n\n- ${sentence(language, 10)}\n- ${sentence(language, 10)}`,
  ).join('\n\n')
  const revision = { language, revision: 1 }
  const events: ArticleEvent[] = [
    {
      type: 'ArticleCreated',
      at,
      by,
      language,
      categoryId: null,
      audience: 'public',
      difficulty: 'basic',
      tags: [],
      relatedIds: [],
      fields: {},
    },
    {
      type: 'ArticleRevised',
      at,
      by,
      ...revision,
      title,
      excerpt: sentence(language, 12),
      body,
      slug: slugOf(title),
      keywords: [],
      change: 'major',
    },
    { type: 'ArticlePublished', at, by, ...revision },
  ]
  return { stream: `article-article-${number}`, expectedVersion: 'no_stream', commandId: `a-${number}`, events }
}
