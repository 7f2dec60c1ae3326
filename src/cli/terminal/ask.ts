import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Terminal } from './terminal.ts'
import { WrongUsage } from './wrong-usage.ts'

/** Asks a yes-or-no question at the terminal; anything but a yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-D or Ctrl-C at the question is no answer, hence a no.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), closed])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}

/** Asks for a secret at the terminal; what is typed is not shown. */
export async function askHidden(prompt: string): Promise<string> {
  process.stderr.write(`${prompt} (not shown): `)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    return (await Promise.race([lines.question(''), closed])).trim()
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** The first line of standard input. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split('\n')
  return line.trim()
}

type Source = { setting(name: string): string | undefined; terminal: Terminal; fromInput: boolean }

/** Gets a credential that is stronger than the hub's own, once, and keeps it nowhere. It is never echoed. */
export function makeAskForCredential({ setting, terminal, fromInput }: Source) {
  return async ({ variable, prompt }: { variable: string; prompt: string }): Promise<string> => {
    const given = fromInput ? await readStandardInput() : setting(variable) || (await ask(prompt, terminal))
    if (given === '') throw makeMissingError({ variable, prompt, fromInput })
    terminal.hide(given)
    return given
  }
}

async function ask(prompt: string, { canAsk }: Terminal): Promise<string> {
  return canAsk ? askHidden(prompt) : ''
}

function makeMissingError({ variable, prompt, fromInput }: { variable: string; prompt: string; fromInput: boolean }) {
  return new WrongUsage({
    what: fromInput ? 'Standard input holds no credential.' : `${variable} is missing.`,
    why: `The command needs this: ${prompt}. The hub itself must not have it.`,
    fix: `Set ${variable} for this one call, or write it to standard input with --credential-stdin.`,
  })
}
