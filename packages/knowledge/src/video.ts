import { outsideAddress, pictureAddress } from './link.ts'
import type { Token } from './markdown.ts'
import { parseMarkdown, textOf } from './markdown.ts'
import { mostAddresses } from './outline.ts'

/** A video of an article, on another site. */
export type ArticleVideo = {
  /** Where it is played, by `http` or `https`. */
  readonly address: string
  /** The address of its picture, by `https`. */
  readonly poster: string
  /** The title of its link, or what its picture shows; may be empty. */
  readonly title: string
}

/** The link and the picture of a video: a picture alone in a paragraph that links to somewhere. Undefined for any other text. */
export function videoIn({
  children,
}: Pick<Token, 'children'>): { readonly link: Token; readonly picture: Token } | undefined {
  const [link, picture, end, ...others] = (children ?? []).filter(({ type, content }) => type !== 'text' || content)
  const isVideo =
    link?.type === 'link_open' && picture?.type === 'image' && end?.type === 'link_close' && others.length === 0
  return isVideo ? { link, picture } : undefined
}

/** The videos of other sites in an article, each once, with posters of other sites. */
export function readVideos(markdown: string): readonly ArticleVideo[] {
  const tokens = parseMarkdown(markdown)
  const videos = tokens.flatMap((token, at): readonly ArticleVideo[] => {
    const inline = token.type === 'paragraph_open' && !token.hidden ? tokens[at + 1] : undefined
    const video = inline && videoIn(inline)
    if (!video) return []
    const address = outsideAddress(video.link.attrGet('href') ?? '')
    const poster = pictureAddress(video.picture.attrGet('src') ?? '')
    if (!address?.protocol.startsWith('http') || !poster) return []
    const title = video.link.attrGet('title') ?? textOf(video.picture.children ?? [])
    return [{ address: address.href, poster: poster.href, title }]
  })
  const first = new Map(videos.toReversed().map((video) => [video.address, video]))
  return [...first.values()].toReversed().slice(0, mostAddresses)
}
