import { describe, expect, it } from 'vitest'
import { renderArticle } from './article.ts'
import { outsideLinks } from './outline.ts'

const render = (markdown: string) =>
  renderArticle(markdown, { addressOf: async (id) => (id === 'reset' ? '/articles/reset/en/reset-it' : undefined) })
const htmlOf = async (markdown: string): Promise<string> => (await render(markdown)).html.trimEnd()

describe('the HTML of an article', () => {
  it.each([
    ['paragraphs', 'One\ntwo  \nthree\n\nfour', '<p>One\ntwo<br>\nthree</p>\n<p>four</p>'],
    ['emphasis', '*a* **b** ~~c~~ `d`', '<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>'],
    ['quotes and rules', '> a\n\n---', '<blockquote>\n<p>a</p>\n</blockquote>\n<hr>'],
    ['lists', '- a\n- b\n\n3. c', '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol start="3">\n<li>c</li>\n</ol>'],
    ['task lists', '- [ ] a\n- [x] b', '<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>'],
    ['code', '```sh extra\na <b>\n```', '<pre><code class="language-sh">a &lt;b&gt;\n</code></pre>'],
    [
      'tables',
      '| a | b |\n| - | :-: |\n| c | d |',
      '<table>\n<thead>\n<tr>\n<th>a</th>\n<th align="center">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>c</td>\n<td align="center">d</td>\n</tr>\n</tbody>\n</table>',
    ],
    ['HTML as text', '<ins>a</ins> <!-- b -->', '<p>&lt;ins&gt;a&lt;/ins&gt; &lt;!-- b --&gt;</p>'],
    [
      'links to other sites',
      '[a](https://a.example/b "c")',
      '<p><a href="https://a.example/b" title="c" rel="noopener noreferrer nofollow">a</a></p>',
    ],
    ['addresses of mail', 'me@help.example', '<p><a href="mailto:me@help.example">me@help.example</a></p>'],
    [
      'addresses in the text',
      'See www.a.example, or <https://b.example> and config.sh',
      '<p>See <a href="http://www.a.example/" rel="noopener noreferrer nofollow">www.a.example</a>, or <a href="https://b.example/" rel="noopener noreferrer nofollow">https://b.example</a> and config.sh</p>',
    ],
    [
      'videos as links with a poster',
      '[![Watch](https://a.example/poster.jpg)](https://a.example/video)',
      '<figure>\n<a href="https://a.example/video" rel="noopener noreferrer nofollow"><img src="https://a.example/poster.jpg" alt="Watch" loading="lazy" referrerpolicy="no-referrer"></a><figcaption>a.example</figcaption>\n</figure>',
    ],
  ])('has %s', async (_, markdown, html) => {
    expect(await htmlOf(markdown)).toBe(html)
  })

  it('links other articles by their address, and shows the text alone where they have none', async () => {
    expect(await htmlOf('[a](article:reset) [b](article:reset#by-mail) [c](article:none#d) [e](#f)')).toBe(
      '<p><a href="/articles/reset/en/reset-it">a</a> <a href="/articles/reset/en/reset-it#article-by-mail">b</a> c <a href="#article-f">e</a></p>',
    )
  })

  const filesOf = async () =>
    new Map([
      ['f1', { content: '/files/f1', picture: '/files/f1/small' }],
      ['f2', { content: '/files/f2', picture: undefined }],
    ])
  const withFiles = async (markdown: string) =>
    (await renderArticle(markdown, { addressOf: async () => undefined, filesOf })).html.trimEnd()
  const small = '<img src="/files/f1/small" alt="a" loading="lazy" referrerpolicy="no-referrer">'

  it.each([
    ['a picture, which leads to the whole of it', '![a](file:f1)', `<p><a href="/files/f1">${small}</a></p>`],
    ['a file as a link', '[b](file:f2 "c")', '<p><a href="/files/f2" title="c">b</a></p>'],
    ['what is no picture as a link', '![b](file:f2)', '<p><a href="/files/f2">b</a></p>'],
    ['files that its reader may not load as their text', '![b](file:f3) [c](file:f3)', '<p>b c</p>'],
    ['no files of the reader’s machine', '![b](file:///etc/passwd) [c](file:../f1)', '<p>b c</p>'],
    [
      'a picture in a link of its own',
      'See [![a](file:f1)](https://a.example)',
      `<p>See <a href="https://a.example/" rel="noopener noreferrer nofollow">${small}</a></p>`,
    ],
    [
      'a video with its poster and its title',
      '[![a](file:f1)](https://a.example/v "How to")',
      `<figure>\n<a href="https://a.example/v" title="How to" rel="noopener noreferrer nofollow">${small}</a><figcaption>How to (a.example)</figcaption>\n</figure>`,
    ],
    [
      'a video that is a file of its own',
      '[![a](file:f1)](file:f2)',
      `<figure>\n<a href="/files/f2">${small}</a><figcaption>a</figcaption>\n</figure>`,
    ],
  ])('has %s', async (_, markdown, html) => {
    expect(await withFiles(markdown)).toBe(html)
  })

  it('isolates text that turns the direction of what follows', async () => {
    const turned = '\u202eabc'
    expect(await htmlOf(`a ${turned} **b**`)).toBe(`<p><bdi>a ${turned} </bdi><strong>b</strong></p>`)
    expect(await htmlOf(`![${turned}](https://a.example/b.png "${turned}")`)).toBe(
      '<p><img src="https://a.example/b.png" alt="abc" title="abc" loading="lazy" referrerpolicy="no-referrer"></p>',
    )
  })
})

