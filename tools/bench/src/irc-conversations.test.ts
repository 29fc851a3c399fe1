import { expect, it } from 'vitest'
import { ircConversations, withoutLongSilences } from './irc-conversations.ts'

const context = Array.from({ length: 1_000 }, () => 'rust 2018-05-29 [21:20:37] <someone> before').join('\n')

const log = `${context}
rust 2018-05-29 [21:20:37] <ana> which crate parses dates?
rust 2018-05-29 [21:20:40] <bo> my build fails
=== eve has joined #rust
rust 2018-05-29 [21:21] <cy> ana: chrono \u0003
rust 2018-05-29 [21:21:09] <cy> bo: with which error?
rust 2018-05-29 [21:22:00] <ana> thanks
`

const annotation = '1000 1000 -\n990 1001 -\n1000 1003 -\n1001 1004 -\n1003 1005 -\n'

it('separates the conversations of a channel by who answers whom', () => {
  const conversations = ircConversations(log, annotation)
  expect(conversations.map((each) => each.map(({ by, text }) => [by, text]))).toEqual([
    [
      ['ana', 'which crate parses dates?'],
      ['cy', 'ana: chrono'],
      ['ana', 'thanks'],
    ],
    [
      ['bo', 'my build fails'],
      ['cy', 'bo: with which error?'],
    ],
  ])
  expect(conversations[0]?.map(({ at }) => at - (conversations[0]?.[0]?.at ?? 0))).toEqual([0, 23_000, 83_000])
})

it('cuts the silences of the channel, whoever spoke, and keeps what is shorter', () => {
  const times = withoutLongSilences(ircConversations(log, annotation), 10_000).map((each) => each.map(({ at }) => at))
  expect(times).toEqual([
    [0, 13_000, 32_000],
    [3_000, 22_000],
  ])
})
