import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { errorMessage, UsageError } from '../core/errors.ts'
import type { Environment } from '../core/settings.ts'

type Line = { args: readonly string[]; environment: Environment }

const option = '--env-file'

/**
 * Takes `--env-file <path>` out of a command line and adds the file's settings to the environment. As in Node's own
 * option, a variable that the environment has already keeps its value. It may come several times: the later file wins.
 * @throws UsageError when a file cannot be read
 */
export function takeEnvFiles({ args, environment }: Line): { args: string[]; environment: Environment } {
  const rest: string[] = []
  let fromFiles: Environment = {}
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? ''
    const path = word.startsWith(`${option}=`) ? word.slice(option.length + 1) : word === option ? args[++i] : undefined
    if (path) fromFiles = { ...fromFiles, ...readEnvFile(path) }
    // Without a path it is left in its place, so that the command line is refused as wrong.
    else rest.push(word)
  }
  return { args: rest, environment: { ...fromFiles, ...environment } }
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (thrown) {
    throw new UsageError({
      what: `The file of ${option} cannot be read: ${path}.`,
      why: errorMessage(thrown),
      fix: 'Give the path of a file with one NAME=value in each line. It is looked for from the working directory on.',
    })
  }
}
