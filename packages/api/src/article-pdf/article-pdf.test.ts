import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { ArticlePrint } from './article-print.ts'
import { createArticlePrints } from './article-print.ts'
import { isPrintable, mostPages } from './print-limits.ts'

const article: ArticlePrint = {
  title: 'Reset your password',
  language: 'en',
  isRightToLeft: false,
  head: ['Updated 1 June 2026'],
  foot: 'Example Help',
  markdown: '',
  articles: [['other', 'https://help.example/help/en/articles/other/other']],
  files: [],
  pictures: [],
}

/** The PDF of an article, made by a process of its own. */
const printed = (print: Partial<ArticlePrint>): Promise<Buffer> => {
  const all = { ...article, ...print }
  return createArticlePrints().pdf('a', 'reader', all.language, async () => all)
}

const open = (pdf: Buffer) => getDocument({ data: new Uint8Array(pdf), verbosity: 0, isEvalSupported: false }).promise

/** The text of each page, the links, and the fonts of a PDF. */
async function read(pdf: Buffer) {
  const document = await open(pdf)
  const pages: string[] = []
  const links: string[] = []
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number)
    const { items } = await page.getTextContent()
    pages.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''))
    for (const { url, dest } of (await page.getAnnotations()) as { readonly url?: string; readonly dest?: string }[])
      links.push(url ?? `#${String(dest)}`)
  }
  return { pages, text: pages.join('\n'), links, document }
}

const words = (text: string): string => text.replaceAll(/\s+/g, ' ')

