import { describe, expect, it } from 'vitest'
import { markdownOf } from './html.ts'
import { markdownOfWikitext } from './wikitext.ts'

describe('the HTML of an article', () => {
  it('becomes Markdown with its tables, lists, code and links', () => {
    const html =
      '<h1>A</h1><table><thead><tr><th>x</th><th>y</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>' +
      '<ol><li>one</li><li>two</li></ol><pre><code>a &lt; b</code></pre><p><a href="https://x.test/">link</a> <del>old</del></p>'
    expect(markdownOf(html).markdown).toBe(
      '# A\n\n| x   | y   |\n| --- | --- |\n| 1   | 2   |\n\n1.  one\n2.  two\n\n```\na < b\n```\n\n[link](https://x.test/) ~~old~~',
    )
  })

  it('runs nothing, and text that looks like HTML stays text', () => {
    const html =
      '<script>alert(1)</script><style>p{}</style><p onclick="x()">See <a href=" javascript:alert(1)">here</a> <a href="java&#10;script:alert(1)">there</a></p>' +
      '<p>&lt;script&gt;alert(2)&lt;/script&gt; &amp;lt;</p><img src="data:image/png;base64,AAAA" alt="dot"><iframe src="https://v.test/1"></iframe>'
    const { markdown, unread } = markdownOf(html)
    expect(markdown).toBe('See here there\n\n\\<script>alert(2)\\</script> \\&lt;\n\ndot<https://v.test/1>')
    expect(unread).toEqual(expect.arrayContaining(['iframe', 'link javascript:alert(1)']))
  })

  it('of 100,000 elements in one another is refused', () => {
    for (const tag of ['div', 'ul><li', 'blockquote', 'b'])
      expect(() => markdownOf(`<${tag}>`.repeat(100_000))).toThrow(RangeError)
    expect(markdownOf('<p>a<br><li>b'.repeat(2_000)).markdown).toContain('a')
  })
})

describe('hostile HTML of a megabyte', () => {
  it.each<[string, string]>([
    ['line ends', `<pre>a${'\n'.repeat(1_000_000)}b</pre>`],
    ['spaces', `<pre>a${' '.repeat(1_000_000)}b</pre>`],
    ['spaces that do not break', `<p>a${'&nbsp;'.repeat(150_000)}b</p>`],
    ['cells', `<table><tr>${'<th>a</th>'.repeat(100_000)}</tr></table>`],
    ['breaks in an item', `<ul><li>${'<br>'.repeat(250_000)}x</li></ul>`],
  ])('of %s is broken off', (_, html) => {
    expect(() => markdownOf(html, 200)).toThrow('takes longer than 0.2 s')
  })
})

describe('wikitext', () => {
  const wiki = {
    categoryNames: new Set(['category']),
    fileNames: new Set(['file']),
    pathOf: (title: string) => (title === 'Other page' ? 'other.md' : undefined),
  }
  const read = (text: string) => markdownOfWikitext(text, wiki)

  it.each([
    ["''italic'' '''bold''' '''''both'''''", '*italic* **bold** ***both***'],
    ['= Top =\n=== Third ===', '## Top\n\n### Third'],
    ['* a\n** b\n*# c\n# d', '- a\n  - b\n  1. c\n1. d'],
    ['[https://x.test/a label] [https://x.test/b]', '[label](<https://x.test/a>) <https://x.test/b>'],
    ['[[Other page]] [[other_page#Some part|there]]', '[Other page](<other.md>) [there](<other.md#some-part>)'],
    ["İ İ <nowiki>'''not'''</nowiki> end", "İ İ '''not''' end"],
    ["<nowiki>'''not [[bold]]'''</nowiki>", "'''not \\[\\[bold\\]\\]'''"],
    ['<pre>a < b</pre>', '```\na < b\n```'],
    ['1. no list, *no* _emphasis_ `no` code', '\\1. no list, \\*no\\* \\_emphasis\\_ \\`no\\` code'],
    ['Term <!-- hidden\n-->here __NOTOC__', 'Term here'],
    ['[javascript:alert(1) x]', '\\[javascript:alert(1) x\\]'],
  ])('%s becomes Markdown', (text, markdown) => {
    expect(read(text).markdown).toBe(markdown)
  })

  it('keeps what it does not understand as text, and names it', () => {
    const { markdown, unread } = read('See {{key|Ctrl}} and <ref>note</ref>.\n{|\n| a\n|}\n{{Box\n| b = c\n}}\nEnd')
    expect(markdown).toBe(
      'See `{{key|Ctrl}}` and \\<ref\\>note\\</ref\\>.\n\n```wikitext\n{|\n| a\n|}\n```\n\n```wikitext\n{{Box\n| b = c\n}}\n```\n\nEnd',
    )
    expect(unread).toEqual(['{{key|Ctrl}}', '<ref>', '</ref>', 'table', '{{Box}}'])
  })

  it.each(["'''''a", '[[a|', '{{', '<!--', '<nowiki>', '<pre>', '== ', '[https://x ', "''a'b", '<a ', '&a', '* ', ';'])(
    'of 500,000 characters of %s is read',
    (piece) => {
      expect(read(piece.repeat(500_000 / piece.length)).markdown.length).toBeGreaterThan(100_000)
    },
    20_000,
  )
})
