import { z } from 'zod'

/** Characters that no text may hold: control characters except tab and line ends, and halves of surrogate pairs. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]|\p{Surrogate}/u

/** A text without the characters that no text may hold. */
export const withoutUnprintable = (value: string): string => value.replaceAll(new RegExp(unprintable, 'gu'), '')

/** Text of up to `max` characters, without control characters. */
export const printable = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !unprintable.test(value), 'must not contain control characters or halves of surrogate pairs')

/** Something that a reader sees, be it one letter: neither white space nor a character of no width. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u

/** Text of one to `max` characters that is not blank and holds no control characters. */
export const text = (max: number) =>
  printable(max)
    .min(1)
    .refine((value) => visible.test(value), 'must not be blank')

/** Text on one line: as `text`, without tabs and line ends. */
export const line = (max: number) =>
  text(max).refine((value) => !/[\t\r\n\u2028\u2029]/.test(value), 'must be on one line')
