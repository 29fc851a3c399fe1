import fc from 'fast-check'
import type { DefaultTreeAdapterTypes } from 'parse5'
import { parseFragment } from 'parse5'
import { expect, it } from 'vitest'
import { renderArticle } from './article.ts'

const htmlOf = async (markdown: string): Promise<string> =>
  (await renderArticle(markdown, { addressOf: async (id) => `/articles/${encodeURIComponent(id)}` })).html

/** The elements that an article may have, each with its attributes and what they may hold. */
const allowed: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  ...Object.fromEntries(
    'p ul li blockquote pre em strong s br hr table thead tbody tr bdi'.split(' ').map((name) => [name, {}]),
  ),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, { id: /^article-[^\s"<>]+$/u }])),
  ol: { start: /^\d+$/ },
  th: { align: /^(left|center|right)$/ },
  td: { align: /^(left|center|right)$/ },
  code: { class: /^language-[\w+#.-]+$/ },
  a: {
    href: /^(https?:\/\/|mailto:|tel:|\/articles\/|#article-)[^\s"<>]*$/,
    title: /^[^\u202a-\u202e\u2066-\u2069]*$/,
    rel: /^noopener noreferrer nofollow$/,
  },
  img: {
    src: /^https?:\/\/[^\s"<>]+$/,
    alt: /^[^\u202a-\u202e\u2066-\u2069]*$/,
    title: /^[^\u202a-\u202e\u2066-\u2069]*$/,
    loading: /^lazy$/,
    referrerpolicy: /^no-referrer$/,
  },
}

/** What a browser makes of HTML that is not allowed in an article, and text whose direction marks are not isolated. */
function faultsOf(html: string): readonly string[] {
  const faults: string[] = []
  const rest: DefaultTreeAdapterTypes.Node[] = [...parseFragment(html).childNodes]
  for (let node = rest.pop(); node; node = rest.pop()) {
    if ('value' in node) {
      const isIsolated = node.parentNode && 'tagName' in node.parentNode && node.parentNode.tagName === 'bdi'
      if (/[\u202a-\u202e\u2066-\u2069]/.test(node.value) && !isIsolated) faults.push(`marks in ${node.value}`)
    } else if ('tagName' in node) {
      const { tagName, attrs, childNodes } = node
      const attributes = allowed[tagName]
      if (!attributes) faults.push(`<${tagName}>`)
      for (const { name, value } of attrs) if (!attributes?.[name]?.test(value)) faults.push(`${name}=${value}`)
      rest.push(...childNodes)
    } else faults.push(node.nodeName)
  }
  return faults
}

/** Pieces of Markdown and HTML that mean something, among any other text. */
const pieces = [
  '# ',
  '> ',
  '- ',
  '1. ',
  '- [x] ',
  '```',
  '~~~',
  '    ',
  '\n',
  '\n\n',
  '|',
  '|-|:-:|\n',
  '---',
  '===',
  '  \n',
  '*',
  '**',
  '_',
  '~~',
  '`',
  '[',
  ']',
  '(',
  ')',
  '![',
  '](',
  '<',
  '>',
  '"',
  "'",
  '&',
  '\\',
  '{#a}',
  '[a]: ',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">',
  '<style>*{}</style>',
  '<iframe src=//a>',
  '<form action=/>',
  '<input autofocus onfocus=alert(1)>',
  '<svg onload=alert(1)>',
  '<!--',
  '-->',
  'javascript:alert(1)',
  'JaVaScRiPt&colon;a',
  'java\tscript:a',
  'data:text/html,a',
  'vbscript:a',
  '//evil.example',
  'https://a.example/b',
  'https://a@b.example',
  'mailto:a@b.example',
  'www.a.example',
  'article:a#b',
  '#b',
  'tel:1',
  '"onmouseover="alert(1)',
  '&#x202e;',
  '&quot;',
  '&lt;',
  '\u202e',
  '\u2066',
  '\u0000',
  '\u2028',
  '🙂',
  'x',
]

const markdown = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 5 })), {
  maxLength: 40,
})

it('writes nothing but the elements and attributes of articles, whatever the text', async () => {
  await fc.assert(
    fc.asyncProperty(markdown, async (parts) => {
      expect(faultsOf(await htmlOf(parts.join('')))).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

it.each([
  '<script>alert(1)</script>',
  '<div onclick=alert(1)>a</div>',
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](java&#x09;script:alert(1))',
  '[a](&#106;avascript:alert(1))',
  '[a](\u0001javascript:alert(1))',
  '<javascript:alert(1)>',
  '[a](data:text/html;base64,PHNjcmlwdD4=)',
  '[a](vbscript:a)',
  '[a](//evil.example)',
  '[a](/logout)',
  '[a](https://bank.example@evil.example)',
  '![a](data:image/svg+xml,<svg/onload=alert(1)>)',
  '![a](javascript:alert(1))',
  '[a]: javascript:alert(1)\n\n[a]',
  '<style>*{background:url(//evil.example)}</style>',
  '<form><input name=a></form>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
])('leaves the text alone of %s', async (hostile) => {
  expect(await htmlOf(hostile)).not.toMatch(/<(?!\/?p>)/)
})

it('gives headings names that are no property of a page', async () => {
  expect(await htmlOf('# a {#cookie}\n\n# body\n\n# __proto__')).toBe(
    '<h1 id="article-cookie">a</h1>\n<h1 id="article-body">body</h1>\n<h1 id="article-proto"><strong>proto</strong></h1>\n',
  )
})

it.each([
  ['quotes', '> '.repeat(10_000)],
  ['lists', `${'- '.repeat(10_000)}a`],
  ['lists, line by line', Array.from({ length: 400 }, (_, level) => `${' '.repeat(2 * level)}- a`).join('\n')],
  ['brackets', `${'['.repeat(10_000)}a${'](https://a.example)'.repeat(5_000)}`],
  ['pictures', `${'!['.repeat(10_000)}a${'](https://a.example)'.repeat(5_000)}`],
  ['emphasis', `${'*a '.repeat(10_000)}${'a* '.repeat(10_000)}`],
  ['underlined headings', 'a\n=\n'.repeat(25_000)],
  ['headings of one name', '# a\n'.repeat(25_000)],
  ['cells', `${'|a'.repeat(10_000)}\n${'|-'.repeat(10_000)}\n${'|\n'.repeat(20_000)}`],
  ['long words with dots', `${'a.'.repeat(50_000)}@`],
  ['references', `[a]: https://a.example/${'b'.repeat(1_900)}\n\n${'[a]'.repeat(30_000)}`],
  ['addresses', 'www.a.example '.repeat(7_000)],
  ['addresses in parentheses', 'http://a/('.repeat(10_000)],
  ['beginnings of addresses', 'www.'.repeat(25_000)],
])('renders a text full of %s within bounds', async (_, hostile) => {
  const html = await htmlOf(hostile)
  expect(html.length).toBeLessThan(3_000_000)
  expect(faultsOf(html)).toEqual([])
  const depths = [...html.matchAll(/<(\/?)(\w+)/g)].reduce(
    ({ depth, deepest }, [, closes, tag = '']) => {
      const now = depth + (['br', 'hr', 'img'].includes(tag) ? 0 : closes ? -1 : 1)
      return { depth: now, deepest: Math.max(now, deepest) }
    },
    { depth: 0, deepest: 0 },
  )
  expect(depths).toEqual({ depth: 0, deepest: expect.any(Number) })
  expect(depths.deepest).toBeLessThanOrEqual(102)
})
