import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import { articleWriter } from '../testing/written-articles.ts'
import type { ArticleReaders } from './articles-queries.ts'
import type { ArticleSearch } from './search-queries.ts'

const desk = emptyDesk()
const write = articleWriter(desk)
let history: ProjectedHistory
let projected = 0

/** Projects what has been written since. */
async function follow(): Promise<void> {
  const events = await historyOf(desk)
  await history.project([events.slice(projected)])
  projected = events.length
}

const search = (text: string, more: Partial<ArticleSearch> = {}, readers: ArticleReaders = 'public', limit = 20) =>
  history.models.articleSearch.search({ text, language: 'en', filter: {}, ...more }, readers, limit)

async function found(text: string, more: Partial<ArticleSearch> = {}, readers: ArticleReaders = 'public') {
  return (await search(text, more, readers)).hits.map(({ articleId }) => articleId)
}

const suggested = async (text: string, language = 'en', readers: ArticleReaders = 'public') =>
  (await history.models.articleSearch.suggest(text, language, readers, 5)).map(({ articleId }) => articleId)

beforeAll(async () => {
  history = await projectHistory([])
  await write.category({
    type: 'add',
    categoryId: 'account',
    texts: [{ language: 'en', name: 'Account' }],
    audience: 'public',
  })
  await write.category({
    type: 'add',
    categoryId: 'login',
    parentId: 'account',
    texts: [{ language: 'en', name: 'Login' }],
    audience: 'public',
  })
  await write.category({
    type: 'add',
    categoryId: 'vault',
    texts: [{ language: 'en', name: 'Vault' }],
    audience: 'internal',
  })
  await write.published(
    'password',
    {
      title: 'Reset your password',
      body: 'Open **Settings**, then [Security](https://example.com/security). Choose a new password.',
    },
    { categoryId: 'login', tags: ['security'] },
  )
  await write.published(
    'invoice',
    { title: 'Download an invoice', body: 'Invoices are in the billing section. Ticket #735 was about them.' },
    { categoryId: 'account', difficulty: 'expert' },
  )
  await write.published('printer', { title: 'Connect a printer', body: 'The password of the printer is on its back.' })
  await write.published('payment', {
    title: 'Pay by card',
    excerpt: 'All about invoices and cards.',
    body: 'Choose a card.',
  })
  await write.published(
    'secret',
    { title: 'Zanzibar protocol', body: 'Reset the zanzibar password of the vault.' },
    { audience: 'internal' },
  )
  await write.published('vaulted', { title: 'Open the vault', body: 'The quokka knows.' }, { categoryId: 'vault' })
  await write.revised('password', 0, {
    language: 'fr',
    title: 'Réinitialiser votre mot de passe',
    body: 'Ouvrez les réglages.',
  })
  await write.published('lost', {
    language: 'de',
    title: 'Ein Stück ist verloren',
    body: 'Öffnungszeiten der Werkstatt.',
  })
  await write.published('chinese', {
    language: 'zh-Hans',
    title: '应用无法定位',
    body: '请检查位置服务，在上海也可以使用。',
  })
  await write.published('arabic', { language: 'ar', title: 'إعادة تعيين كلمة المرور', body: 'افتح الإعدادات.' })
  await write.published('hindi', { language: 'hi', title: 'पासवर्ड भूल गए', body: 'सेटिंग में लड़के का खाता खोलें।' })
  await write.published('thai', { language: 'th', title: 'รีเซ็ตรหัสผ่าน', body: 'เปิดการตั้งค่า' })
  await write.published('polish', { language: 'pl', title: 'Nie mogę pobrać mapy', body: 'Sprawdź połączenie.' })
  await write.published('urdu', { language: 'ur', title: 'پاس ورڈ بھول گئے', body: 'ترتیبات کھولیں' })
  await follow()
})
afterAll(() => history.drop())

