/** What is used of eld: its exports name the types behind the code, where the compiler does not look. */
declare module 'eld/extrasmall' {
  export const eld: {
    detect(text: string): {
      readonly language: string
      isReliable(): boolean
      getScores(): Readonly<Record<string, number>>
    }
    setLanguageSubset(languages: readonly string[]): unknown
    enableTextCleanup(isEnabled: boolean): void
  }
}
