import { confirmButton } from '../page/confirm-button.ts'
import { h } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import { actionButton, nameOf } from './article-desk.ts'
import type { Article, ArticleCommand, ComparisonAnswer, LinkingArticles, TextState } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import { listItem } from './article-list.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'
import { brokenLinkLines } from './broken-links.ts'
import { showComparison } from './comparison.ts'

/** The review of a text, its publication, and the end of an article. */
export function createPublication({ desk, articleKey, language, changed }: ArticlePlace): ArticlePart {
  const { words, formats, viewer } = desk
  const number = (revision: number): string => formats.number(revision)
  const facts = h('div', {})
  const actions = h('div', { class: 'chat-actions' })
  const comparisonPlace = h('div', {})
  const end = h('div', { class: 'chat-actions' })
  const links = h('div', {})

  const run = async (name: ArticleCommand, input: object, said = words.done): Promise<boolean> => {
    const { code } = await desk.send(name, { articleId: articleKey, ...input })
    if (code === undefined) {
      desk.say(said)
      comparisonPlace.replaceChildren()
    }
    await changed()
    return code === undefined
  }
  /** A form of one field that opens under its title. */
  const fieldForm = (
    title: string,
    input: HTMLInputElement,
    send: (value: string) => Promise<boolean>,
    /** The input with a label that is seen, where it has one. */
    field: HTMLElement = input,
  ): HTMLElement => {
    const button = h('button', {}, title)
    return h(
      'form',
      {
        class: 'field-form',
        onsubmit: (event) => {
          event.preventDefault()
          if (button.disabled) return
          button.disabled = true
          void send(input.value.trim()).then((isDone) => {
            button.disabled = false
            if (isDone) input.value = ''
          })
        },
      },
      field,
      button,
    )
  }
  const decliningReason = h('input', {
    'aria-label': `${words.decline}: ${words.reason}`,
    placeholder: words.reason,
    required: true,
    dir: 'auto',
    maxlength: '500',
  })
  const publicationTime = h('input', { type: 'datetime-local', required: true })
  const publicationField = h('label', {}, h('span', {}, words.publishAt), publicationTime)
  const archiveReason = h('input', {
    'aria-label': `${words.archive}: ${words.reason}`,
    placeholder: words.reason,
    required: true,
    dir: 'auto',
    maxlength: '500',
  })
  const replacement = h('input', {
    'aria-label': words.replacement,
    placeholder: words.replacement,
    autocomplete: 'off',
  })

  /** Counts the states that were drawn: what was compared in an earlier one is not what the buttons are about. */
  let turn = 0
  const compare = async (from: number, to: number): Promise<void> => {
    const mine = turn
    const answer = await desk.ask<ComparisonAnswer>(articleDocuments.comparison, { id: articleKey, language, from, to })
    const comparison = answer?.article?.translation?.comparison
    if (!comparison || mine !== turn) return
    const difference = showComparison(comparison, language, desk)
    comparisonPlace.replaceChildren(difference)
    difference.tabIndex = -1
    difference.focus()
  }

  /** The comparison, which changes nothing, is the first of them. */
  const publicationActions = (text: TextState): readonly (HTMLElement | undefined)[] => {
    const { latest, published, inReview, approved, planned } = text
    if (!latest) return []
    const revision = latest.number
    const isLastApproved = approved === revision
    const next = approved !== null && approved > (published?.number ?? 0) ? approved : revision
    const of = { language, revision: next }
    const isNext = next !== published?.number
    return [
      published && published.number !== revision
        ? actionButton(words.compare, () => compare(published.number, revision))
        : undefined,
      !isLastApproved && inReview !== revision && published?.number !== revision
        ? actionButton(words.askReview, () => run('requestArticleReview', { language, revision }, words.reviewAsked))
        : undefined,
      !isLastApproved && published?.number !== revision
        ? actionButton(
            fill(words.approve, number(revision)),
            () => run('approveArticle', { language, revision }),
            inReview === revision ? 'primary' : undefined,
          )
        : undefined,
      inReview === revision
        ? fieldForm(words.decline, decliningReason, (reason) => run('declineArticle', { language, revision, reason }))
        : undefined,
      isNext
        ? actionButton(
            fill(words.publish, number(next)),
            () => run('publishArticle', of),
            approved === next ? 'primary' : undefined,
          )
        : undefined,
      isNext
        ? fieldForm(
            words.plan,
            publicationTime,
            (value) => run('scheduleArticlePublication', { ...of, dueAt: instantOf(value) }),
            publicationField,
          )
        : undefined,
      planned.length > 0 ? actionButton(words.cancelPlan, () => run('cancelArticleSchedule', { language })) : undefined,
      published
        ? confirmButton({
            label: words.unpublish,
            question: words.unpublishAsked,
            yes: words.yes,
            no: words.no,
            confirmed: () => void run('unpublishArticle', { language }),
          })
        : undefined,
    ]
  }

  const factsOf = (article: Article, text: TextState | undefined): readonly HTMLElement[] => {
    if (!text?.latest) return [h('p', {}, words.noText)]
    const { latest, published, inReview, decline, approved, planned } = text
    const lines = [
      fill(words.lastRevision, number(latest.number), nameOf(latest.author), formats.full(latest.writtenAt)),
      published ? fill(words.publishedRevision, number(published.number)) : words.publishedNone,
      ...(inReview === null ? [] : [fill(words.revisionInReview, number(inReview))]),
      ...(decline
        ? [
            fill(
              words.revisionDeclined,
              number(decline.revision),
              nameOf(decline.by),
              formats.full(decline.at),
              decline.reason,
            ),
          ]
        : []),
      ...(approved !== null && approved !== published?.number ? [fill(words.revisionApproved, number(approved))] : []),
      ...planned.map(({ dueAt, revision }) =>
        revision === null
          ? fill(words.planUnpublish, formats.full(dueAt))
          : fill(words.planPublish, number(revision), formats.full(dueAt)),
      ),
    ]
    return [
      ...lines.map((line) => h('p', { dir: 'auto' }, line)),
      ...(article.address !== null && published
        ? [h('p', {}, h('a', { href: article.address, target: '_blank', rel: 'noopener' }, words.seeIt))]
        : []),
      ...brokenLinkLines(article.brokenLinks ?? [], words),
    ]
  }

  const endActions = ({ status }: Article): readonly HTMLElement[] => {
    if (status === 'ARCHIVED') return [actionButton(words.unarchive, () => run('restoreArticle', {})), ...deletion()]
    return [fieldForm(words.archive, archiveReason, (reason) => run('archiveArticle', { reason })), ...deletion()]
  }
  /** For whoever may delete: an article that is gone names the one that readers are sent to. */
  const deletion = (): readonly HTMLElement[] => {
    if (viewer.role !== 'SUPERVISOR' && viewer.role !== 'ADMIN') return []
    const remove = (): void => {
      const reason = archiveReason.value.trim() || words.delete
      const replacedBy = replacement.value.trim()
      void run('deleteArticle', { reason, ...(replacedBy !== '' && { replacedBy }) })
    }
    return [
      replacement,
      confirmButton({
        label: words.delete,
        question: words.deleteAsked,
        yes: words.yes,
        no: words.no,
        confirmed: remove,
      }),
    ]
  }
  const readLinks = async (): Promise<void> => {
    const answer = await desk.ask<LinkingArticles>(articleDocuments.linkedFrom, { id: articleKey })
    const nodes = answer?.article?.linkedFrom.nodes ?? []
    links.replaceChildren(
      h('p', {}, nodes.length === 0 ? words.linkedFromNone : words.linkedFrom),
      h('ul', { class: 'articles' }, ...nodes.map((article) => listItem(desk, article, language))),
    )
  }
  const ending = h('details', {}, h('summary', {}, words.archiveOf), links, end)
  ending.addEventListener('toggle', () => ending.open && void readLinks())

  /** What the buttons were drawn for: while nothing has changed, they stay, and so does the focus. */
  let drawn = ''
  return {
    element: h(
      'section',
      { class: 'sheet', 'aria-label': words.publication },
      h('h3', {}, words.publication),
      facts,
      actions,
      comparisonPlace,
      ending,
    ),
    update: (article) => {
      const text = article.translations.find((each) => each.language === language)
      const state = JSON.stringify([article.status, article.address, article.brokenLinks, text])
      if (state === drawn) return
      drawn = state
      turn++
      facts.replaceChildren(
        ...(article.status === 'ACTIVE'
          ? []
          : [h('p', {}, words[article.status === 'DELETED' ? 'deleted' : 'archived'])]),
        ...factsOf(article, text),
      )
      const isInUse = article.status === 'ACTIVE'
      const hasFocus = [actions, comparisonPlace, end].some((each) => each.contains(document.activeElement))
      comparisonPlace.replaceChildren()
      const { mayWrite } = desk
      const buttons = text && isInUse ? publicationActions(text) : []
      actions.replaceChildren(...(mayWrite ? buttons : buttons.slice(0, 1)).filter((each) => each !== undefined))
      end.replaceChildren(...(article.status === 'DELETED' || !mayWrite ? [] : endActions(article)))
      if (hasFocus) {
        facts.tabIndex = -1
        facts.focus()
      }
    },
  }
}

/** The instant that a local time of a field stands for; as it is where it is none, which the server refuses. */
function instantOf(local: string): string {
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? local : at.toISOString()
}