describe('the search of articles', () => {
  it('puts what is in the title first, and finds any of the words in any of their forms', async () => {
    expect(await found('passwords')).toEqual(['password', 'printer'])
    expect(await found('how do I download invoices?')).toEqual(['invoice', 'payment'])
    expect(await found('Resetting')).toEqual(['password'])
  })

  it('finds misspelled words, parts of words, and numbers as people write them', async () => {
    expect((await found('pasword'))[0]).toBe('password')
    expect(await found('invocie')).toContain('invoice')
    expect((await found('rinter'))[0]).toBe('printer')
    expect(await found('Ticket #735')).toContain('invoice')
    expect(await found('735')).toEqual(['invoice'])
  })

  it.each([
    ['Stueck', 'de', 'lost'],
    ['Öfnungszeiten', 'de', 'lost'],
    ['reinitialisation', 'fr', 'password'],
    ['mot de passe', 'fr', 'password'],
    ['定位', 'zh-Hans', 'chinese'],
    ['上海', 'zh-Hans', 'chinese'],
    ['كلمات', 'ar', 'arabic'],
    ['كلمة المرور', 'ar', 'arabic'],
    ['الاعدادات', 'ar', 'arabic'],
    ['पासवर्ड', 'hi', 'hindi'],
    ['लड़का', 'hi', 'hindi'],
    ['รหัสผ่าน', 'th', 'thai'],
    ['pobrac', 'pl', 'polish'],
    ['پاس ورڈ', 'ur', 'urdu'],
  ])('finds %s in %s', async (text, language, article) => {
    expect((await found(text, { language }))[0]).toBe(article)
  })

  it('searches one language, in the published revision alone', async () => {
    expect(await found('Settings', { language: 'fr' })).toEqual([])
    await write.send('printer', {
      type: 'revise',
      basedOn: 1,
      language: 'en',
      title: 'Connect a teleprinter',
      body: 'Draft.',
    })
    await follow()
    expect(await found('teleprinter draft')).toEqual([])
    expect((await search('printer')).hits[0]?.title.map(({ text }) => text).join('')).toBe('Connect a printer')
  })

  it('finds an article by the phrases and keywords that its authors give it, and shows neither', async () => {
    expect(await found('cannot sign in')).toEqual([])
    await write.send('password', { type: 'addPhrase', language: 'en', phrase: 'cannot sign in' })
    await follow()
    const { hits } = await search('cannot sign in')
    expect(hits.map(({ articleId }) => articleId)).toEqual(['password'])
    expect(JSON.stringify(hits)).not.toMatch(/sign/)
    await write.send('password', { type: 'removePhrase', language: 'en', phrase: 'cannot sign in' })
    await follow()
    expect(await found('cannot sign in')).toEqual([])
  })

  it('marks what it has found in plain text, however it is marked up', async () => {
    const [hit] = (await search('choose passwords')).hits
    expect(hit?.title).toEqual([
      { text: 'Reset your ', isMatch: false },
      { text: 'password', isMatch: true },
    ])
    expect(hit?.excerpt).toEqual([
      { text: 'Open Settings, then Security. ', isMatch: false },
      { text: 'Choose', isMatch: true },
      { text: ' a new ', isMatch: false },
      { text: 'password', isMatch: true },
      { text: '.', isMatch: false },
    ])
  })

  it('takes only what a filter wants, and counts by category', async () => {
    expect(await found('password', { filter: { categoryId: 'account' } })).toEqual(['password'])
    expect(await found('password', { filter: { tags: ['security'] } })).toEqual(['password'])
    expect(await found('invoice', { filter: { difficulty: ['basic'] } })).toEqual(['payment'])
    expect(await found('password', { filter: { audience: 'internal' } })).toEqual([])
    expect(await found('password', { filter: { audience: 'internal' } }, 'desk')).toEqual(['secret'])
    expect((await search('password')).categories).toEqual([
      { categoryId: 'login', articles: 1 },
      { categoryId: null, articles: 1 },
    ])
  })

  it('prefers the level that its reader is used to among what fits alike', async () => {
    await write.published('vpn-a', { title: 'Wireguard tunnel' }, { difficulty: 'basic' })
    await write.published('vpn-b', { title: 'Wireguard tunnel' }, { difficulty: 'expert' })
    await follow()
    expect(await found('wireguard')).toEqual(['vpn-a', 'vpn-b'])
    expect(await found('wireguard', { level: 'expert' })).toEqual(['vpn-b', 'vpn-a'])
  })

  it.each([
    '',
    ' ',
    '%',
    '_',
    '*',
    "'",
    '\\',
    '&|!():*',
    '%%%___',
    '\u0000'.slice(1),
    '😀',
    'ß',
    '-- ;',
    "' or 1=1 --",
  ])('takes %j as words, which find nothing unexpected', async (text) => {
    const { hits } = await search(text)
    expect(hits.every(({ score }) => Number.isFinite(score))).toBe(true)
    if (!/\p{L}/u.test(text)) expect(hits).toEqual([])
    expect(await suggested(text)).toEqual([])
  })

  it('looks for the first words of a long text', async () => {
    const text = `password ${Array.from({ length: 10_000 }, (_, n) => `word${n}`).join(' ')}`
    expect((await found(text))[0]).toBe('password')
  })
})

