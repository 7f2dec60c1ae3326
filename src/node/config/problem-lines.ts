import type { Problem } from '../../core/settings.ts'

/** All that is wrong with the configuration, each with its fix, for a person at a terminal. */
export function problemLines(problems: readonly Problem[], warnings: readonly Problem[] = []): string {
  const width = Math.max(...[...problems, ...warnings].map(({ setting }) => setting.length))
  const lines = (list: readonly Problem[]) =>
    list
      .map(({ setting, what, fix }) => `  ${setting.padEnd(width)}  ${what}\n  ${' '.repeat(width)}  → ${fix}\n`)
      .join('')
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  const doubtful =
    warnings.length === 0 ? '' : `It would start with these, but look at them too:\n\n${lines(warnings)}\n`
  return `Bellhop cannot start. ${count}:\n\n${lines(problems)}\n${doubtful}`
}
