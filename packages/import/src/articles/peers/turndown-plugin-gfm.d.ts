declare module '@joplin/turndown-plugin-gfm' {
  const plugin: { readonly gfm: import('turndown').Plugin }
  export default plugin
}
