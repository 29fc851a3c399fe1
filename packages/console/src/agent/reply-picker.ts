import { words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import type { MacroStep, Outcome, RenderedReply, Suggestions } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { createSender } from '../connection/command-ids.ts'
import { createQuestion } from '../page/confirm-button.ts'
import { h, setText } from '../page/dom.ts'
import { isOfInputMethod } from '../page/text-form.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf } from '../connection/refusals.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask'>
  readonly chatId: string
  readonly field: HTMLTextAreaElement
  readonly fail: (code: string | undefined) => void
}

type Suggestion = Suggestions['cannedReplies']['nodes'][number] & { readonly steps?: readonly MacroStep[] }

/** How long the field rests before suggestions are asked for, in milliseconds. */
const restMs = 150

const mostShown = 10

/** The actions of macros that end a chat. */
const closes = ['CLOSE', 'CONVERT']

/**
 * Suggests canned replies and macros for what is typed after `/`. The field stays a text field that controls a list box: the arrow
 * keys choose, Enter and Tab take, Escape closes. A reply is put into the field, to be changed before it is sent; a macro is run,
 * one that closes the chat after a question.
 */
export function createReplyPicker({ transport, chatId, field, fail }: Options): { readonly element: HTMLElement } {
  const listbox = createListbox(field, (suggestion) => take(suggestion))
  let turns = 0
  let rest: ReturnType<typeof setTimeout> | undefined
  /** The text for which the list was closed: it opens again when that changes. */
  let dismissed: string | undefined
  const sendCommand = createSender()
  /** The macro about which is asked, and what was typed for it. */
  let macro = { id: '', typedText: '' }
  const question = createQuestion({
    question: words.macroAsked,
    yes: words.closeYes,
    no: words.no,
    confirmed: () => void run(macro.id).catch(failed),
    over: (isAnswered) => {
      // Enter would send the shortcut to the customer.
      clear(macro.typedText)
      if (isAnswered) field.focus()
    },
  })

  const failed = (error: unknown): void => fail(codeOf(error))
  const close = (): void => {
    clearTimeout(rest)
    turns++
    listbox.show([])
  }

  const suggest = async (search: string): Promise<void> => {
    const turn = ++turns
    const filter = { target: 'CHAT', ...(search && { search }) }
    const { cannedReplies, macros } = await transport.ask<Suggestions>(agentDocuments.suggestions, { filter })
    if (turn !== turns) return
    listbox.show([...cannedReplies.nodes, ...macros.nodes])
  }
  const typed = (): void => {
    clearTimeout(rest)
    const [, search] = /^\/(\S{0,100})$/.exec(field.value) ?? []
    if (search === undefined || field.value === dismissed) return close()
    dismissed = undefined
    rest = setTimeout(() => void suggest(search).catch(failed), restMs)
  }
  const take = ({ id, steps }: Suggestion): void => {
    const typedText = field.value
    close()
    if (!steps) return void put(id, typedText).catch(failed)
    if (!steps.some(({ action }) => closes.includes(action))) {
      clear(typedText)
      return void run(id).catch(failed)
    }
    macro = { id, typedText }
    question.ask()
  }
  const put = async (cannedReplyId: string, typedText: string): Promise<void> => {
    const { renderCannedReply } = await transport.ask<RenderedReply>(agentDocuments.renderCannedReply, {
      cannedReplyId,
      chatId,
    })
    if (field.value !== typedText) return
    field.value = renderCannedReply?.text ?? ''
    field.dispatchEvent(new Event('input'))
    field.focus()
  }
  /** Empties the field, unless something else was typed in it meanwhile. */
  const clear = (typedText: string): void => {
    if (field.value !== typedText) return
    field.value = ''
    field.dispatchEvent(new Event('input'))
  }
  const run = async (macroId: string): Promise<void> => {
    const { result } = await sendCommand(macroId, (commandId) =>
      transport.ask<Outcome>(agentDocuments.runMacro, { input: { commandId, macroId, chatId } }),
    )
    fail(result.userErrors[0]?.code)
  }

  field.addEventListener('input', typed)
  field.addEventListener('blur', close)
  field.addEventListener('keydown', (event) => {
    const suggestion = listbox.chosen()
    if (!suggestion || isOfInputMethod(event)) return
    if (event.key === 'Enter' || event.key === 'Tab') take(suggestion)
    else if (event.key === 'Escape') {
      dismissed = field.value
      close()
    } else if (!listbox.step(event.key)) return
    event.preventDefault()
    event.stopImmediatePropagation()
  })
  return { element: h('div', { class: 'picker' }, ...listbox.elements, question.element) }
}

/** The list box of the suggestions, which a field controls. */
type Listbox = {
  readonly elements: readonly HTMLElement[]
  show(suggestions: readonly Suggestion[]): void
  /** The suggestion that is chosen; undefined while there is none. */
  chosen(): Suggestion | undefined
  /** Chooses the next or the previous one by a key; returns whether the key does that. */
  step(key: string): boolean
}

function createListbox(field: HTMLElement, take: (suggestion: Suggestion) => void): Listbox {
  const list = h('ul', { id: 'suggestions', role: 'listbox', 'aria-label': words.replies, hidden: true })
  const count = h('p', { class: 'hidden', role: 'status' })
  let choices: readonly Suggestion[] = []
  let chosen = 0
  field.setAttribute('aria-autocomplete', 'list')
  field.setAttribute('aria-controls', list.id)

  const show = (suggestions: readonly Suggestion[]): void => {
    choices = suggestions.slice(0, mostShown)
    chosen = 0
    list.replaceChildren(
      ...choices.map((suggestion, n) =>
        h(
          'li',
          {
            id: `suggestion-${n}`,
            role: 'option',
            onmousedown: (event) => {
              event.preventDefault()
              take(suggestion)
            },
          },
          h('b', {}, `/${suggestion.shortcut}`),
          ' ',
          h('bdi', {}, suggestion.title),
          suggestion.steps ? ` ${words.macro}` : '',
        ),
      ),
    )
    list.hidden = choices.length === 0
    setText(count, choices.length === 0 ? '' : fill(words.suggestions, String(choices.length)))
    mark()
  }
  const mark = (): void => {
    for (const [n, option] of [...list.children].entries()) {
      option.setAttribute('aria-selected', String(n === chosen))
      if (n === chosen) option.scrollIntoView({ block: 'nearest' })
    }
    if (choices.length === 0) field.removeAttribute('aria-activedescendant')
    else field.setAttribute('aria-activedescendant', `suggestion-${chosen}`)
  }
  return {
    elements: [list, count],
    show,
    chosen: () => choices[chosen],
    step: (key) => {
      const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: choices.length - 1 }
      const step = steps[key]
      if (step === undefined) return false
      chosen = (chosen + step) % choices.length
      mark()
      return true
    },
  }
}
