import code from '../../actions/post-login/code.js'
import manifest from '../../actions/post-login.json' with { type: 'json' }

/** Texts of files that belong to the hub: a Worker reads no files, so the bundler puts them in here. */
export const files: Readonly<Record<string, string>> = {
  'actions/post-login.json': JSON.stringify(manifest),
  'actions/post-login/code.js': code,
}
