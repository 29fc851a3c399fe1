import { cutTo } from '@guichet/domain'
import { plainText } from '@guichet/projections'

/** The published text of an article in a language. */
type ArticleText = {
  readonly title: string
  readonly excerpt: string
  readonly keywords: readonly string[]
  /** The words in which customers ask for it. */
  readonly phrases: readonly string[]
  /** Markdown. */
  readonly body: string
}

/** How long a chunk is at most, in UTF-16 units: models read some 500 tokens, and a vector of more says less of each. */
const longestChunk = 800

/** How many chunks a text has at most: the end of a longer one is found by its words alone. */
const mostChunks = 64

/**
 * The parts of a text that are embedded: its title with what it is about, the title with phrases, and paragraphs of its body
 * as many as fit, below the title, since a paragraph alone seldom says what it is about.
 */
export function chunksOf({ title, excerpt, keywords, phrases, body }: ArticleText): readonly string[] {
  const about = [title, plainText(excerpt), ...phrases, keywords.join(', ')].filter((part) => part !== '')
  const paragraphs = body
    .split(/\n[ \t]{0,20}\n|\n(?=#{1,6} )/)
    .map(plainText)
    .filter((paragraph) => paragraph !== '')
    .flatMap((paragraph) => piecesOf(paragraph, longestChunk))
  const heading = cutTo(title, 200)
  const sections = joined(paragraphs, longestChunk).map((section) => `${heading}\n${section}`)
  return [...joined(about, longestChunk), ...sections].slice(0, mostChunks)
}

/** Joins parts by lines, as many as fit into each. */
function joined(parts: readonly string[], longest: number): readonly string[] {
  const all: string[] = []
  for (const part of parts.flatMap((each) => piecesOf(each, longest))) {
    const last = all.at(-1)
    if (last !== undefined && last.length + 1 + part.length <= longest) all[all.length - 1] = `${last}\n${part}`
    else all.push(part)
  }
  return all
}

/** Cuts a text where words end; a word that is longer than a piece is cut too, between characters. */
function piecesOf(text: string, longest: number): readonly string[] {
  const pieces: string[] = []
  let rest = text
  while (rest.length > longest) {
    const space = rest.lastIndexOf(' ', longest)
    const piece = space > longest / 2 ? rest.slice(0, space) : cutTo(rest, longest)
    pieces.push(piece)
    rest = rest.slice(piece.length).trimStart()
  }
  return rest === '' ? pieces : [...pieces, rest]
}
