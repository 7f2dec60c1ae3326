import { askHidden, readStandardInput } from '../terminal/ask.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

type Source = { setting(name: string): string | undefined; terminal: Terminal; fromInput: boolean }

/** Gets a credential that is stronger than the hub's own, once, and keeps it nowhere. It is never echoed. */
export function askForCredential({ setting, terminal, fromInput }: Source) {
  return async ({ variable, prompt }: { variable: string; prompt: string }): Promise<string> => {
    const given = fromInput ? await readStandardInput() : setting(variable) || (await ask(prompt, terminal))
    if (given === '') throw missing({ variable, prompt, fromInput })
    terminal.hide(given)
    return given
  }
}

async function ask(prompt: string, { canAsk }: Terminal): Promise<string> {
  return canAsk ? askHidden(prompt) : ''
}

function missing({ variable, prompt, fromInput }: { variable: string; prompt: string; fromInput: boolean }) {
  return new WrongUsage({
    what: fromInput ? 'Standard input holds no credential.' : `${variable} is missing.`,
    why: `The command needs this: ${prompt}. The hub itself must not have it.`,
    fix: `Set ${variable} for this one call, or write it to standard input with --credential-stdin.`,
  })
}