describe('the PDF of an article', () => {
  it('has its title, headings, lists, tables, code, links and the numbers of its pages', async () => {
    const markdown = `## First {#first}

Text with **strong**, *emphasis*, \`code\` and [a link](https://a.example/x), [another article](article:other) and [below](#second).

1. one
2. two
   - within

| Key | What it does |
| --- | ------------ |
| F1  | Opens help   |

\`\`\`
const answer = 42
\`\`\`

> Quoted.

${'A paragraph of some words that fills the page. '.repeat(200)}

## Second {#second}

The end.`
    const { pages, text, links, document } = await read(await printed({ markdown }))
    for (const each of [
      'Reset your password',
      'Updated 1 June 2026',
      'First',
      'strong',
      '1. one',
      '2. two',
      '• within',
    ])
      expect(text).toContain(each)
    for (const each of ['F1', 'Opens help', 'const answer = 42', 'Quoted.', 'The end.']) expect(text).toContain(each)
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.map((page) => words(page).includes('Example Help · '))).toEqual(pages.map(() => true))
    expect(words(pages[0] ?? '')).toContain(`1 / ${pages.length}`)
    expect(links).toEqual([
      'https://a.example/x',
      'https://help.example/help/en/articles/other/other',
      '#article-second',
    ])
    const { info } = await document.getMetadata()
    expect(info).toMatchObject({ Title: 'Reset your password', Language: 'en' })
    expect((await document.getOutline()).map(({ title }) => title)).toEqual(['First', 'Second'])
  })

  it('has pictures once, however often they are shown, and their descriptions where there is none', async () => {
    const preview = (
      await sharp({ create: { width: 640, height: 400, channels: 3, background: '#c00' } })
        .webp()
        .toBuffer()
    ).toString('base64')
    const files: ArticlePrint['files'] = [['a', { content: 'https://help.example/help/files/a', picture: 'a' }]]
    const markdown = `${'![settings](file:a)\n\n'.repeat(40)}![gone](file:b) ![there](https://a.example/b.png)\n\n[![v](file:a)](https://v.example/1 "How to")`
    const pdf = await printed({ markdown, files, pictures: [['a', preview]] })
    expect(pdf.length).toBeLessThan(60_000)
    expect(pdf.toString('latin1').match(/\/Subtype \/Image/g)).toHaveLength(1)
    const { text, links } = await read(pdf)
    expect(text).toContain('gone')
    expect(text).toContain('How to (v.example)')
    expect(text).not.toContain('settings')
    expect([...new Set(links)]).toEqual([
      'https://help.example/help/files/a',
      'https://a.example/b.png',
      'https://v.example/1',
    ])
    const broken = await printed({ markdown, files, pictures: [['a', Buffer.from('no picture').toString('base64')]] })
    expect((await read(broken)).text).toContain('settings')
  })

  it.each([
    ['ar', true, 'أعد تعيين كلمة المرور', ['DejaVuSans']],
    ['fa', true, 'گذرواژهٔ خود را بازنشانی کنید', ['DejaVuSans']],
    ['ur', true, 'اپنا پاس ورڈ دوبارہ ترتیب دیں، ٹھیک ہے؟', ['DejaVuSans', 'NotoSansArabic']],
    ['hi', false, 'अपना पासवर्ड रीसेट करें। क्ष त्र ज्ञ', ['DejaVuSans', 'NotoSansDevanagari']],
    ['zh-Hans', false, '重置您的密码', ['DejaVuSans', 'UnifontExMono']],
    ['ru', false, 'Сбросьте пароль', ['DejaVuSans']],
  ])('writes %s in a font that has its letters', async (language, isRightToLeft, sentence, fonts) => {
    const markdown = `# ${sentence}\n\n- ${sentence} **${sentence}** (ABC 123)\n`
    const pdf = await printed({ title: sentence, language, isRightToLeft, markdown })
    const names = [...pdf.toString('latin1').matchAll(/\/BaseFont \/[A-Z]{6}\+([A-Za-z]+)/g)].map(
      ([, name = '']) => name,
    )
    expect([...new Set(names)].toSorted()).toEqual(fonts)
    const { text } = await read(pdf)
    expect(words(text)).toContain('ABC 123')
    const written = text.normalize('NFKC')
    const lost = [...new Set(sentence.normalize('NFKC').match(/\p{L}/gu))].filter((letter) => !written.includes(letter))
    // Noto draws Arabic letters of one shape as that shape and its dots.
    if (language !== 'ur') expect(lost).toEqual([])
  })

  it('refuses a language whose letters it would write unjoined', async () => {
    expect(['ta', 'bn', 'my', 'th'].map(isPrintable)).toEqual([false, false, false, false])
    expect(['en', 'ar', 'ur', 'hi', 'zh-Hans', 'zh-Hant', 'fa', 'he', 'pl', 'ko'].every(isPrintable)).toBe(true)
    await expect(printed({ language: 'ta' })).rejects.toMatchObject({
      extensions: { code: 'pdf_script_unsupported' },
    })
  })

  it('refuses an article of more pages than it has', async () => {
    await expect(printed({ markdown: 'a\n\n'.repeat(33_000) })).rejects.toMatchObject({
      extensions: { code: 'pdf_too_long' },
    })
    const { pages } = await read(await printed({ markdown: 'a\n\n'.repeat(2_000) }))
    expect(pages.length).toBeLessThanOrEqual(mostPages)
  }, 60_000)

  it.each([
    ['a word without an end', 'x'.repeat(100_000)],
    ['a table of many columns', `${'|a'.repeat(300)}|\n${'|-'.repeat(300)}|\n${`${'|b'.repeat(300)}|\n`.repeat(100)}`],
    ['one cell of many lines', `|a|b|\n|-|-|\n|${'word '.repeat(18_000)}|c|`],
    ['quotes in quotes', `${'> '.repeat(90)}deep\n\n`.repeat(100)],
    ['marks of direction', '\u202e\u2066a\u2069'.repeat(10_000)],
    ['scripts as links', '[a](javascript:alert(1)) [b](file:///etc/passwd) <script>alert(1)</script>'],
    ['nothing', ''],
  ])(
    'draws %s',
    async (_, markdown) => {
      const { pages, links } = await read(await printed({ markdown }))
      expect(pages.length).toBeGreaterThan(0)
      expect(links).toEqual([])
    },
    60_000,
  )

  it('makes a PDF once for readers who ask at the same time, and keeps it', async () => {
    const prints = createArticlePrints()
    let made = 0
    const print = async () => {
      made++
      return { ...article, markdown: 'Text.' }
    }
    const ask = (reader: string) => prints.pdf('same', reader, 'en', print)
    const [one, other] = await Promise.all([ask('zoe'), ask('yan')])
    expect(one.equals(other)).toBe(true)
    await ask('zoe')
    expect(made).toBe(1)
  })
})