describe('the outline of an article', () => {
  it('has the anchors of headings, explicit ones as they are', async () => {
    const { headings, html } = await render('# A *day* off {#osm-note}\n\n## Été 2026!\n\n## Été 2026!\n\n## osm note')
    expect(headings).toEqual([
      { level: 1, text: 'A day off', anchor: 'osm-note' },
      { level: 2, text: 'Été 2026!', anchor: 'été-2026' },
      { level: 2, text: 'Été 2026!', anchor: 'été-2026-2' },
      { level: 2, text: 'osm note', anchor: 'osm-note-2' },
    ])
    expect(html).toContain('<h1 id="article-osm-note">A <em>day</em> off</h1>')
  })

  it('takes a heading for its text where braces are no anchor', async () => {
    const { headings } = await render('# {#}\n\n# a {#b c}\n\n# {#only}\n\n# b {#dup}\n\n# c {#dup}')
    expect(headings.map(({ text, anchor }) => [text, anchor])).toEqual([
      ['{#}', 'article'],
      ['a {#b c}', 'a-b-c'],
      ['', 'only'],
      ['b', 'dup'],
      ['c', 'dup-2'],
    ])
  })

  it('has each link to an article once, and none that is code', async () => {
    const { links } = await render(
      '[a](article:reset#b) [c](article:reset#b) [d](article:auth0%7C5) [e](article:a%23b) <article:reset> [f](#g) `[h](article:i)` [j][k]\n\n[k]: article:reset#%C3%A9t%C3%A9',
    )
    expect(links).toEqual([
      { articleId: 'reset', anchor: 'b' },
      { articleId: 'a#b', anchor: undefined },
      { articleId: 'reset', anchor: undefined },
      { articleId: undefined, anchor: 'g' },
      { articleId: 'reset', anchor: 'été' },
    ])
  })

  it('has each file that it names once', async () => {
    const { files } = await render('![a](file:f1) [b](file:f-2) ![c](file:f1) `![d](file:f3)` [e](file:x/y)')
    expect(files).toEqual(['f1', 'f-2'])
  })

  it('has the text that readers read', async () => {
    const { text } = await render('# A *b* {#c}\n\n- [d](https://e.example)\n- ![f](https://g.example)\n\n```\nh\n```')
    expect(text).toBe('A b\nd\nf\nh')
  })
})

describe('the links of an article to other sites', () => {
  it('are its links and pictures by http and https, each once and without the part of the page', () => {
    const text = `[a](https://a.example/x#one) [again](https://a.example/x#two) ![b](https://b.example/b.png) http://c.example
[mail](mailto:a@b.example) [call](tel:+33123) [us](article:reset) [file](file:f1) [bad](javascript:alert(1))
[secret](https://user:word@d.example/) \`https://e.example\` <a href="https://f.example">f</a>`
    expect(outsideLinks(text)).toEqual([
      'https://a.example/x',
      'https://b.example/b.png',
      'http://c.example/',
      'https://f.example/',
    ])
  })
})