describe('suggestions', () => {
  it('complete the last word, and want the words before it', async () => {
    expect(await suggested('pass')).toEqual(['password'])
    expect(await suggested('reset your pas')).toEqual(['password'])
    expect(await suggested('connect pass')).toEqual([])
    expect(await suggested('p')).toEqual([])
    expect(await suggested('定位', 'zh-Hans')).toEqual(['chinese'])
  })
})

describe('who finds what', () => {
  it('lets the desk find what is internal, and the public none of it', async () => {
    expect(await found('zanzibar', {}, 'desk')).toEqual(['secret'])
    expect(await found('quokka', {}, 'desk')).toEqual(['vaulted'])
    for (const text of ['zanzibar', 'quokka', 'zanzibra', 'quoka', 'anzib', 'zanzibar protocol']) {
      expect(await search(text)).toEqual({ hits: [], categories: [] })
      expect(await suggested(text.slice(0, 5))).toEqual([])
    }
    expect(await suggested('zan', 'en', 'desk')).toEqual(['secret'])
  })

  it('follows an article into an internal category, the archive and its deletion, and back', async () => {
    await write.published('walrus', { title: 'Feed the walrus' }, { categoryId: 'account' })
    await follow()
    expect(await found('walrus')).toEqual(['walrus'])
    const step = async (work: () => Promise<void>, forPublic: boolean, forDesk = true): Promise<void> => {
      await work()
      await follow()
      expect(await found('walrus')).toEqual(forPublic ? ['walrus'] : [])
      expect(await suggested('walr')).toEqual(forPublic ? ['walrus'] : [])
      expect(await found('walrsu')).toEqual(forPublic ? ['walrus'] : [])
      expect(await found('walrus', {}, 'desk')).toEqual(forDesk ? ['walrus'] : [])
    }
    await step(() => write.send('walrus', { type: 'changeDetails', categoryId: 'vault' }), false)
    await step(() => write.send('walrus', { type: 'changeDetails', categoryId: 'login' }), true)
    await step(() => write.category({ type: 'change', categoryId: 'account', audience: 'internal' }), false)
    await step(() => write.category({ type: 'change', categoryId: 'account', audience: 'public' }), true)
    await step(() => write.category({ type: 'move', categoryId: 'login', parentId: 'vault' }), false)
    await step(() => write.category({ type: 'move', categoryId: 'login', parentId: 'account' }), true)
    await step(() => write.send('walrus', { type: 'changeDetails', audience: 'internal' }), false)
    await step(() => write.send('walrus', { type: 'changeDetails', audience: 'public' }), true)
    await step(() => write.send('walrus', { type: 'unpublish', language: 'en' }), false, false)
    await step(() => write.send('walrus', { type: 'publish', language: 'en', revision: 1 }), true)
    await step(() => write.send('walrus', { type: 'archive', reason: 'Old.' }), false, false)
    await step(() => write.send('walrus', { type: 'restore' }), true)
    await step(() => write.send('walrus', { type: 'delete', reason: 'Wrong.' }), false, false)
    const { rows } = await history.pool.query("select 1 from guichet_read.article_word where word like '%walrus%'")
    expect(rows).toEqual([])
  })

  it('asks for no article that the words have not found', async () => {
    const plans = await history.plansOf(({ articleSearch }) =>
      articleSearch.search({ text: 'password', language: 'en', filter: {} }, 'public', 20),
    )
    expect(plans.join('\n')).toMatch(/Index Only Scan using article_posting_key/)
    expect(plans.join('\n')).not.toMatch(/Seq Scan on article(?:_document|_posting|_word)?(?: |$)/m)
  })

  it('counts each word and article again when a category with hundreds of articles is opened and closed', async () => {
    await write.category({
      type: 'add',
      categoryId: 'large',
      texts: [{ language: 'en', name: 'Large' }],
      audience: 'internal',
    })
    const count = 450
    for (let n = 0; n < count; n++)
      await write.published(`large-${n}`, { title: `Otter ${n}`, body: 'Otters swim.' }, { categoryId: 'large' })
    await follow()
    const counted = async () =>
      (
        await history.pool.query(
          "select documents, public_documents from guichet_read.article_word where word = 'otter'",
        )
      ).rows
    expect(await counted()).toEqual([{ documents: count, public_documents: 0 }])
    for (const [audience, publicDocuments] of [
      ['public', count],
      ['internal', 0],
    ] as const) {
      await write.category({ type: 'change', categoryId: 'large', audience })
      await follow()
      expect(await counted()).toEqual([{ documents: count, public_documents: publicDocuments }])
      expect((await search('otter')).hits.length).toBe(Math.min(20, publicDocuments))
    }
  })
})
