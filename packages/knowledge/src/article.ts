import type { FileAddress } from './html.ts'
import { htmlOf } from './html.ts'
import { parseMarkdown } from './markdown.ts'
import type { ArticleOutline } from './outline.ts'
import { outlineOf } from './outline.ts'

/** An article as its readers see it. */
export type RenderedArticle = ArticleOutline & {
  /** HTML without scripts, styles, forms and frames, to be shown in any page as it is. */
  readonly html: string
}

/**
 * Renders the Markdown of an article: whatever it holds, in HTML that harms nobody.
 * @param options.addressOf the address of another article by its id. It is called once for each; a link to one without
 * an address is shown as its text.
 * @param options.filesOf the addresses of the files with these ids, for its readers. It is called once where the article
 * names any; one without an address is shown as its text.
 */
export async function renderArticle(
  markdown: string,
  options: {
    readonly addressOf: (articleId: string) => Promise<string | undefined>
    readonly filesOf?: (fileIds: readonly string[]) => Promise<ReadonlyMap<string, FileAddress>>
  },
): Promise<RenderedArticle> {
  const tokens = parseMarkdown(markdown)
  const outline = outlineOf(tokens)
  const ids = [...new Set(outline.links.flatMap(({ articleId }) => articleId ?? []))]
  const addresses = new Map(await Promise.all(ids.map(async (id) => [id, await options.addressOf(id)] as const)))
  const files = outline.files.length === 0 ? undefined : await options.filesOf?.(outline.files)
  return { ...outline, html: htmlOf(tokens, { articles: addresses, files: files ?? new Map() }) }
}
