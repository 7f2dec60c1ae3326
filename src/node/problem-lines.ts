import type { Problem } from '../core/settings.ts'

/** All that is wrong with the configuration, each with its fix, for a person at a terminal. */
export function problemLines(problems: readonly Problem[]): string {
  const width = Math.max(...problems.map(({ setting }) => setting.length))
  const lines = problems.map(
    ({ setting, what, fix }) => `  ${setting.padEnd(width)}  ${what}\n  ${' '.repeat(width)}  → ${fix}\n`,
  )
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  return `Bellhop cannot start. ${count} in the environment:\n\n${lines.join('')}\n`
}
