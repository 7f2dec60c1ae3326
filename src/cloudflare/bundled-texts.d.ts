// Files that the bundler takes in as texts: see `rules` in wrangler.toml.

declare module '*.sql' {
  const text: string
  export default text
}

declare module '*/actions/post-login/code.js' {
  const text: string
  export default text
}
