import type { TranscriptEntry, TranscriptHead } from '@guichet/domain'
import { localTime, transcriptWords } from '@guichet/domain'
import { withoutUnsafe } from '@guichet/desk'

/** An entry of a transcript as lines: when and who, and what is below it. Nothing in it is obeyed by a terminal or a page. */
export type TranscriptLines = { readonly head: string; readonly internal: boolean; readonly body: readonly string[] }

/** Text of others in one line. */
const line = (text: string): string => withoutUnsafe(text.replaceAll(/\s+/g, ' ')).trim()

/** Text of others in its own lines. */
const lines = (text: string): readonly string[] =>
  text === '' ? [] : text.split(/\r\n|[\n\r\u2028\u2029]/).map((each) => withoutUnsafe(each.replaceAll('\t', '    ')))

/** The lines above the entries: what the transcript is of. */
export function headLines({
  chatId,
  audience,
  language,
  timeZone,
  status,
  channel,
  customer,
  startedAt,
  closedAt,
}: TranscriptHead): readonly string[] {
  const words = transcriptWords(language)
  const facts: readonly (readonly [string, string | undefined])[] = [
    [words.customer, customer.name ?? customer.id],
    [words.channel, channel],
    [words.started, localTime(startedAt, timeZone)],
    [words.closed, status === 'closed' && closedAt ? localTime(closedAt, timeZone) : undefined],
    [words.timeZone, timeZone],
  ]
  return [
    `${words.title} ${line(chatId)}${audience === 'desk' ? ` — ${words.forDesk}` : ''}`,
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} : ${line(value)}`])),
  ]
}

/** The lines of an entry. */
export function entryLines(
  { at, by, text, internal, reason, message }: TranscriptEntry,
  { language, timeZone }: Pick<TranscriptHead, 'language' | 'timeZone'>,
): TranscriptLines {
  const words = transcriptWords(language)
  const when = localTime(at, timeZone)
  const marked = internal ? ` [${words.note}]` : ''
  if (!message) {
    const why = reason === undefined ? '' : ` — ${line(reason)}`
    return { head: `${when}${marked} ${line(by.name)}`, internal, body: [`* ${line(text)}${why}`] }
  }
  const { editedAt, removedAt, files, actions, card, original } = message
  const edited = editedAt ? ` (${words.edited} ${localTime(editedAt, timeZone)})` : ''
  return {
    head: `${when}${marked} ${line(by.name)}${edited}`,
    internal,
    body: removedAt
      ? [`(${words.removed})`]
      : [
          ...lines(text),
          ...(original
            ? lines(original.body).map((each, index) => (index === 0 ? `[${line(original.language)}] ${each}` : each))
            : []),
          ...files.map(
            ({ name, mediaType, bytes }) => `[${words.kinds.file}: ${line(name)}, ${line(mediaType)}, ${bytes} B]`,
          ),
          ...actions.map(({ label, chosen }) => `( ${line(label)} )${chosen ? ` ← ${words.chosen}` : ''}`),
          ...(card
            ? [
                `${line(card.title)} (${line(card.source)})`,
                ...card.fields.map(({ label, value }) => `  ${line(label)} : ${line(value)}`),
              ]
            : []),
        ],
  }
}
