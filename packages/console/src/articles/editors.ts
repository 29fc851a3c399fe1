import { h, setText } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import { languageName, nameOf } from './article-desk.ts'
import type { EditorsChanged } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { ArticlePlace } from './article-part.ts'

/** Who else edits an article now. */
type Editors = {
  readonly element: HTMLElement
  /** The viewer may have begun to edit, or ended. */
  update(): void
  close(): void
}

/** How often colleagues are told again, in milliseconds: the server forgets it after half a minute. */
const repeatMs = 10_000

/** Says who else edits the article, and tells them that the viewer does. It keeps nobody from writing. */
export function createEditors(
  { desk, articleKey, language }: Pick<ArticlePlace, 'desk' | 'articleKey' | 'language'>,
  isEditing: () => boolean,
): Editors {
  const { words, formats, transport } = desk
  const element = h('p', { class: 'facts', role: 'status', dir: 'auto' })
  /** Whether colleagues were told that the viewer edits. */
  let isTold = false
  const tell = (editing: boolean): void => {
    isTold = editing
    transport.ask(articleDocuments.showEditing, { input: { articleId: articleKey, language, editing } }).catch(() => {
      // The next repeat tells them; nothing else depends on it.
    })
  }
  const update = (): void => {
    const editing = isEditing()
    if (editing !== isTold) tell(editing)
  }
  const repeat = (): void => (isTold && isEditing() ? tell(true) : update())
  const timer = desk.mayWrite ? setInterval(repeat, repeatMs) : undefined
  const stop = transport.follow<EditorsChanged>(articleDocuments.editors, () => ({ articleId: articleKey }), {
    next: ({ articleEditorsChanged: { editors } }) =>
      setText(
        element,
        editors
          .map(({ actor, language: written }) => fill(words.editing, nameOf(actor), languageName(written, formats)))
          .join(' '),
      ),
    refused: () => setText(element, ''),
    brief: true,
  })
  return {
    element,
    update,
    close: () => {
      clearInterval(timer)
      stop()
      if (isTold) tell(false)
    },
  }
}
